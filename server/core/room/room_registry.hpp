// The rooms whose owner shard is here, and which definition serves a room id: exact beats pattern, then the longest literal
// prefix. Predefined rooms exist always, a pattern's from their first use, others are made and deleted at run time, and those
// that a store keeps are made again at the start. A pattern's room that is empty and unused for room_idle_ms is freed; above
// kIdleRoomsMax of them the one idle for longest goes at once. Used by its owner shard only; predefined() reads what never
// changes.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/room/room.hpp"
#include "server/core/util/delay_queue.hpp"
#include "server/metrics/metric_cells.hpp"

namespace dialogue::core {

inline constexpr std::size_t kIdleRoomsMax = 10'000;

class RoomRegistry {
 public:
  /// `metrics` outlives it, and counts its rooms and their members.
  RoomRegistry(const ShardConfig& config, std::uint32_t shard, std::uint32_t shard_count, metrics::MetricCells& metrics);

  /// A page of the rooms here that `asker` may join, sorted by id; of all when it is null. Looks at no more than
  /// kHiddenRoomsMax that it may not.
  [[nodiscard]] RoomsPart list(const Identity* asker, TransportKind transport, const PageRange& page) const;
  [[nodiscard]] Room* find(std::uint64_t number);
  [[nodiscard]] Room* find(std::string_view id);
  [[nodiscard]] bool contains(std::string_view id) const { return rooms_.contains(id); }
  /// The rules that a join to `id` falls under, whether its room exists yet or not; null when there is no such room.
  [[nodiscard]] RulesPtr rules_of(std::string_view id);
  /// The room, made if need be. rules_of(id) must not be null.
  [[nodiscard]] Room& open(std::string_view id, std::uint64_t now_ms);
  /// Returns why this room cannot be created: room_exists, name_invalid or event_unknown; ok: it can.
  [[nodiscard]] ErrorCode check(const RoomDefinition& definition) const;
  /// Creates the room, unless check() returns an error. Returns like check().
  [[nodiscard]] ErrorCode create(RoomDefinition definition);
  /// Ends a room. A predefined one exists again immediately, under another number.
  void erase(std::uint64_t number);
  /// Whether the room was created at run time, and the durable store keeps its definition.
  [[nodiscard]] bool is_kept(std::string_view id) const { return kept_.contains(id); }

  /// The rules of the configuration alone, which every shard knows; null when `id` falls under none.
  [[nodiscard]] RulesPtr predefined(std::string_view id) const;
  /// In the order of their ids.
  [[nodiscard]] const std::map<std::string, Room, std::less<>>& rooms() const { return rooms_; }

  /// Calls `freed` with each room that is freed because it was idle, before it goes.
  void when_freed(std::function<void(const Room&)> freed) { freed_ = std::move(freed); }
  /// The room has just been used or left: it may now be idle.
  void note_use(Room& room, std::uint64_t now_ms);
  void free_idle(std::uint64_t now_ms);
  [[nodiscard]] std::uint64_t next_deadline() const { return idle_.next_deadline(); }

 private:
  Room& add(std::string id, RulesPtr rules);
  [[nodiscard]] std::variant<RulesPtr, ErrorCode> make_rules(RoomDefinition definition, MetricPlace place = {}) const;
  void count_overflow(const RoomRules& rules);
  void free_if_idle(std::uint64_t number, std::uint64_t idle_ms, std::uint64_t now_ms);

  const ShardConfig& config_;
  metrics::MetricCells& metrics_;
  std::uint32_t shard_, shard_count_;
  std::uint64_t counter_ = 0;         ///< of rooms that were ever here
  std::vector<RulesPtr> predefined_;  ///< by the catalogue's room index
  std::map<std::string, Room, std::less<>> rooms_;
  std::unordered_map<std::uint64_t, Room*> by_number_;
  std::set<std::string, std::less<>> kept_;  ///< ids of rooms that the durable store keeps
  DelayQueue<std::uint64_t> idle_;
  std::function<void(const Room&)> freed_ = [](const Room&) {};
};

}  // namespace dialogue::core
