// Heads of rooms for those who watch them without joining: one stream has many rooms, and sends in one item what has moved since
// the last one. With a mark of its user a room also has the number of events behind it. Used by one thread; questions to rooms
// and writes of marks are answered on it.
//
//   HeadBoard board(ports, marks);
//   board.begin(number, question, reply);   // then take(number, news) of each news
//   board.moved(move);                      // of each publication in a room that is watched
//   const std::uint64_t due_ms = board.tick();
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/heads/heads_api.hpp"
#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "server/heads/mark_table.hpp"
#include "server/store/kept/kept_writer.hpp"

namespace dialogue::heads {

inline constexpr std::size_t kWatchesOfSessionMax = 2'000, kWatchesMax = 1'000'000;
inline constexpr std::uint64_t kHeadsIntervalMs = 100;  ///< between two items of a stream
inline constexpr std::size_t kHeadsItemBytesMax = 40 * 1024;
inline constexpr std::size_t kUnreadMax = 1'000;           ///< what is counted at most: then there are more
inline constexpr std::size_t kQuestionsMax = 64;           ///< to rooms at a time; others wait
inline constexpr std::size_t kCountedRecordsMax = 10'000;  ///< that one count reads
inline constexpr std::size_t kRecountsMax = 3;             ///< for events that were not readable yet
inline constexpr std::size_t kMovesKept = 64;              ///< of a room, for counts that were under way

/// The head of a room's log.
struct Head {
  std::uint64_t epoch = 0, seq = 0, timestamp_ms = 0;  ///< seq 0: the log is empty
  std::string event, from;                             ///< of the newest record; empty if it has been removed
};

/// One publication.
struct Move {
  std::string room;
  Head head;
};

class HeadBoard {
 public:
  using Asked = std::function<void(core::HistoryQuery::Result&&)>;
  struct Ports {
    std::function<void(core::HistoryQuery query, Asked done)> ask;
    std::function<void(store::KeptWriter::Unit)> write;
    std::function<std::uint64_t()> now_ms;                              ///< monotonic
    std::function<std::uint64_t()> now_s;                               ///< Unix time
    std::function<void(std::string_view room, bool is_watched)> watch;  ///< begins or ends the calls of moved() for a room
    bool is_shared = false;                                             ///< other nodes publish, and use the store
    std::uint64_t look_ms = 60'000;                                     ///< the longest time between two looks at a watched room
  };
  HeadBoard(Ports ports, MarkTable& marks) : ports_(std::move(ports)), marks_(marks) {}
  HeadBoard(const HeadBoard&) = delete;
  HeadBoard& operator=(const HeadBoard&) = delete;

  void begin(std::uint64_t number, const core::ExchangeQuestion& question, core::ExchangeReplies reply);
  void take(std::uint64_t number, core::ExchangeNews&& news);
  /// Called when the session is no longer a member of the room.
  void left(std::string_view session, const std::string& room);
  void moved(Move&& move);
  /// Asks each watched room again, after publications may have been missed.
  void look_again();
  void mark(const api::MarkRequest& request, const std::function<void(api::MarkAnswer)>& done);
  using Shown = std::function<void(core::Error fault, std::string json)>;
  /// Calls `done` with {"heads":[...]} of all rooms, once each has answered; with `rate_limited` if too many rooms are watched.
  void show(api::HeadsRequest request, const Shown& done);
  /// Called when another node has moved these marks.
  void marks_changed(const std::vector<MarkTable::Place>& places);
  void forget_marks(const std::string& user);
  /// Sends what is due, and looks at rooms again. Returns the next deadline.
  std::uint64_t tick();
  [[nodiscard]] std::size_t watches() const { return watches_; }

 private:
  struct Room;
  struct Stream;
  struct Watch {
    Room* room = nullptr;
    Stream* stream = nullptr;
    bool is_member = false;          ///< the watch ends with the membership
    std::uint64_t history_from = 0;  ///< the first sequence that the watcher may read and that is counted
    std::size_t unread = 0, recounts = 0;
    bool has_more = false;                                ///< not all was counted
    bool is_counting = false, is_count_outdated = false;  ///< at most one count of a watch is under way
    bool has_unread = false, is_dirty = false, is_settled = false;
  };
  struct Room {
    std::string name;
    Head head;
    bool is_known = false, is_asked = false;
    std::deque<Head> moves{};  ///< the newest
    std::set<Watch*> watches{};
    std::list<Room*>::iterator turn{};
    std::uint64_t looked_ms = 0;
  };
  struct Stream {
    std::uint64_t number = 0;
    std::string user, session;
    std::set<std::string, std::less<>> events{};
    core::ExchangeReplies reply{};
    std::uint64_t granted = 0, sent = 0, next_ms = 0;
    std::uint64_t settled = 0;  ///< writes that are done, and whose answers are sent: others are allowed in their place
    std::map<std::string, Watch, std::less<>> watches{};
    std::deque<std::string> dirty{}, notes{}, refused{};  ///< rooms; JSON of answers to marks; rooms
    Shown shown{};                                        ///< of show()
    std::size_t unsettled = 0;
  };

  void add(Stream& stream, std::string room, bool is_member, std::uint64_t history_from);
  void remove(Stream& stream, std::string_view room);
  void end(std::uint64_t number);
  void refuse(Stream& stream, const std::string& room, const core::Error& fault);
  void take_write(Stream& stream, const std::string& item);
  void take_mark(Stream& stream, std::uint64_t id, api::MarkRequest request);
  void look_at(Room& room);
  void looked(const std::string& room, core::HistoryQuery::Result&& result);
  void ask(core::HistoryQuery query, Asked done);
  void ask_waiting();
  /// Counts what is behind the mark, if there is one.
  void count(Watch& watch);
  /// `counted`: what pages before it had.
  struct Counted {
    std::size_t unread = 0, records = 0;
  };
  void count_from(std::uint64_t number, const std::string& room, std::uint64_t since, Counted before);
  /// The log was read up to `read`: what it accepted behind that is among the newest moves, or comes with the next ones.
  void counted(Watch& watch, std::uint64_t read, std::size_t unread);
  [[nodiscard]] bool counts(const Watch& watch, const Head& move) const;
  [[nodiscard]] const Mark* mark_of(const Watch& watch) const;
  void settle(Watch& watch);
  /// A write is done with: the client may write another one.
  static void settle_write(Stream& stream);
  void soil(Watch& watch);
  void send(Stream& stream);
  [[nodiscard]] std::string text_of(const Watch& watch) const;
  [[nodiscard]] Watch* find(std::uint64_t number, std::string_view room);
  void decide_mark(const api::MarkRequest& request, const Head& head, const std::function<void(api::MarkAnswer)>& done);
  void mark_written(const api::MarkRequest& request, const Head& head, const Mark& mark, core::StoreStatus status,
                    const std::function<void(api::MarkAnswer)>& done);
  void mark_moved(const std::string& user, const std::string& room);

  const Ports ports_;
  MarkTable& marks_;
  std::map<std::uint64_t, Stream> streams_;
  std::map<std::string, std::unique_ptr<Room>, std::less<>> rooms_;
  std::map<std::string, std::set<std::uint64_t>, std::less<>> of_session_, of_user_;  ///< numbers of streams
  std::map<std::string, std::size_t, std::less<>> watches_of_session_;
  std::list<Room*> turns_;  ///< that was looked at longest ago first
  std::set<std::uint64_t> soiled_;
  std::deque<std::function<void()>> waiting_;
  std::size_t asked_ = 0, watches_ = 0;
  std::uint64_t shows_ = 0;
};

}  // namespace dialogue::heads
