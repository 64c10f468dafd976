// Keeps the projection: reads the logs of rooms into chat.db, each batch with its cursor in one transaction, so that a kill
// repeats nothing and leaves nothing out. A publication only says that its room has news; all reading is from the log, from the
// cursor on. A room whose log was replaced is read again from its beginning. A few rooms are read at once; one whose log does
// not answer is asked again after a while, and holds up no other room.
#pragma once
#include <dialogue/dialogue.hpp>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "apps/chat/store/database.hpp"
#include "apps/chat/store/messages.hpp"

namespace chat {

class Projection {
 public:
  /// Instance::get_history(), or what stands for it.
  using Read =
      std::function<void(std::string room, dialogue::HistoryRange range, std::function<void(dialogue::HistoryResult)> done)>;
  struct Pauses {
    std::chrono::milliseconds retry{500}, answer{30'000};  ///< `answer`: after it the log is asked again
  };
  static constexpr std::size_t kReadsMax = 8;

  /// `projected` is called on a thread of `threads` after each batch.
  Projection(Store& store, boost::asio::thread_pool& threads, Read read, std::function<void()> projected, const Pauses& pauses);
  Projection(Store& store, boost::asio::thread_pool& threads, Read read, std::function<void()> projected)
      : Projection(store, threads, std::move(read), std::move(projected), Pauses{}) {}

  /// Follows all rooms, and reads what was said while this process did not run.
  void begin();
  /// The room has news, with the event at `seq` where that is known. Returns at once; safe from any thread.
  void follow(std::string room_id, std::uint64_t seq = 0);

 private:
  /// An event that was published and is to be read.
  struct News {
    std::uint64_t seq = 0;
    std::size_t reads = 0;
  };

  void next();
  void read(const std::string& room_id, const Cursor& cursor);
  void take(const std::string& room_id, const Cursor& cursor, const dialogue::HistoryResult& history);
  void await_news(const std::string& room_id, std::uint64_t read_until);
  void follow_later(const std::string& room_id);

  Store& store_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  Read read_;
  std::function<void()> projected_;
  Pauses pauses_;
  // On the strand:
  std::set<std::string> rooms_with_news_;         ///< as many as there are rooms
  std::map<std::string, std::uint64_t> reading_;  ///< rooms whose log was asked, with the number of the question
  std::map<std::string, News> news_;              ///< by room
  std::uint64_t questions_ = 0;
};

}  // namespace chat
