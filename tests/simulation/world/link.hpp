// One connection between a page and the server: a queue each way, in order, with delays; what the server may send before the page
// has read is bounded, the rest waits and is told as backlog. Either side can be cut off, or go silent without a word.
// Used by one run.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "server/core/messages/handles.hpp"
#include "tests/simulation/chance.hpp"
#include "tests/simulation/world/clockwork.hpp"

namespace dialogue::simulation {

using namespace core;

/// Close codes, RFC 6455 section 7.4.1: in order, and because the connection broke.
inline constexpr std::uint16_t kCloseNormal = 1000, kCloseAbnormal = 1006;

/// How the network is for one user; it stays when the user reconnects.
struct Weather {
  std::uint64_t delay_least_us = 100, delay_most_us = 1000;
  std::uint64_t us_per_byte = 0;          ///< of a slow reader
  std::size_t unread_bytes_max = 65'536;  ///< what the sockets hold
  std::uint64_t offline_until_us = 0;     ///< nothing moves
  std::uint64_t frozen_until_us = 0;      ///< the page does not run, so nothing is read
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  /// Who hears what: texts, and once the end.
  struct Ends {
    std::function<void(const std::string&)> at_page = [](const std::string&) {};
    std::function<void(std::uint16_t close_code)> page_end = [](std::uint16_t) {};
    std::function<void(std::string)> at_server = [](const std::string&) {};
    std::function<void(std::uint16_t close_code)> server_end = [](std::uint16_t) {};
    std::function<void()> drained = [] {};
  };
  Link(Clockwork& clockwork, Weather& weather, std::uint64_t seed) : clockwork_(clockwork), weather_(weather), chance_(seed) {}

  Ends ends;
  std::uint32_t shard = 0;  ///< where the server has it
  ConnectionId connection = 0;
  bool has_backlog = false;             ///< the server was told so
  std::uint64_t reported_stall_ms = 0;  ///< with it

  // The page.
  void page_sends(std::string text);
  /// It closes the socket: what is under way arrives, or not.
  void page_drops(std::uint16_t code);

  // The server.
  void server_sends(SharedBytes text);
  /// After what was sent before.
  void server_closes(std::uint16_t code);
  /// Call ends.drained once all has left.
  void ask_drained();
  [[nodiscard]] std::size_t unsent_bytes() const { return unsent_bytes_; }
  [[nodiscard]] std::uint64_t stalled_ms() const { return unsent_.empty() ? 0 : (clockwork_.now_us() - progress_us_) / kMs; }
  /// Its process is gone: the page finds out, unless it cannot hear.
  void server_dies();

  // Faults.
  /// The connection breaks: each side loses some of what was on its way to it, and finds out in its own time.
  void cut();
  /// Nothing arrives any more, and nobody is told.
  void go_silent() { is_silent_ = true; }

 private:
  struct Item {
    SharedBytes text;  ///< null: the end
    std::uint16_t close_code = 0;
  };
  struct Lane {
    std::deque<Item> items;
    std::uint64_t newest_us = 0;
    bool is_open = true;  ///< somebody listens
  };

  void put(Lane& queue, Item item, std::uint64_t extra_us);
  void arrive(Lane& queue);
  void hand_over(Lane& queue, Item item);
  void pump();
  void lose_tail(std::deque<Item>& items);
  [[nodiscard]] std::uint64_t held_until(const Lane& queue) const;

  Clockwork& clockwork_;
  Weather& weather_;
  Chance chance_;
  Lane to_page_, to_server_;
  std::deque<Item> unsent_;
  std::size_t unsent_bytes_ = 0, unread_bytes_ = 0;
  std::uint64_t progress_us_ = 0;
  bool is_silent_ = false, is_drain_asked_ = false, has_server_closed_ = false;
};

}  // namespace dialogue::simulation
