// See capabilities.hpp.
#include "server/core/access/capabilities.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::core {
namespace {

using Texts = std::map<std::string, std::string>;

constexpr std::string_view kPublishPrefix = "publish:";

constexpr std::uint8_t bit_of(Right right) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(right)); }

constexpr std::uint8_t kAllButManage =
    bit_of(Right::join) | bit_of(Right::publish) | bit_of(Right::history) | bit_of(Right::presence);

/// The claims that are texts and not empty; `user_id` in place of the subject, unless it is empty.
Texts text_claims(std::string_view claims, std::string_view user_id) {
  Texts texts;
  JsonReader reader(claims);
  std::string key, value;
  if (!reader.enter_object()) return texts;
  while (reader.next_key(key)) {
    if (reader.peek() != '"') {
      if (!reader.skip()) break;
    } else if (reader.read_string(value) && !value.empty()) {
      texts[key] = value;
    }
  }
  if (!user_id.empty()) texts["sub"] = user_id;
  return texts;
}

/// Why it is unclear where a claim ends in a room's id, next to a star or another claim: then its bearer may be in the rooms of
/// others. `before` and `after` are the pattern's text on its sides.
std::optional<std::string> unclear_end(std::string_view name, std::string_view value, std::string_view before,
                                       std::string_view after) {
  const auto fault_by = [&](char separator) -> std::optional<std::string> {
    if (std::string_view("*{}").find(separator) != std::string_view::npos)
      return "a character must separate {" + std::string(name) + "} from what varies beside it";
    if (value.find(separator) == std::string_view::npos) return std::nullopt;
    return "the claim " + std::string(name) + " contains the character that separates it; use another one, such as ~";
  };
  const bool varies_before = before.find_first_of("*}") != std::string_view::npos;
  const bool varies_after = after.find_first_of("*{") != std::string_view::npos;
  std::optional<std::string> fault;
  const auto has_star = [](std::string_view text) { return text.find('*') != std::string_view::npos; };
  if (has_star(before) && has_star(after)) fault = "a * stands on one side of {" + std::string(name) + "} only";
  if (varies_before && !fault) fault = fault_by(before.back());
  if (varies_after && !fault) fault = fault_by(after.front());
  return fault;
}

/// A pattern as a token has it, its claims put in. Nothing: it matches no room. Words: it has another form.
std::variant<std::optional<RoomPattern>, std::string> read_pattern(std::string_view pattern, const Texts& claims) {
  if (pattern.empty() || pattern.size() > kNameBytesMax) return "a pattern has 1 to " + std::to_string(kNameBytesMax) + " bytes";
  const std::string_view whole = pattern;
  std::vector<std::string> texts(1);
  bool is_possible = true;
  while (!pattern.empty()) {
    const std::size_t plain = std::min(pattern.find_first_of("*{}"), pattern.size());
    texts.back() += pattern.substr(0, plain);
    pattern.remove_prefix(plain);
    if (pattern.empty()) break;
    if (pattern.front() == '*') {
      texts.emplace_back();
      pattern.remove_prefix(1);
      continue;
    }
    const std::size_t end = pattern.find('}');
    if (pattern.front() == '}' || end == std::string_view::npos || end == 1)
      return std::string("{ and } stand around the name of a claim");
    const auto claim = claims.find(std::string(pattern.substr(1, end - 1)));
    const std::string_view before = whole.substr(0, whole.size() - pattern.size());
    pattern.remove_prefix(end + 1);
    is_possible = is_possible && claim != claims.end();
    if (claim == claims.end()) continue;
    if (auto fault = unclear_end(claim->first, claim->second, before, pattern)) return std::move(*fault);
    texts.back() += claim->second;
  }
  return is_possible ? std::optional(RoomPattern(std::move(texts))) : std::nullopt;
}

/// One right, or what is wrong with it.
std::optional<std::string> add_right(RoomRights& rights, const std::string& right) {
  if (right == "*") {
    rights.bits |= kAllButManage;
    return {};
  }
  if (right.starts_with(kPublishPrefix) && right.size() > kPublishPrefix.size()) {
    rights.events.push_back(right.substr(kPublishPrefix.size()));
    return {};
  }
  const std::optional<Right> known = right_named(right);
  if (!known) return '"' + right + "\" is not a right";
  rights.bits |= bit_of(*known);
  return {};
}

