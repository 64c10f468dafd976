// Rows of invitations: to one user, or by a link that several may use. Functions on a Database.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/store/database.hpp"

namespace chat {

struct Invitation {
  std::string id, room_id, inviter_id;
  std::string invitee_id{}, code_hash{};  ///< one of the two is set
  std::size_t uses_left = 1;
  std::int64_t created_ms = 0, expires_ms = 0;
};

void insert_invitation(Database& db, const Invitation& invitation);
/// Those that have not expired.
[[nodiscard]] std::optional<Invitation> find_invitation(Database& db, std::string_view id, std::int64_t now_ms);
[[nodiscard]] std::optional<Invitation> find_invitation_by_code(Database& db, std::string_view code_hash, std::int64_t now_ms);
[[nodiscard]] std::optional<Invitation> invitation_of(Database& db, std::string_view room_id, std::string_view user_id,
                                                      std::int64_t now_ms);
[[nodiscard]] std::vector<Invitation> invitations_to(Database& db, std::string_view user_id, std::int64_t now_ms);
[[nodiscard]] std::vector<Invitation> invitations_in(Database& db, std::string_view room_id, std::int64_t now_ms);
[[nodiscard]] std::size_t count_invitations_by(Database& db, std::string_view inviter_id, std::int64_t since_ms);
/// Takes one use; the last one removes the row.
void use_invitation(Database& db, const Invitation& invitation);
void delete_invitation(Database& db, std::string_view id);
void delete_expired_invitations(Database& db, std::int64_t now_ms);

}  // namespace chat
