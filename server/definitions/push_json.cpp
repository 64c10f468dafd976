// The "push" part of an event in app.json: whom it notifies, when, and with what text.
#include <array>

#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/source/push_template.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::array<std::string_view, 4> kUrgencies = {"very-low", "low", "normal", "high"};
constexpr std::string_view kUser = "user:{data.";
constexpr std::uint64_t kPushDelayMsMax = 24 * 3'600'000, kPushTtlMsMax = 28ULL * 24 * 3'600'000;

std::uint64_t duration_up_to(const JsonLocation& site, std::uint64_t most_ms, std::string_view words) {
  const std::uint64_t read_ms = site.duration_ms().value_or(0);
  if (read_ms > most_ms) site.fault("This is longer than " + std::string(words) + ".");
  return read_ms;
}

}  // namespace

void DefinitionsReader::read_push(EventDefinition& event, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 9> kKeys = {"to",       "when",  "delay", "ttl", "urgency",
                                                            "collapse", "title", "body",  "url"};
  static constexpr std::array<std::string_view, 2> kWhen = {"offline", "always"};
  if (!site.object("push", kKeys)) return;
  if (const auto to = site.child("to"))
    read_push_target(event, *to);
  else
    site.fault("`to` is missing.", "Write, for example, \"to\": \"user:{data.assignee}\".");
  if (!site.child("title")) site.fault("`title` is missing.", "Write, for example, \"title\": \"{from} in {room}\".");
  for (const auto& [key, member] : {std::pair<std::string_view, std::string PushRule::*>{"title", &PushRule::title},
                                    {"body", &PushRule::body},
                                    {"url", &PushRule::url},
                                    {"collapse", &PushRule::collapse}})
    if (const auto text = site.child(key)) event.push.*member = read_push_template(event, *text);
  if (const auto url = site.child("url");
      url && url->value.is(JsonValue::Kind::string) && (!event.push.url.starts_with('/') || event.push.url.starts_with("//")))
    url->fault("The page that a click opens is a path on the page's own origin.", "Write, for example, \"/rooms/{room}\".");
  if (const auto when = site.child("when")) event.push.only_offline = when->word(kWhen).value_or(0) == 0;
  if (const auto delay = site.child("delay")) event.push.delay_ms = duration_up_to(*delay, kPushDelayMsMax, "a day");
  if (const auto ttl = site.child("ttl")) event.push.ttl_ms = duration_up_to(*ttl, kPushTtlMsMax, "28 days");
  if (const auto urgency = site.child("urgency"))
    if (const auto index = urgency->word(kUrgencies)) event.push.urgency = kUrgencies[*index];
}

void DefinitionsReader::read_push_target(EventDefinition& event, const JsonLocation& site) {
  const std::string text = site.string(kPushTextBytesMax).value_or("");
  if (!site.value.is(JsonValue::Kind::string)) return;
  if (!text.starts_with(kUser) || !text.ends_with('}') || text.size() <= kUser.size() + 1)
    return site.fault("\"" + text + "\" does not name users.",
                      "Write \"user:{data.PROPERTY}\", a property of the payload that is a user id or an array of them.");
  event.push.to = text.substr(kUser.size(), text.size() - kUser.size() - 1);
  if (!may_have(event.schema, event.push.to))
    site.fault("\"" + event.push.to + "\" is not a property of the payload.", "Declare it in the schema.");
}

std::string DefinitionsReader::read_push_template(const EventDefinition& event, const JsonLocation& site) {
  std::string text = site.string(kPushTextBytesMax).value_or("");
  auto parsed = parse_push_template(text);
  if (auto* fault = std::get_if<PushTemplateError>(&parsed)) {
    site.fault(std::move(fault->problem), std::move(fault->advice));
    return text;
  }
  for (const auto& part : std::get<PushTemplate>(parsed).parts) {
    const auto* const place = std::get_if<PushPlaceholder>(&part);
    if (place != nullptr && place->of == PushPlaceholder::Of::data && !may_have(event.schema, place->path))
      site.fault("\"" + place->path + "\" is not a property of the payload.",
                 "Declare it in the schema, or correct the placeholder.");
  }
  return text;
}

}  // namespace dialogue::definitions