/// A right, or a list of rights.
std::optional<std::string> read_rights(JsonReader& reader, RoomRights& rights) {
  std::string right;
  if (reader.peek() == '"')
    return reader.read_string(right) ? add_right(rights, right) : std::optional<std::string>("not a text");
  if (!reader.enter_array()) return "a right or a list of rights is due";
  std::size_t count = 0;
  while (reader.next_element()) {
    if (++count > kGrantRightsMax) return "more than " + std::to_string(kGrantRightsMax) + " rights";
    if (reader.peek() != '"' || !reader.read_string(right)) return "a right is a text";
    if (auto fault = add_right(rights, right)) return fault;
  }
  return {};
}

}  // namespace

// The earliest place for each text between stars is the best one; each star takes at least one character.
bool RoomPattern::matches(std::string_view room_id) const {
  if (!room_id.starts_with(texts_.front())) return false;
  room_id.remove_prefix(texts_.front().size());
  if (texts_.size() == 1) return room_id.empty();
  for (auto text = texts_.begin() + 1; text + 1 != texts_.end(); ++text) {
    const std::size_t at = room_id.find(*text, 1);
    if (at == std::string_view::npos) return false;
    room_id.remove_prefix(at + text->size());
  }
  return room_id.size() > texts_.back().size() && room_id.ends_with(texts_.back());
}

std::variant<std::optional<Capabilities>, std::string> Capabilities::from_claims(std::string_view claims,
                                                                                 std::string_view user_id) {
  std::optional<Capabilities> found;
  std::string fault;
  Texts texts;
  const auto read_grant = [&](const std::string& pattern, JsonReader& reader) {
    auto read = read_pattern(pattern, texts);
    if (auto* words = std::get_if<std::string>(&read)) fault = std::move(*words);
    if (found->grants_.size() == kRoomGrantsMax) fault = "more than " + std::to_string(kRoomGrantsMax) + " patterns";
    RoomRights rights;
    if (fault.empty()) fault = read_rights(reader, rights).value_or("");
    if (!fault.empty()) fault = pattern + ": " + fault;
    if (!fault.empty()) return false;
    if (auto& possible = std::get<std::optional<RoomPattern>>(read))
      found->grants_.push_back({std::move(*possible), std::move(rights)});
    return true;
  };
  const auto wrong = read_envelope_object(claims, [&](const std::string& key, JsonReader& reader) {
    if (key != kRoomsClaim) return reader.skip();
    found.emplace();
    texts = text_claims(claims, user_id);
    const auto form = read_envelope_object(reader, read_grant);
    if (form && fault.empty()) fault = *form;
    return fault.empty();
  });
  if (!fault.empty()) return std::string(kRoomsClaim) + ": " + fault;
  if (wrong) return *wrong;
  return found;
}

std::string Capabilities::claims_needed(std::string_view claims, std::string_view user_id) {
  std::string_view rooms;
  const auto fault = read_envelope_object(claims, [&rooms](const std::string& key, JsonReader& reader) {
    return key == kRoomsClaim ? reader.read_raw(rooms) : reader.skip();
  });
  if (fault || rooms.empty()) return "{}";
  JsonText needed;
  needed.raw(kRoomsClaim, rooms);
  std::set<std::string> names;
  JsonReader reader(rooms);
  std::string pattern;
  if (!reader.enter_object()) return needed.take();
  while (reader.next_key(pattern) && reader.skip()) {
    for (std::size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1))
      names.insert(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
  }
  const Texts texts = text_claims(claims, user_id);
  for (const std::string& name : names)
    if (const auto claim = texts.find(name); claim != texts.end() && name != kRoomsClaim) needed.text(name, claim->second);
  return needed.take();
}

bool Capabilities::has(Right right) const {
  return std::any_of(grants_.begin(), grants_.end(),
                     [right](const Grant& grant) { return (grant.rights.bits & bit_of(right)) != 0; });
}

bool Capabilities::names(std::string_view room_id) const {
  return std::any_of(grants_.begin(), grants_.end(),
                     [room_id](const Grant& grant) { return grant.pattern.is_one_room() && grant.pattern.matches(room_id); });
}

bool Capabilities::allows(std::string_view room_id, Right right) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return (grant.rights.bits & bit_of(right)) != 0 && grant.pattern.matches(room_id);
  });
}

bool Capabilities::allows_publish(std::string_view room_id, std::string_view event) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    const bool has_event = (grant.rights.bits & bit_of(Right::publish)) != 0 ||
                           std::find(grant.rights.events.begin(), grant.rights.events.end(), event) != grant.rights.events.end();
    return has_event && grant.pattern.matches(room_id);
  });
}

}  // namespace dialogue::core
