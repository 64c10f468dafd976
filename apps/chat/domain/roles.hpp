// What members of a room may do by their role. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

enum class Role : std::uint8_t { member, moderator, owner };

[[nodiscard]] constexpr std::string_view name_of(Role role) {
  return role == Role::owner ? "owner" : role == Role::moderator ? "moderator" : "member";
}

[[nodiscard]] constexpr std::optional<Role> role_of(std::string_view name) {
  for (const Role role : {Role::member, Role::moderator, Role::owner})
    if (name_of(role) == name) return role;
  return std::nullopt;
}

/// Moderators remove members; owners remove everybody.
[[nodiscard]] constexpr bool may_remove(Role actor, Role target) {
  return actor == Role::owner || (actor == Role::moderator && target == Role::member);
}

/// Bans and mutes: as removal, and of those who are not members.
[[nodiscard]] constexpr bool may_restrict(Role actor, std::optional<Role> target) {
  return target ? may_remove(actor, *target) : actor != Role::member;
}

/// Roles are given by owners.
[[nodiscard]] constexpr bool may_give_roles(Role actor) { return actor == Role::owner; }

/// Whether a room that has `owners` owners would have none after a member with `role` becomes `after` (nothing: leaves).
[[nodiscard]] constexpr bool loses_last_owner(std::size_t owners, Role role, std::optional<Role> after) {
  return role == Role::owner && owners == 1 && after != Role::owner;
}

}  // namespace chat
