// The producers in the database. A write adds its changes as one row for all producers of a room (`news`): updating a
// producer's own row, with all of its receipts, would cost several times the event. When a room's news have reached some size
// they are folded into its producers' rows. Both are read together; each row counts in the room's producers_sum. Faults are
// thrown as SqliteError. Used by one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/sqlite/tables/row_cache.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "server/store/sqlite/tables/sqlite_rows.hpp"

namespace dialogue::store {

/// Reads them.
class SqliteProducerReader {
 public:
  explicit SqliteProducerReader(SqliteDatabase& database);

  /// All producers of a room; throws if the rows do not match the sum in the room's row.
  [[nodiscard]] std::vector<core::ProducerState> all(const RoomRow& room);
  /// Those that a room has news of, as they are with them.
  [[nodiscard]] std::vector<core::ProducerState> with_news(const RoomRow& room);

 private:
  using Producers = std::map<std::string, core::ProducerState>;

  /// Adds the news of a room to the known state, reading missing rows of producers if `asks`. Returns their sum.
  std::uint64_t take_all_news(const RoomRow& room, Producers& known, bool asks);

  SqliteStatement rows_, row_, news_;
};

/// Changes them, inside a transaction that its caller began; the room's row is the caller's to write.
class SqliteProducers {
 public:
  /// `news_bytes_max`: folded above it.
  SqliteProducers(SqliteDatabase& database, std::size_t news_bytes_max);

  void add(RoomRow& room, const std::vector<core::ProducerDelta>& producers);
  /// Replaces what is known of them.
  void put_whole(RoomRow& room, const std::vector<core::ProducerState>& producers) {
    for (const core::ProducerState& each : producers) put(room, each);
  }
  /// Which producers are old: those that were not used since `before_ms` and whose newest record is below the room's base, and
  /// those of pages that were not used since `pages_before_ms`.
  struct Age {
    std::uint64_t before_ms = 0, pages_before_ms = 0;
  };
  /// Removes at most `rows_max` old producers, and returns whether there are more.
  [[nodiscard]] bool drop_old(RoomRow& room, const Age& age, std::size_t rows_max);
  /// Removes at most `rows_max` producers whose keys begin with `prefix`, which ends in a line feed. Returns their number; if
  /// it is `rows_max`, more may be left.
  [[nodiscard]] std::size_t drop_of(RoomRow& room, std::string_view prefix, std::size_t rows_max);
  /// Forgets what is known of rows; called after a rollback.
  void forget();

 private:
  void fold(RoomRow& room);
  void put(RoomRow& room, const core::ProducerState& producer);
  void drop(RoomRow& room, const std::string& key);
  [[nodiscard]] bool has_old_news(const RoomRow& room, const Age& age);
  [[nodiscard]] std::vector<std::string> old_rows(const RoomRow& room, const Age& age, std::size_t rows_max);

  std::size_t news_bytes_max_;
  SqliteProducerReader reader_;
  SqliteStatement find_sum_, put_, old_, drop_;
  SqliteStatement add_news_, news_end_, first_news_, drop_news_, news_of_, rows_of_;
  RowCache sums_;       ///< of a producer's row, 0 without one
  RowCache news_ends_;  ///< where a room's next news belong
};

}  // namespace dialogue::store
