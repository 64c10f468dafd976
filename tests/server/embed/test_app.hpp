// The definitions that the facade's tests serve: a chat room, a quiet room of two, and games by number.
#pragma once
#include <chrono>
#include <dialogue/dialogue.hpp>
#include <future>
#include <stdexcept>
#include <string>

#include "tests/patience.hpp"

namespace dialogue::test {

struct Message {
  std::string text;
};
struct Move {
  int from, to;
};
inline constexpr auto message = define_event<Message>("message", field<&Message::text>("text", min_length(1), max_length(2000)));
inline constexpr auto move_event = define_event<Move>("game.move", field<&Move::from>("from"), field<&Move::to>("to"));
inline constexpr auto chat = define_room("chat", {.name = "Chat", .max_size = 50}, message);
inline constexpr auto duo = define_room("duo", {.max_size = 2}, message);
inline constexpr auto game = define_room("game-{id}", {.name = "Game", .max_size = 4}, move_event);
inline constexpr auto app = define_app(chat, duo, game);

/// A configuration on a free port of this machine with two shards.
inline Config test_config() {
  Config config;
  config.definitions = app;
  config.listen = "127.0.0.1:0";
  config.shards = 2;
  config.drain_ms = 0;
  config.logger = [](const LogLine&) {};
  return config;
}

/// The future's value; a failed test when there is none.
template <typename Result>
Result value_of(std::future<Result> future) {
  if (future.wait_for(testing::kPatience) != std::future_status::ready) throw std::runtime_error("no answer");
  return future.get();
}

}  // namespace dialogue::test
