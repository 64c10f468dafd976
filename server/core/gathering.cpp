// Answers are sorted, so that they do not depend on which shard was first.
#include "server/core/gathering.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

#include "server/core/frame_text.hpp"
#include "server/core/guarded.hpp"
#include "server/core/hello.hpp"
#include "server/core/payload_check.hpp"
#include "server/core/publications.hpp"
#include "server/core/shard.hpp"
#include "shared/json_reader.hpp"

namespace dialogue {
namespace {

void append_room(std::string& out, const RoomInfo& room) {
  out += "{\"id\":";
  append_json_string(out, room.id);
  out += ",\"name\":";
  append_json_string(out, room.name);
  out += ",\"size\":" + std::to_string(room.size);
  out += ",\"maxSize\":" + (room.max_size ? std::to_string(*room.max_size) : "null") + '}';
}

/// LIST's result. What does not fit a message is counted in `omitted`.
std::string list_result(const std::vector<RoomInfo>& rooms, std::size_t bytes_max) {
  std::string result = "{\"rooms\":[";
  std::size_t told = 0;
  for (std::string item; told < rooms.size(); ++told, item.clear()) {
    append_room(item, rooms[told]);
    if (result.size() + item.size() + 1 > bytes_max) break;
    if (told > 0) result += ',';
    result += item;
  }
  result += ']';
  if (told < rooms.size()) result += ",\"omitted\":" + std::to_string(rooms.size() - told);
  return result + '}';
}

template <typename T>
void append(std::vector<T>& all, std::vector<T>&& part) {
  all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
}

}  // namespace

template <typename Question>
void Gathering::ask_all(Question question, std::function<void(Gather&)> finish) {
  question.reply_to = context_.outbox.shard();
  question.gather = ++last_gather_;
  gathers_[question.gather] = {context_.outbox.shard_count(), {}, {}, 0, std::move(finish)};
  context_.outbox.post_to_all(question);
}

void Gathering::handle(Collected&& collected) {
  const auto found = gathers_.find(collected.gather);
  if (found == gathers_.end()) return;
  Gather& gather = found->second;
  if (auto* rooms = std::get_if<std::vector<RoomInfo>>(&collected.part)) append(gather.rooms, std::move(*rooms));
  if (auto* list = std::get_if<std::vector<ConnectionInfo>>(&collected.part)) append(gather.connections, std::move(*list));
  if (const auto* count = std::get_if<std::size_t>(&collected.part)) gather.count += *count;
  if (--gather.missing > 0) return;
  std::sort(gather.rooms.begin(), gather.rooms.end(), [](const RoomInfo& a, const RoomInfo& b) { return a.id < b.id; });
  std::sort(gather.connections.begin(), gather.connections.end(), [](const ConnectionInfo& a, const ConnectionInfo& b) {
    return std::tie(a.user_id, a.session_id) < std::tie(b.user_id, b.session_id);
  });
  Gather done = std::move(gather);
  gathers_.erase(found);
  done.finish(done);
}

void Gathering::list(const Connection& connection, const Frame& frame) {
  ask_all(CollectRooms{0, 0, connection.identity}, [this, to = connection.id, req = frame.integers[0]](Gather& gather) {
    Connection* asker = context_.connections.find(to);
    if (asker == nullptr || asker->state != SessionState::ready) return;
    const std::size_t bytes_max = context_.config.limits.message_bytes_max - kEventEnvelopeBytesMax;
    context_.answer(*asker, reply_frame(req, list_result(gather.rooms, bytes_max)));
  });
}

void Gathering::can(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0];
  auto read = read_can(frame.payload);
  if (const Fault* fault = std::get_if<Fault>(&read)) return context_.answer(connection, refusal_frame(req, *fault));
  PermissionQuery& query = std::get<PermissionQuery>(read);
  query.from = context_.address_of(connection);
  query.req = req;
  const Membership* membership = connection.membership_in(query.room_id);
  query.identity = membership != nullptr ? connection.identity_in(*membership) : connection.identity;
  const std::uint32_t home = shard_of(query.room_id, context_.outbox.shard_count());
  context_.outbox.post(home, std::move(query));
}

void Gathering::handle(PermissionAnswer&& answer) {
  Connection* asker = context_.connections.find(answer.to);
  if (asker != nullptr && asker->state == SessionState::ready) context_.answer(*asker, std::move(answer.reply));
}

std::variant<std::uint32_t, Fault> Gathering::event_of(SendEvent& send) const {
  if (send.from != kSystemUserId && !is_user_id(send.from)) return Fault{ErrorCode::request_invalid, "from is not a user id", {}};
  const auto event = context_.config.catalogue.find_event(send.event);
  if (!event) return Fault{ErrorCode::event_unknown, send.event, {}};
  if (auto fault = check_payload(context_.config, context_.outbox, *event, send.payload)) return std::move(*fault);
  return *event;
}

void Gathering::handle(SendEvent&& send) {
  auto event = event_of(send);
  if (auto* fault = std::get_if<Fault>(&event)) {
    PublishResult refused = publish_result(std::move(*fault), {});
    return call_done(context_.outbox, send.done, SendEvent::Result{std::move(refused.fault), std::move(refused.message), 0});
  }
  const Position position{0, 0, context_.outbox.now().unix_ms};
  const SharedBytes text = event_frame(0, std::get<std::uint32_t>(event), position, send.from, send.payload);
  ask_all(CollectSent{0, 0, std::move(send.user_id), std::move(send.session_id), *text},
          [this, done = std::move(send.done)](Gather& gather) {
            call_done(context_.outbox, done, SendEvent::Result{{}, {}, gather.count});
          });
}

void Gathering::handle(RoomsQuery&& query) {
  ask_all(CollectRooms{0, 0, nullptr},
          [this, done = std::move(query.done)](Gather& gather) { call_done(context_.outbox, done, std::move(gather.rooms)); });
}

void Gathering::handle(ConnectionsQuery&& query) {
  ask_all(
      CollectConnections{0, 0, std::move(query.user_id), std::move(query.room_id)},
      [this, done = std::move(query.done)](Gather& gather) { call_done(context_.outbox, done, std::move(gather.connections)); });
}

void Gathering::handle(KickUser&& kick) {
  ask_all(CollectKicked{0, 0, std::move(kick.user_id), std::move(kick.reason)},
          [this, done = std::move(kick.done)](Gather& gather) { call_done(context_.outbox, done, gather.count); });
}

void Gathering::handle(RevokeTokens&& revoke) {
  ask_all(CollectRevoked{0, 0, std::move(revoke.what)},
          [this, done = std::move(revoke.done)](Gather& gather) { call_done(context_.outbox, done, gather.count); });
}

void Gathering::handle(LeaveRoom&& leave) {
  ask_all(CollectLeft{0, 0, std::move(leave.user_id), std::move(leave.room_id)},
          [this, done = std::move(leave.done)](Gather& gather) { call_done(context_.outbox, done, gather.count); });
}

}  // namespace dialogue
