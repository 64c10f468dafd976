// What the tables know of producers. A write adds what is new, as one row for all producers of a room (`news`): a producer's own
// row, with all of its receipts, would cost several times the event. When a room's news have come to some size they are folded
// into its producers' rows; both are read together. Faults of the connection are thrown as PostgresError. Used by one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/store/encoding/producer_rows.hpp"
#include "server/store/postgres/connection/postgres_connection.hpp"

namespace dialogue::store {

/// Changes them, inside a transaction that has locked their room.
class PostgresProducers {
 public:
  explicit PostgresProducers(PostgresConnection& connection) : connection_(connection) {}

  /// Folds a room's news into its rows; returns false, and changes nothing, if a row is damaged.
  [[nodiscard]] bool fold(const std::string& tenant, std::uint64_t room);
  /// Replaces the rows of these producers; deletes the row of one that expects number 1.
  void put(const std::string& tenant, std::uint64_t room, const std::vector<core::ProducerState>& producers);
  /// As SqliteProducers has it: unused since `before_ms` with nothing left of it, or a page's that was unused since
  /// `pages_before_ms`.
  struct Age {
    std::uint64_t before_ms = 0, pages_before_ms = 0;
  };
  /// Removes at most `rows_max` old producers, and returns how many.
  [[nodiscard]] std::uint64_t drop_old(const std::string& tenant, std::uint64_t room, std::uint64_t base, const Age& age,
                                       std::uint64_t rows_max);
  /// Removes at most `rows_max` producers whose keys begin with `prefix`, which ends in a line feed, and returns how many.
  [[nodiscard]] std::uint64_t drop_of(const std::string& tenant, std::uint64_t room, std::string_view prefix,
                                      std::uint64_t rows_max);

 private:
  PostgresConnection& connection_;
};

}  // namespace dialogue::store
