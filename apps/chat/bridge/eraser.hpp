// Takes the payloads of deleted messages out of the log: what stands in the table `erasure`, until the store's files have nothing
// left of it. An erasure searches all of the log's files, and reading waits meanwhile: so those that come within a pause are one
// round, with one call for each room, and the pause after a round is at least as long as the round was. A kill in between leaves
// the rows for the next start.
#pragma once
#include <dialogue/dialogue.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "apps/chat/store/database.hpp"

namespace chat {

class Eraser {
 public:
  /// Instance::erase_events(), or what stands for it.
  using Erase = std::function<void(std::string room, std::vector<dialogue::SeqRange> sequences,
                                   std::function<void(dialogue::EraseResult)> done)>;
  struct Pauses {
    std::chrono::milliseconds gathering{3'000}, retry{1'000}, longest{20'000};
  };
  static constexpr std::size_t kRoomsPerRoundMax = 64;

  Eraser(Store& store, boost::asio::thread_pool& threads, Erase erase, const Pauses& pauses);
  Eraser(Store& store, boost::asio::thread_pool& threads, Erase erase) : Eraser(store, threads, std::move(erase), Pauses{}) {}

  /// `work` is done at the beginning of each round: other rows of what was deleted. Before the first wake().
  void then(std::function<void()> work) { work_ = std::move(work); }
  /// There may be rows. Returns at once; safe from any thread.
  void wake();

 private:
  using Clock = std::chrono::steady_clock;

  void begin_round();
  void next_room();
  void take(const dialogue::EraseResult& result);
  void end_round();
  void after(std::chrono::milliseconds pause, void (Eraser::*work)());

  Store& store_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  boost::asio::steady_timer timer_;
  Erase erase_;
  Pauses pauses_;
  std::function<void()> work_ = [] {};
  // On the strand:
  bool is_busy_ = false;
  std::deque<std::string> rooms_;  ///< of this round, the one under way first
  std::vector<std::uint64_t> sequences_;
  std::string last_room_;  ///< a round begins after it, so that each room has its turn
  Clock::time_point begun_;
};

}  // namespace chat
