// Each use is a row: its members, and how they are read.
#include "server/definitions/source/middleware_json.hpp"

#include <re2/re2.h>
#include <array>

namespace dialogue::definitions {
namespace {

constexpr std::size_t kTextBytesMax = 1024;

void read_replacement(const JsonLocation& site, MiddlewareDefinition& step) {
  if (const auto text = site.child("replacement")) step.replacement = text->string(kTextBytesMax);
}

void read_content_filter(const JsonLocation& site, MiddlewareDefinition& step) {
  static constexpr std::array<std::string_view, 3> kKeys = {"use", "blocklist", "replacement"};
  if (!site.object("a content filter", kKeys)) return;
  read_replacement(site, step);
  const auto list = site.child("blocklist");
  if (!list) return site.fault("`blocklist` is missing.", "Write, for example, \"blocklist\": [\"\\\\bdarn\\\\b\"].");
  step.texts = list->strings().value_or(std::vector<std::string>{});
  for (std::size_t i = 0; i < step.texts.size(); ++i) {
    const RE2 expression(step.texts[i], RE2::Quiet);
    if (!expression.ok())
      list->child(i).fault("this is not a valid RE2 expression: " + expression.error() + ".",
                           "See https://github.com/google/re2/wiki/Syntax.");
  }
}

void read_required_role(const JsonLocation& site, MiddlewareDefinition& step) {
  static constexpr std::array<std::string_view, 2> kKeys = {"use", "role"};
  if (!site.object("a required role", kKeys)) return;
  if (const auto role = site.child("role"))
    step.role = role->string(kTextBytesMax).value_or("");
  else
    site.fault("`role` is missing.", "Write, for example, \"role\": \"member\".");
}

void read_redact(const JsonLocation& site, MiddlewareDefinition& step) {
  static constexpr std::array<std::string_view, 3> kKeys = {"use", "fields", "replacement"};
  if (!site.object("a redaction", kKeys)) return;
  read_replacement(site, step);
  if (const auto fields = site.child("fields"))
    step.texts = fields->strings().value_or(std::vector<std::string>{});
  else
    site.fault("`fields` is missing.", "Write, for example, \"fields\": [\"email\", \"card.number\"].");
}

void read_size_guard(const JsonLocation& site, MiddlewareDefinition& step) {
  static constexpr std::array<std::string_view, 2> kKeys = {"use", "maxBytes"};
  if (!site.object("a size guard", kKeys)) return;
  if (const auto bytes = site.child("maxBytes"))
    step.bytes_max = bytes->count(1).value_or(1);
  else
    site.fault("`maxBytes` is missing.", "Write, for example, \"maxBytes\": 2000.");
}

void read_logger(const JsonLocation& site, MiddlewareDefinition&) {
  static constexpr std::array<std::string_view, 1> kKeys = {"use"};
  static_cast<void>(site.object("a logger", kKeys));
}

MiddlewareDefinition read_step(const JsonLocation& site) {
  using Read = void (*)(const JsonLocation&, MiddlewareDefinition&);
  static constexpr std::array<Read, kMiddlewareUses.size()> kReaders = {read_content_filter, read_required_role, read_redact,
                                                                        read_size_guard, read_logger};
  MiddlewareDefinition step;
  const bool is_object = site.value.is(JsonValue::Kind::object);
  const auto use = is_object ? site.child("use") : std::nullopt;
  if (!use) {
    site.fault("A step of `middleware` is an object with `use`.", "For example {\"use\": \"logger\"}.");
    return step;
  }
  if (const auto index = use->word(kMiddlewareUses)) {
    step.use = static_cast<MiddlewareUse>(*index);
    kReaders[*index](site, step);
  }
  return step;
}

}  // namespace

std::vector<MiddlewareDefinition> read_middleware(const JsonLocation& site) {
  std::vector<MiddlewareDefinition> steps;
  if (!site.value.is(JsonValue::Kind::array)) {
    site.fault("`middleware` is an array of steps.", "For example [{\"use\": \"logger\"}].");
    return steps;
  }
  for (std::size_t i = 0; i < site.value.items.size(); ++i) steps.push_back(read_step(site.child(i)));
  return steps;
}

}  // namespace dialogue::definitions
