// See room_making.hpp.
#include "server/core/owner/room_making.hpp"

#include "server/core/room/dynamic_room.hpp"

namespace dialogue::core {

void RoomMaking::handle(CreateRoom&& create) {
  const std::string id = create.definition.id;
  ErrorCode code = rooms_.check(create.definition);
  KeptRoom kept{{{}, id}, made_room_text(create.definition)};
  if (code == ErrorCode::ok && !read_made_room(kept.definition)) code = ErrorCode::request_invalid;
  if (code != ErrorCode::ok || !config_.has_durable_store) return made(std::move(create), code);
  pending_creates_.try_emplace(id);
  stores_.define(std::move(kept), [this, create = std::move(create)](StoreStatus&& status) mutable {
    const auto waiting = pending_creates_.extract(create.definition.id);
    made(std::move(create), error_of(status));
    for (ShardMessageBody& message : waiting.mapped()) effects_.post(effects_.shard(), std::move(message));
  });
}

void RoomMaking::made(CreateRoom&& create, ErrorCode code) {
  const std::string id = create.definition.id;
  if (code == ErrorCode::ok) code = rooms_.create(std::move(create.definition));
  if (code == ErrorCode::ok) effects_.log(LogLevel::info, "room_created", {{"room", id}});
  effects_.answer(create.call, code);
}

void RoomMaking::handle(const RoomMade& made) {
  auto definition = read_made_room(made.definition);
  if (!definition || rooms_.contains(made.room_id)) return;
  drop_unknown_events(*definition, config_.catalogue);
  if (rooms_.create(std::move(*definition)) == ErrorCode::ok)
    effects_.log(LogLevel::info, "room_created", {{"room", made.room_id}});
}

}  // namespace dialogue::core
