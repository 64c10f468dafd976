// A room at its owner shard: the one place that gives sequences, counts members, and knows producers and presence. Its log is
// opened at the store with the first use; `head` and `base` are what the store has confirmed.
// Used by its owner shard only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/documents/room_documents.hpp"
#include "server/core/log/producer_table.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/room_rules.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/room/presence.hpp"
#include "server/core/room/room_states.hpp"
#include "server/metrics/metric_cells.hpp"

namespace dialogue::core {

/// What the owner shard knows of a room's log.
struct RoomLog {
  enum class Phase : std::uint8_t { closed, opening, open };
  Phase phase = Phase::closed;
  std::uint64_t epoch = 0, base = 1, head = 0, timestamp_ms = 0;
  ProducerTable producers;

  std::size_t share = 0;  ///< CommitQueue's: its place in the append that is under way; 0: none
  /// Another server has written it: its producers are out of date, so it is opened again before the next append.
  bool is_foreign = false;
  bool is_followed = false, is_reading_on = false;  ///< LogFollower's
  std::uint64_t moved_epoch = 0, moved_head = 0;    ///< LogFollower's: the newest position that the store has announced
  bool is_watched = false;                          ///< its age is looked at from time to time
};

class Room {
 public:
  /// `metrics` outlives it.
  Room(std::string id, std::uint64_t number, RulesPtr rules, std::uint32_t shard_count, metrics::MetricCells& metrics)
      : id_(std::move(id)), number_(number), rules_(std::move(rules)), metrics_(&metrics), members_of_shard_(shard_count) {}

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] RoomKey key() const { return {{}, id_}; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const RulesPtr& rules() const { return rules_; }
  [[nodiscard]] const std::string& name() const { return rules_->definition.name.empty() ? id_ : rules_->definition.name; }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool is_full() const { return rules_->definition.max_size && size_ >= *rules_->definition.max_size; }
  void admit(std::uint32_t shard) {
    ++members_of_shard_[shard];
    ++size_;
    metrics_->change(metrics::Metric::rooms_size, rules_->metric_room, 1);
  }
  /// The connection has gone; its place is freed by free_place().
  void dismiss(std::uint32_t shard) { --members_of_shard_[shard]; }
  void free_place() {
    --size_;
    metrics_->change(metrics::Metric::rooms_size, rules_->metric_room, -1);
  }
  /// The room ends, with its remaining members.
  void end_counting() {
    metrics_->change(metrics::Metric::rooms_active, rules_->metric_room, -1);
    metrics_->change(metrics::Metric::rooms_size, rules_->metric_room, -static_cast<std::int64_t>(size_));
    metrics_->change(metrics::Metric::sessions_held, 0, -static_cast<std::int64_t>(slots.size()));
  }
  /// Keeps the place of a session.
  void keep_slot(const std::string& session, std::shared_ptr<const Identity> identity) {
    if (slots.insert_or_assign(session, Slot{std::move(identity), true}).second)
      metrics_->change(metrics::Metric::sessions_held, 0, 1);
  }
  [[nodiscard]] bool forget_slot(const std::string& session) {
    if (slots.erase(session) == 0) return false;
    metrics_->change(metrics::Metric::sessions_held, 0, -1);
    return true;
  }
  [[nodiscard]] bool has_members_on(std::uint32_t shard) const { return members_of_shard_[shard] > 0; }
  /// Whether nothing is under way that needs the room.
  [[nodiscard]] bool is_idle() const { return size_ == 0 && other_members == 0 && waiting.empty() && work == 0 && !is_watched(); }
  /// A connection watches the states of its sessions.
  [[nodiscard]] bool is_watched() const { return states && states->is_watched(); }

  [[nodiscard]] RoomInfo info() const { return {id_, name(), size_ + other_members, rules_->definition.max_size}; }

  /// A place whose connection was lost.
  struct Slot {
    std::shared_ptr<const Identity> identity;
    bool is_present = true;  ///< its user still counts as here
  };
  using Slots = std::map<std::string, Slot, std::less<>>;
  Slots slots;  ///< by the session's secret, so those of a line are neighbours
  Presence presence;
  std::unique_ptr<RoomStates> states;  ///< null: none was set or watched yet
  RoomLog log;
  std::unique_ptr<RoomDocuments> documents;    ///< null: it has none, or they are not loaded
  std::vector<ShardMessageBody> waiting;       ///< for the log to be opened
  std::vector<ShardMessageBody> after_append;  ///< for the end of the append that is under way
  std::size_t work = 0;                        ///< publications and readings that are under way
  std::uint64_t other_members = 0;             ///< members at other nodes
  std::uint64_t places = 0;                    ///< NodeShares': what the other nodes count of this one
  bool is_share_due = false;                   ///< NodeShares'
  std::uint64_t used_at_ms = 0;                ///< last leave or publication, monotonic
  std::uint64_t presence_sent_ms = 0;          ///< last report of presence to members, monotonic; 0: never
  bool in_idle_queue = false;

 private:
  std::string id_;
  std::uint64_t number_, size_ = 0;
  RulesPtr rules_;
  metrics::MetricCells* metrics_;
  std::vector<std::uint32_t> members_of_shard_;
};

/// Posts a new `message()` to every shard on which the room has members.
template <typename Mailer, typename Make>
void post_to_members(Mailer& effects, const Room& room, const Make& message) {
  for (std::uint32_t shard = 0; shard < effects.shard_count(); ++shard)
    if (room.has_members_on(shard)) effects.post(shard, message());
}

}  // namespace dialogue::core
