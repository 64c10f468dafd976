// Calls about rooms and users: each becomes a shard message, to the room's owner shard or to all.
#include <dialogue/administration.hpp>

#include "server/core/util/reason.hpp"
#include "server/embed/instance/call_answer.hpp"
#include "server/embed/instance/instance_state.hpp"

namespace dialogue {
namespace {

RequestResult request_result(ErrorCode code) {
  return {code, code == ErrorCode::ok ? std::string() : std::string(error_row(code).message)};
}

RequestResult not_running() { return {ErrorCode::closed, kNotRunning}; }

}  // namespace

Administration::Administration(std::unique_ptr<InstanceState> state) : state_(std::move(state)) {}
Administration::Administration(Administration&& other) noexcept = default;
Administration::~Administration() = default;

void Administration::create_room(RoomDefinition room, RequestCallback done) {
  const std::string room_id = room.id;
  const auto answer = state_->answer_to<RequestResult>(std::move(done), not_running());
  if (room.states || !room.middleware.empty())
    return answer->otherwise({ErrorCode::request_invalid, "Only rooms of the definitions have states and middleware."});
  state_->ask(room_id, core::CreateRoom{std::move(room)}, convert_result<core::CreateRoom>(answer, request_result));
}

std::future<RequestResult> Administration::create_room(RoomDefinition room) {
  return as_future<RequestResult>([&](auto done) { create_room(std::move(room), std::move(done)); });
}

void Administration::delete_room(std::string_view room_id, RequestCallback done) {
  const auto answer = state_->answer_to<RequestResult>(std::move(done), not_running());
  state_->ask(room_id, core::DeleteRoom{std::string(room_id)}, convert_result<core::DeleteRoom>(answer, request_result));
}

std::future<RequestResult> Administration::delete_room(std::string_view room_id) {
  return as_future<RequestResult>([&](auto done) { delete_room(room_id, std::move(done)); });
}

void Administration::erase_events(std::string_view room, std::vector<SeqRange> sequences, std::function<void(EraseResult)> done) {
  EraseResult stopped;
  stopped.code = ErrorCode::closed;
  stopped.message = kNotRunning;
  const auto answer = state_->answer_to<EraseResult>(std::move(done), std::move(stopped));
  state_->event_erasures->erase({std::string(room), std::move(sequences)}, [answer](api::EventErasureReport report) {
    EraseResult result;
    result.code = report.fault.code;
    if (result.code != ErrorCode::ok) result.message = core::error_message(report.fault.code, report.fault.argument);
    result.epoch = report.epoch;
    result.events = report.events;
    result.sequences = std::move(report.sequences);
    result.is_clean = report.is_clean;
    answer->otherwise(std::move(result));
  });
}

std::future<EraseResult> Administration::erase_events(std::string_view room, std::vector<SeqRange> sequences) {
  return as_future<EraseResult>([&](auto done) { erase_events(room, std::move(sequences), std::move(done)); });
}

void Administration::list_rooms(RoomsCallback done) {
  const auto answer = state_->answer_to<std::vector<RoomInfo>>(std::move(done), {});
  state_->ask({}, core::RoomsQuery{}, forward_result<core::RoomsQuery>(answer));
}

std::future<std::vector<RoomInfo>> Administration::list_rooms() {
  return as_future<std::vector<RoomInfo>>([&](auto done) { list_rooms(std::move(done)); });
}

void Administration::list_rooms(ListRange range, RoomsCallback done) {
  const auto answer = state_->answer_to<std::vector<RoomInfo>>(std::move(done), {});
  state_->ask({}, core::RoomsQuery{{std::move(range.after), range.limit}}, forward_result<core::RoomsQuery>(answer));
}

std::future<std::vector<RoomInfo>> Administration::list_rooms(ListRange range) {
  return as_future<std::vector<RoomInfo>>([&](auto done) { list_rooms(std::move(range), std::move(done)); });
}

void Administration::list_users(ListRange range, UsersCallback done) {
  const auto answer = state_->answer_to<std::vector<UserInfo>>(std::move(done), {});
  state_->ask({}, core::UsersQuery{{std::move(range.after), range.limit}, {}}, forward_result<core::UsersQuery>(answer));
}

std::future<std::vector<UserInfo>> Administration::list_users(ListRange range) {
  return as_future<std::vector<UserInfo>>([&](auto done) { list_users(std::move(range), std::move(done)); });
}

void Administration::list_members(std::string_view room, ListRange range, UsersCallback done) {
  const auto answer = state_->answer_to<std::vector<UserInfo>>(std::move(done), {});
  const auto as = [](core::MembersQuery::Result found) { return std::move(found.members); };
  state_->ask(room, core::MembersQuery{std::string(room), {std::move(range.after), range.limit}},
              convert_result<core::MembersQuery>(answer, as));
}

std::future<std::vector<UserInfo>> Administration::list_members(std::string_view room, ListRange range) {
  return as_future<std::vector<UserInfo>>([&](auto done) { list_members(room, std::move(range), std::move(done)); });
}

void Administration::get_clients(std::string_view user_id, ConnectionsCallback done) {
  const auto answer = state_->answer_to<std::vector<ConnectionInfo>>(std::move(done), {});
  if (user_id.empty()) return answer->otherwise({});  // empty means all users in the core
  state_->ask(user_id, core::ConnectionsQuery{std::string(user_id)}, forward_result<core::ConnectionsQuery>(answer));
}

std::future<std::vector<ConnectionInfo>> Administration::get_clients(std::string_view user_id) {
  return as_future<std::vector<ConnectionInfo>>([&](auto done) { get_clients(user_id, std::move(done)); });
}

void Administration::get_all_clients(ConnectionsCallback done) {
  const auto answer = state_->answer_to<std::vector<ConnectionInfo>>(std::move(done), {});
  state_->ask({}, core::ConnectionsQuery{}, forward_result<core::ConnectionsQuery>(answer));
}

std::future<std::vector<ConnectionInfo>> Administration::get_all_clients() {
  return as_future<std::vector<ConnectionInfo>>([&](auto done) { get_all_clients(std::move(done)); });
}

void Administration::disconnect_user(std::string_view user_id, std::string_view reason, CountCallback done) {
  const auto answer = state_->answer_to<std::size_t>(std::move(done), 0);
  if (user_id.empty()) return answer->otherwise(0);
  state_->ask(user_id, core::KickUser{std::string(user_id), core::bounded_reason(std::string(reason))},
              forward_result<core::KickUser>(answer));
}

std::future<std::size_t> Administration::disconnect_user(std::string_view user_id, std::string_view reason) {
  return as_future<std::size_t>([&](auto done) { disconnect_user(user_id, reason, std::move(done)); });
}

void Administration::revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done) {
  if (!what.token_id.empty() || !what.user_id.empty())
    return state_->revocations.revoke(std::move(what), forget_at_s, std::move(done));
  RevokeResult unnamed;
  unnamed.code = ErrorCode::request_invalid;
  unnamed.message = "Set token_id or user_id; use revoke_everybody() for the tokens of all users.";
  static_cast<void>(state_->answer_to<RevokeResult>(std::move(done), std::move(unnamed)));  // dropped: that is the answer
}

