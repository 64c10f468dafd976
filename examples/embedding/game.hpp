// What the example says: moves of a game, in rooms made from a pattern. Compiled into the server, checked in every client.
#pragma once
#include <dialogue/define.hpp>

namespace game {

using namespace dialogue;

struct Move {
  int from, to;
};
constexpr auto move = define_event<Move>("game.move", field<&Move::from>("from", minimum(0), maximum(63)),
                                         field<&Move::to>("to", minimum(0), maximum(63)));
constexpr auto board = define_room("game-{id}", {.name = "Game", .max_size = 2}, move);
constexpr auto app = define_app(board);

}  // namespace game
