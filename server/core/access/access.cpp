// Grants are few and short: they are compared as they are written, with the room's parameter in its place.
#include "server/core/access/access.hpp"

#include <algorithm>
#include <array>

#include "shared/base/names.hpp"

namespace dialogue::core {
namespace {

constexpr std::string_view kRolePrefix = "role:", kUserPrefix = "user:";

/// Returns the text in `room_id` that the pattern's parameter stands for; empty if the pattern has no parameter.
std::string_view parameter(std::string_view pattern, std::string_view room_id) {
  const std::size_t prefix = literal_prefix_length(pattern), literal = literal_length(pattern);
  return prefix == pattern.size() ? std::string_view() : room_id.substr(prefix, room_id.size() - literal);
}

/// Whether `text` equals `said` once `value` replaces its "{...}".
bool is_with(std::string_view text, std::string_view value, std::string_view said) {
  const std::size_t open = text.find('{'), close = text.find('}', open);
  if (open == std::string_view::npos || close == std::string_view::npos) return text == said;
  const std::string_view before = text.substr(0, open), after = text.substr(close + 1);
  return said.size() == before.size() + value.size() + after.size() && said.starts_with(before) && said.ends_with(after) &&
         said.substr(open, value.size()) == value;
}

struct Asker {
  const Identity& identity;
  std::string_view room_id;
  std::string_view parameter;  ///< of the room
};

/// Returns the capabilities to which a token restricts its bearer; null if it restricts nothing.
const Capabilities* capabilities_of(const TokenFacts* token) {
  return token != nullptr && token->capabilities ? &*token->capabilities : nullptr;
}

bool grants(std::string_view grant, const Asker& asker) {
  const Identity& identity = asker.identity;
  if (grant == "*") return true;
  if (grant == kTokenGrant) {
    const Capabilities* token = capabilities_of(identity.room_token.get());
    return token != nullptr && !identity.room_token->is_of_realm && token->names(asker.room_id);
  }
  if (grant.starts_with(kRolePrefix))
    return !identity.role.empty() && is_with(grant.substr(kRolePrefix.size()), asker.parameter, identity.role);
  if (grant.starts_with(kUserPrefix)) return is_with(grant.substr(kUserPrefix.size()), asker.parameter, identity.user_id);
  return false;
}

std::optional<std::string> lacks(std::string_view what, const Grants& grants_given, const Asker& asker) {
  const auto granted = [&asker](const std::string& grant) { return grants(grant, asker); };
  if (std::any_of(grants_given.begin(), grants_given.end(), granted)) return std::nullopt;
  if (grants_given.empty()) return std::string(what) + " is granted to no user";
  std::string words = std::string(what) + " needs ";
  for (const std::string& grant : grants_given) words += (&grant == &grants_given.front() ? "" : " or ") + grant;
  return words;
}

/// In the order of Right.
constexpr std::array kGrants = {&Access::join, &Access::publish, &Access::history, &Access::presence, &Access::manage};
static_assert(kGrants.size() == kRightNames.size());

/// The restriction by the session's token, then that by the room's token, as words to append to the requested right; empty:
/// none. `allows` checks one of them.
template <typename Allows>
std::string_view withheld(const Identity& identity, const Allows& allows) {
  if (const Capabilities* session = capabilities_of(identity.token.get()); session != nullptr && !allows(*session))
    return " is not in what the token grants for this room";
  if (!identity.room_token) return {};
  const Capabilities* room = capabilities_of(identity.room_token.get());
  if (room == nullptr) return " needs a claim rooms in the token for this room";
  return allows(*room) ? std::string_view() : " is not in what the token for this room grants for it";
}

/// The definition's rule alone.
std::optional<std::string> missing_grant(const Access& access, Right right, const Asker& asker) {
  if (const auto& grants_given = access.*kGrants.at(static_cast<std::size_t>(right)))
    return lacks(right_name(right), *grants_given, asker);
  if (right == Right::manage && capabilities_of(asker.identity.token.get()) == nullptr)
    return lacks(right_name(right), {}, asker);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> missing_in_token(std::string_view room_id, Right right, const Identity& identity) {
  const auto why = withheld(identity, [&](const Capabilities& token) { return token.allows(room_id, right); });
  return why.empty() ? std::nullopt : std::optional(std::string(right_name(right)).append(why));
}

std::optional<std::string> missing_right(const RoomDefinition& room, std::string_view room_id, Right right,
                                         const Identity& identity) {
  if (auto missing = missing_in_token(room_id, right, identity)) return missing;
  if (right == Right::presence && !room.sends_presence) return "presence is not reported in this room";
  return missing_grant(room.access, right, {identity, room_id, parameter(room.id, room_id)});
}

std::optional<std::string> lost_right(const RoomDefinition& room, std::string_view room_id, Right right, const Identity& before,
                                      const Identity& now) {
  auto missing = missing_right(room, room_id, right, now);
  return missing && missing_right(room, room_id, right, before) ? std::nullopt : missing;
}

std::optional<std::string> missing_publish_right(const RoomDefinition& room, std::string_view room_id, std::string_view event,
                                                 const Identity& identity) {
  const Asker asker{identity, room_id, parameter(room.id, room_id)};
  if (auto missing = missing_grant(room.access, Right::publish, asker)) return missing;
  const auto narrower =
      room.access.publish_event.empty() ? room.access.publish_event.end() : room.access.publish_event.find(std::string(event));
  if (narrower != room.access.publish_event.end())
    if (auto missing = lacks("publish of " + std::string(event), narrower->second, asker)) return missing;
  return missing_publish_in_token(room_id, event, identity);
}

std::optional<std::string> missing_call_right(const CallDefinition& call, const Identity& identity) {
  return call.access ? lacks(call.name, *call.access, {identity, {}, {}}) : std::nullopt;
}

std::optional<std::string> missing_publish_in_token(std::string_view room_id, std::string_view event, const Identity& identity) {
  const auto why = withheld(identity, [&](const Capabilities& token) { return token.allows_publish(room_id, event); });
  return why.empty() ? std::nullopt : std::optional("publish of " + std::string(event).append(why));
}

}  // namespace dialogue::core
