// Publishes the rows of the outbox in their order, each exactly once: a row is deleted after its event was acknowledged. A kill
// in between leaves the row, and the next start looks for the event's id in the room's log before it publishes again.
#pragma once
#include <dialogue/dialogue.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "apps/chat/store/database.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {

class OutboxPublisher {
 public:
  OutboxPublisher(dialogue::Instance& server, Store& store, boost::asio::thread_pool& threads);

  /// There may be rows: publishes them. Returns at once; safe from any thread.
  void wake();

 private:
  void next();
  void look_for(const OutboxRow& row);
  void publish(const OutboxRow& row);
  void finish(std::int64_t id);
  void retry_later();

  dialogue::Instance& server_;
  Store& store_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  boost::asio::steady_timer timer_;
  std::int64_t left_over_until_;  ///< rows up to this id are of an earlier process, which may have published them
  bool is_busy_ = false;          ///< on the strand
};

}  // namespace chat
