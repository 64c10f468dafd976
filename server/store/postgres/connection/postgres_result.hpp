// The rows of an answer, in PostgreSQL's binary form. A column is read as what its statement made it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/postgres/connection/libpq.hpp"

namespace dialogue::store {

class PostgresResult {
 public:
  explicit PostgresResult(PGresult* result) : result_(result) {}

  [[nodiscard]] int rows() const { return libpq().PQntuples(result_.get()); }
  [[nodiscard]] bool is_null(int row, int column) const { return libpq().PQgetisnull(result_.get(), row, column) != 0; }
  /// Returns the value of an int8, int4, int2 or boolean; 0 for null.
  [[nodiscard]] std::uint64_t number(int row, int column) const {
    std::uint64_t number = 0;
    for (const char each : bytes(row, column)) number = number << 8 | static_cast<std::uint8_t>(each);
    return number;
  }
  /// bytea and text. Valid as long as the result.
  [[nodiscard]] std::string_view bytes(int row, int column) const {
    return {libpq().PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(libpq().PQgetlength(result_.get(), row, column))};
  }
  [[nodiscard]] std::string text(int row, int column) const { return std::string(bytes(row, column)); }

 private:
  struct Clear {
    void operator()(PGresult* result) const { libpq().PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace dialogue::store
