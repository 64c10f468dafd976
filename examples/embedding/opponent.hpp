// A very simple opponent: it answers the first move of every game with the same move from the other side.
#pragma once
#include <dialogue/dialogue.hpp>
#include <iostream>

#include "examples/embedding/game.hpp"

namespace game {

/// Makes `server` play. Call before listen(); the server must outlive its own handlers where it stands, so do not move it after
/// this.
inline void add_opponent(Instance& server) {
  server.on_connect([](Client& client) { std::cout << client.user_id() << " is here" << std::endl; });
  server.on(board, game::move, [&server](const Move& played, const Publication& publication) {
    std::cout << publication.room_id << ": " << publication.from << " plays " << played.from << " to " << played.to << std::endl;
    if (publication.seq > 1) return;
    // This runs on a thread of the server: ask with a callback, never wait for a future here.
    server.trigger(publication.room_id, game::move, Move{63 - played.from, 63 - played.to}, [](const TriggerResult& result) {
      if (!result.ok()) std::cerr << "no answer was possible: " << result.message << std::endl;
    });
  });
}

}  // namespace game
