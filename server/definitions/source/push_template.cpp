// See push_template.hpp.
#include "server/definitions/source/push_template.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "shared/json/payload_reader.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::string_view kData = "data.", kEllipsis = "…";
constexpr std::size_t kTextsMax = 100;

using Of = PushPlaceholder::Of;
constexpr std::array<std::pair<std::string_view, Of>, 4> kNames = {
    {{"room", Of::room}, {"event", Of::event}, {"from", Of::from}, {"seq", Of::seq}}};

std::variant<PushPlaceholder, PushTemplateError> placeholder_of(std::string_view text) {
  PushPlaceholder found;
  const std::size_t bar = text.find('|');
  const std::string_view name = text.substr(0, bar);
  if (bar != std::string_view::npos) {
    const std::string_view digits = text.substr(bar + 1);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), found.characters_max);
    if (fault != std::errc{} || end != digits.data() + digits.size() || found.characters_max == 0 ||
        found.characters_max > kPushTextBytesMax)
      return PushTemplateError{"\"{" + std::string(text) + "}\" has no length behind \"|\".",
                               "Write, for example, {data.text|90}."};
  }
  if (name.starts_with(kData) && name.size() > kData.size()) {
    found.of = Of::data;
    found.path = name.substr(kData.size());
    return found;
  }
  for (const auto& [known, of] : kNames)
    if (name == known) {
      found.of = of;
      return found;
    }
  return PushTemplateError{"\"{" + std::string(text) + "}\" is not a placeholder.",
                           "There are {room}, {event}, {from}, {seq} and {data.PROPERTY}; write {{ for a brace."};
}

/// The value at a path, as it stands in the text; empty: there is none.
std::string_view value_at(std::string_view json, std::string_view path) {
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    std::string_view found;
    const auto look = [&](const std::string& key, std::string_view value) {
      if (key == name) found = value;
    };
    if (!visit_members(json, look)) return {};
    json = found;
    if (json.empty()) return {};
  }
  return json;
}

std::string scalar_text(std::string_view json) {
  if (json.empty()) return {};
  if (json.front() == '"') return string_value(json).value_or("");
  const bool is_plain = json == "true" || json == "false" || json.front() == '-' || (json.front() >= '0' && json.front() <= '9');
  return is_plain ? std::string(json) : std::string();
}

/// At most so many characters, and a mark where it was longer.
std::string shortened(std::string text, std::size_t characters_max) {
  std::size_t characters = 0, last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U) continue;
    if (characters + 1 == characters_max) last = i;
    if (++characters > characters_max) return text.substr(0, last).append(kEllipsis);
  }
  return text;
}

std::string value_of(const PushPlaceholder& place, const PushFacts& facts) {
  switch (place.of) {
    case Of::room:
      return std::string(facts.room);
    case Of::event:
      return std::string(facts.event);
    case Of::from:
      return std::string(facts.from);
    case Of::seq:
      return std::to_string(facts.seq);
    case Of::data:
      break;
  }
  return scalar_text(value_at(facts.data, place.path));
}

}  // namespace

std::variant<PushTemplate, PushTemplateError> parse_push_template(std::string_view text) {
  PushTemplate parsed;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      literal += text[i];
      continue;
    }
    if (text.substr(i).starts_with("{{")) {
      literal += text[i++];
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string_view::npos) return PushTemplateError{"a brace is not closed.", "Write {{ for a brace."};
    auto place = placeholder_of(text.substr(i + 1, end - i - 1));
    if (auto* fault = std::get_if<PushTemplateError>(&place)) return std::move(*fault);
    if (!literal.empty()) parsed.parts.emplace_back(std::exchange(literal, {}));
    parsed.parts.emplace_back(std::get<PushPlaceholder>(std::move(place)));
    i = end;
  }
  if (!literal.empty()) parsed.parts.emplace_back(std::move(literal));
  return parsed;
}

std::string render(const PushTemplate& text, const PushFacts& facts) {
  std::string made;
  for (const auto& part : text.parts) {
    const auto* const place = std::get_if<PushPlaceholder>(&part);
    made += place == nullptr ? std::get<std::string>(part) : shortened(value_of(*place, facts), place->characters_max);
  }
  return made;
}

std::vector<std::string> texts_at(std::string_view json, std::string_view path) {
  std::vector<std::string> texts;
  const std::string_view value = value_at(json, path);
  if (value.empty()) return texts;
  if (auto text = string_value(value)) return {std::move(*text)};
  const auto add = [&](std::string_view element) {
    if (texts.size() == kTextsMax || element.front() != '"') return;
    if (auto text = string_value(element)) texts.push_back(std::move(*text));
  };
  if (value.front() == '[' && !visit_elements(value, add)) texts.clear();
  return texts;
}

}  // namespace dialogue::definitions
