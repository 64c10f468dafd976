// The logs of the Dialogue server as the projection and the eraser use them.
#pragma once
#include <dialogue/dialogue.hpp>

#include "apps/chat/bridge/eraser.hpp"
#include "apps/chat/bridge/projection.hpp"
#include "apps/chat/bridge/room_name.hpp"

namespace chat {

[[nodiscard]] inline Projection::Read reading(dialogue::Instance& server) {
  return [&server](std::string room, dialogue::HistoryRange range, std::function<void(dialogue::HistoryResult)> done) {
    server.get_history(room, std::move(range), std::move(done));
  };
}

[[nodiscard]] inline Eraser::Erase erasing(dialogue::Instance& server) {
  return [&server](std::string room, std::vector<dialogue::SeqRange> sequences, std::function<void(dialogue::EraseResult)> done) {
    server.erase_events(room, std::move(sequences), std::move(done));
  };
}

/// Each publication that stands in a room's log is news. `projection` outlives the subscription.
[[nodiscard]] inline dialogue::Subscription follow_rooms(dialogue::Instance& server, Projection& projection) {
  return server.on(std::string(kRoomPrefix) + "{id}", "*", [&projection](const dialogue::Publication& publication) {
    if (publication.seq == 0) return;
    if (const auto id = id_of_room(publication.room_id)) projection.follow(std::string(*id), publication.seq);
  });
}

}  // namespace chat
