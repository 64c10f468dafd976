// Pages of rooms' logs, at their owner shard: for members that catch up, for HISTORY, and for the application. Equal pages that
// are asked for at the same time are read once. Used by its owner shard only.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

class LogReader {
 public:
  LogReader(const ShardConfig& config, ShardEffects& effects, RoomRegistry& rooms, StoreCalls& stores)
      : config_(config), effects_(effects), rooms_(rooms), stores_(stores) {}

  /// The room's log is open.
  void handle(Room& room, bool durable, ReadLog&& request);
  void handle(Room& room, bool durable, HistoryQuery&& query);
  /// The room does not exist. It is made only if its log holds something, and the query is then repeated: queries about unused
  /// rooms make no rooms.
  void handle_unused(const RulesPtr& rules, bool durable, HistoryQuery&& query);
  /// Those of events that the catalogue still has.
  [[nodiscard]] std::vector<EventRecord> records_of(std::vector<LogRecord>&& records) const;

 private:
  /// An application's question, page by page.
  struct Query {
    HistoryQuery asked;
    HistoryQuery::Result result;  ///< its records in the order in which they are read
    std::uint64_t number = 0, looked_at = 0;
    bool durable = false;
  };
  using Page = std::tuple<std::uint64_t, std::uint64_t, std::uint32_t>;  ///< room, from_seq, asking shard

  /// Reads a range of the room's log, then calls `then`, with null instead of a room that was deleted meanwhile.
  void read(Room& room, bool durable, ReadRange range, std::function<void(const Room*, LogPage&&)> then);
  void catch_up(Room& room, bool durable, const ReadLog& request);
  void send_piece(const Page& page, const Room& room, LogPage&& read);
  void history(Room& room, bool durable, ReadLog&& request);
  /// Finds the sequences of its times, then reads.
  void begin(const std::shared_ptr<Query>& query);
  /// Calls `then` with the first sequence of [low, high) from which on no record is older than `time_ms`; with `high` if all are.
  void find_time(const std::shared_ptr<Query>& query, SeqRange within, std::uint64_t time_ms,
                 std::function<void(std::uint64_t seq)> then);
  void next_page(const std::shared_ptr<Query>& query);
  /// Takes what a page has of the range [lowest, highest).
  void take(Query& query, LogPage&& page, std::uint64_t lowest, std::uint64_t highest, std::size_t missing);
  void finish(Query& query);

  const ShardConfig& config_;
  ShardEffects& effects_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  std::map<Page, std::vector<MembershipId>> catching_up_;  ///< the members that wait for each page that is being read
};

}  // namespace dialogue::core
