// The cluster's log in the shared store: appends this node's entries by compare-and-set, and delivers the entries of all nodes,
// own ones included, each once and in the log's order. A write fits only behind everything that was delivered, so its writer
// knows the state at its position.
//
// All methods are called on one executor, to which `post` brings the store's answers. It may be destroyed while answers are
// outstanding, but not inside a call of its listener.
//
// Beginning: it reads from at least twice the lease before the newest record, by the records' times, so that it finds every
// live node. Trimming: a write moves the log's base to behind records that this node has read at least kLogKeptMs ago, by its
// monotonic clock, and that are not among the last kLogRecordsKept. A reader that finds records missing begins again.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/cluster/cluster_entry.hpp"
#include "server/cluster/engine_health.hpp"
#include "server/core/messages/actions.hpp"
#include "server/store/store.hpp"

namespace dialogue::cluster {

inline constexpr std::size_t kQueueEntriesMax = 65'536;
inline constexpr std::size_t kQueueBytesMax = std::size_t{64} << 20U;
inline constexpr std::size_t kWriteEntriesMax = 512;
inline constexpr std::size_t kWriteBytesMax = std::size_t{1} << 20U;  ///< one entry may be larger
inline constexpr std::uint64_t kLogRecordsKept = 10'000;
inline constexpr std::uint64_t kLogKeptMs = 30'000;
inline constexpr std::uint64_t kRetryMsMin = 100, kRetryMsMax = 2'000;
inline constexpr std::uint64_t kPollMs = 1'000;  ///< the log is read at least so often, whether a wake-up came or not

/// The key of the log.
[[nodiscard]] core::RoomKey cluster_log_key();

struct ClusterLogSettings {
  std::shared_ptr<store::Store> store;
  std::string self;                                 ///< the sender of its entries
  std::function<void(std::function<void()>)> post;  ///< runs it on the executor, later; from any thread
  std::function<std::uint64_t()> now_ms;            ///< monotonic
  std::function<std::uint64_t()> unix_ms;
  std::function<void(core::LogLine)> log;
  std::uint64_t lease_ms = 10'000;
};

/// How far a node has read the log, and how the store answers it.
struct LogFigures {
  std::uint64_t position = 0, head = 0;  ///< the last entry read, and the last one known of; of one epoch
  std::uint64_t behind_ms = 0;           ///< since everything was read; 0 while it is, and the store answers
  std::size_t queued = 0;                ///< entries that wait to be written
  EngineState engine = EngineState::ok;
  std::uint64_t answer_ms = 0;  ///< of the store's last answer; longer, if one is outstanding for longer
};

class ClusterLogListener {
 public:
  virtual ~ClusterLogListener() = default;
  /// Called before a write, which goes behind all delivered entries. The listener adds entries to `first`, which are written
  /// before the queue's next entries, `queued`, and may complete those. Returns false to write `first` alone. If another node's
  /// write comes before this one, it is called again.
  virtual bool before_write(std::vector<Entry>& first, std::vector<Entry>& queued) = 0;
  virtual void delivered(const std::string& from, Entry entry) = 0;
  /// The log was replaced, or entries of it are missing: what was delivered is obsolete. Entries of the last lease follow.
  virtual void restarted(const std::string& reason) = 0;
  /// The store has failed permanently, or cannot follow a log. No other function is called after this one.
  virtual void log_failed(const std::string& reason) = 0;
};

class ClusterLog {
 public:
  ClusterLog(ClusterLogSettings settings, ClusterLogListener& listener);
  ClusterLog(const ClusterLog&) = delete;
  ClusterLog& operator=(const ClusterLog&) = delete;
  ~ClusterLog();

