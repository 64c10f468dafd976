// See server_side.hpp. Results are not awaited: what a client misses, it reads when it connects again.
#include "apps/chat/bridge/server_side.hpp"

#include <boost/json/serialize.hpp>
#include <chrono>

#include "apps/chat/bridge/room_name.hpp"
#include "apps/chat/security/tokens.hpp"

namespace chat {
namespace {

constexpr std::uint64_t kClockSlackS = 60;

std::uint64_t unix_s() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

void ServerSide::attach(dialogue::Instance& server, OutboxPublisher& outbox, Eraser& eraser) {
  server_ = &server;
  outbox_ = &outbox;
  eraser_ = &eraser;
}

void ServerSide::tell(std::string_view user_id, std::string_view event, std::string_view json) {
  server_->send_to_user(user_id, event, json, [](const dialogue::SendResult&) {});
}

void ServerSide::publish_outbox() { outbox_->wake(); }

void ServerSide::remove(std::string_view user_id, std::string_view room_id) {
  server_->remove_from_room(user_id, name_of_room(room_id), [](std::size_t) {});
}

void ServerSide::end_session(std::string_view session_id) {
  const std::uint64_t forget_at_s = unix_s() + kAccessLifeS + kClockSlackS;
  server_->revoke({.token_id = std::string(session_id), .user_id = {}, .issued_before_s = 0}, forget_at_s,
                  [](const dialogue::RevokeResult&) {});
}

void ServerSide::rooms_changed(std::string_view user_id) { tell(user_id, "rooms.changed", "{}"); }
void ServerSide::invitations_changed(std::string_view user_id) { tell(user_id, "invitations.changed", "{}"); }
void ServerSide::marked(std::string_view user_id, const boost::json::object& counts) {
  tell(user_id, "mark", boost::json::serialize(counts));
}
void ServerSide::profile_changed(std::string_view user_id, const std::vector<std::string>& rooms,
                                 const boost::json::object& user) {
  const std::string json = boost::json::serialize(user);
  tell(user_id, "profile", json);
  for (const auto& id : rooms) server_->trigger(name_of_room(id), "profile", json, [](const dialogue::TriggerResult&) {});
}
void ServerSide::erase_deleted() { eraser_->wake(); }

}  // namespace chat
