// One connection between a page and the server, whatever carries it: what each end may do with it, and what becomes of it. The
// kinds of links are in files of their own. Used by one run.
#pragma once
#include <cstdint>
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
  std::uint64_t request_loss = 0;         ///< one in so many requests and responses is lost, where each has its own; 0: none
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
  virtual ~Link() = default;

  Ends ends;
  std::uint32_t shard = 0;  ///< where the server has it
  ConnectionId connection = 0;
  bool has_backlog = false;             ///< the server was told so
  std::uint64_t reported_stall_ms = 0;  ///< with it

  // The page.
  /// The server has it.
  virtual void begin() {}
  virtual void page_sends(std::string text) = 0;
  /// The page closes it: what is under way arrives, or not.
  virtual void page_drops(std::uint16_t code) = 0;

  // The server.
  virtual void server_sends(SharedBytes text) = 0;
  /// After what was sent before.
  virtual void server_closes(std::uint16_t code) = 0;
  /// Call ends.drained once all has left.
  virtual void ask_drained() = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t stalled_ms() const = 0;
  /// Its process is gone: the page finds out, unless it cannot hear.
  virtual void server_dies() = 0;

  // Faults.
  /// What is under way is lost, in whole or in part; each side finds out in its own time.
  virtual void cut() = 0;
  /// Nothing arrives any more, and nobody is told.
  virtual void go_silent() = 0;

 protected:
  Clockwork& clockwork_;
  Weather& weather_;
  Chance chance_;
};

}  // namespace dialogue::simulation