  void start();
  /// Queues an entry. Returns false if the queue is full (kQueueEntriesMax, kQueueBytesMax), or the log is closed.
  [[nodiscard]] bool append(Entry entry);
  /// Calls before_write() soon, even if the queue is empty.
  void write_soon();
  /// Removes the entries that `is_wanted` accepts from the queue and returns them in order, except those of a write under way.
  [[nodiscard]] std::vector<Entry> withdraw(const std::function<bool(const Entry&)>& is_wanted);
  /// Retries, and reads when there was no wake-up. Returns the next deadline, by now_ms.
  std::uint64_t tick();
  /// Removes records older than `before_ms`, all of which every node has read. Calls `done` once, with false if another trim is
  /// under way, or the log is closed or was replaced. close() drops `done` without a call.
  void trim(std::uint64_t before_ms, std::function<void(bool is_done)> done);
  /// Stops all requests to the store and all calls of the listener.
  void close();

  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] LogFigures figures() const;
  /// The time of the newest record that was delivered, by the clocks of all nodes; 0: none was.
  [[nodiscard]] std::uint64_t record_ms() const { return record_ms_; }
  /// Records that could not be read as entries.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  enum class Phase : std::uint8_t { opening, probing, following, closed };
  /// A position, and when this node had read up to it.
  struct Mark {
    std::uint64_t seq, read_ms;
  };

  struct Trim {
    std::uint64_t before_ms = 0;
    std::function<void(bool)> done;
  };

  struct Retry {
    std::uint64_t at_ms = 0, delay_ms = kRetryMsMin;
  };

  /// Asks the store for the next thing, unless an answer is outstanding, or it is too early to retry.
  void advance();
  void advance_soon();
  void ask_open();
  void ask_probe();
  void ask_page();
  void ask_write();
  void ask_trim();
  void begin_follow();
  [[nodiscard]] store::FollowWakeUp answer_wake_up();
  void on_open(const core::RoomOpened& opened);
  void on_probe(const core::LogPage& page);
  void on_page(core::LogPage page);
  void on_write(core::StoreStatus status);
  void on_trim(const core::LogTrimmed& trimmed);
  void end_trim(bool is_done);
  void on_wake_up(const store::LogHead& head);
  /// Whether the store has answered. Otherwise schedules a retry, or ends.
  [[nodiscard]] bool is_answered(core::StoreStatus status, Retry& retry);
  void begin_at(std::uint64_t seq);
  /// Delivers a page; returns false if entries are missing.
  [[nodiscard]] bool deliver_page(core::LogPage& page);
  void deliver_written();
  void deliver(const core::LogRecord& record);
  void pass(std::uint64_t seq);
  void look_at_head();
  void retry_later(Retry& retry) const;
  void restart(const std::string& reason);
  void fail(const std::string& reason);
  void take_batch();
  void take_back();
  [[nodiscard]] core::RoomWrite write_of_batch();
  void move_base();
  /// Returns a callback for the store, which posts the answer to the executor unless this log was destroyed.
  template <typename Answer, typename Take>
  [[nodiscard]] std::function<void(Answer)> answer(Take take);

  ClusterLogSettings settings_;
  ClusterLogListener& listener_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::unique_ptr<store::FollowHandle> follow_;

  Phase phase_ = Phase::closed;
  bool is_busy_ = false;       ///< an answer is outstanding, or is being taken
  bool is_scheduled_ = false;  ///< advance_soon()
  bool is_caught_up_ = false;  ///< since the last begin
  bool reads_next_ = true;     ///< the log may have more than was read
  bool writes_next_ = false;   ///< write_soon()
  bool was_stale_ = false;     ///< the last write, and nothing was read since
  std::uint64_t epoch_ = 0, position_ = 0, base_ = 1, timestamp_ms_ = 0;
  core::RoomLogState opened_;
  std::uint64_t probe_distance_ = 0;
  std::uint64_t answered_ms_ = 0;
  std::uint64_t record_ms_ = 0;
  std::optional<Trim> trim_;
  std::uint64_t head_ = 0;      ///< the greatest that was seen in this epoch
  std::uint64_t whole_ms_ = 0;  ///< when everything up to the head was read
  EngineHealth engine_;
  Retry reading_, writing_;  ///< a store that takes no writes may well be read
  std::uint64_t refused_ = 0;
  std::deque<Mark> marks_;

  std::deque<Entry> queue_;
  std::size_t queue_bytes_ = 0;
  std::vector<Entry> first_, queued_;  ///< of the write that is under way
};

}  // namespace dialogue::cluster
