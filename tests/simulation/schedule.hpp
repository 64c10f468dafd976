// What a run does, all of it decided by its seed before it begins: how the world is made, and what happens in it when. A run is
// repeated from the seed, and made smaller by leaving steps out.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/world/backend.hpp"
#include "tests/simulation/world/page.hpp"

namespace dialogue::simulation {

enum class Act : std::uint8_t {
  join,
  leave,
  reopen,
  publish,
  burst,
  abort,
  history,
  list,
  server_publish,
  stop_reading,
  read_again,
  reload,
  freeze,
  page_clock,
  wake,
  cut,
  silence,
  offline,
  slow,
  kill,
  power,
  drain,
  strike,
  full,
  failed_sync,
  wall_clock,
  delete_room,
  flood,
  move,
  stall,
  count_,
};

/// One thing that happens. What `a`, `b` and `c` mean is Act's own affair.
struct Step {
  std::uint32_t index = 0;  ///< in the whole schedule
  std::uint64_t at_us = 0;  ///< from the beginning
  Act act{};
  std::uint32_t user = 0;
  RoomIndex room = 0;
  std::uint64_t a = 0, b = 0, c = 0;
};

struct Setup {
  std::uint32_t users = 2;
  std::vector<bool> outboxes, guests;  ///< of each user: what it has not sent outlives a page; it has no name of its own
  std::vector<Weather> weather;
  std::vector<Ways> ways;
  BackendSetup backend;
  std::uint64_t span_us = 0;
  bool has_listener = false;  ///< one more page, which has a push stream of the rooms
};

[[nodiscard]] Setup make_setup(std::uint64_t seed);
/// `count` 0: as many as the seed says.
[[nodiscard]] std::vector<Step> make_schedule(std::uint64_t seed, std::uint32_t count);
[[nodiscard]] std::string text_of(const Setup& setup);
[[nodiscard]] std::string text_of(const Step& step);

}  // namespace dialogue::simulation