std::future<RevokeResult> Administration::revoke(Revocation what, std::uint64_t forget_at_s) {
  return as_future<RevokeResult>([&](auto done) { revoke(std::move(what), forget_at_s, std::move(done)); });
}

void Administration::revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s,
                                      std::function<void(RevokeResult)> done) {
  Revocation everybody;
  everybody.issued_before_s = issued_before_s;
  state_->revocations.revoke(std::move(everybody), forget_at_s, std::move(done));
}

std::future<RevokeResult> Administration::revoke_everybody(std::uint64_t issued_before_s, std::uint64_t forget_at_s) {
  return as_future<RevokeResult>([&](auto done) { revoke_everybody(issued_before_s, forget_at_s, std::move(done)); });
}

void Administration::remove_from_room(std::string_view user_id, std::string_view room_id, CountCallback done) {
  const auto answer = state_->answer_to<std::size_t>(std::move(done), 0);
  if (user_id.empty() || room_id.empty()) return answer->otherwise(0);  // the core's all rooms
  state_->ask(room_id, core::LeaveRoom{std::string(user_id), std::string(room_id)}, forward_result<core::LeaveRoom>(answer));
}

std::future<std::size_t> Administration::remove_from_room(std::string_view user_id, std::string_view room_id) {
  return as_future<std::size_t>([&](auto done) { remove_from_room(user_id, room_id, std::move(done)); });
}

void Administration::remove_from_all_rooms(std::string_view user_id, CountCallback done) {
  const auto answer = state_->answer_to<std::size_t>(std::move(done), 0);
  if (user_id.empty()) return answer->otherwise(0);
  state_->ask(user_id, core::LeaveRoom{std::string(user_id), {}}, forward_result<core::LeaveRoom>(answer));
}

std::future<std::size_t> Administration::remove_from_all_rooms(std::string_view user_id) {
  return as_future<std::size_t>([&](auto done) { remove_from_all_rooms(user_id, std::move(done)); });
}

}  // namespace dialogue
