// What goes wrong with a statement: its SQLSTATE, or a connection that is lost. Thrown within the store only; what it means for
// the request is a StoreStatus.
#pragma once
#include <stdexcept>
#include <string>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

class PostgresError : public std::runtime_error {
 public:
  /// `state`: five characters; empty: the connection is lost or was never made.
  PostgresError(std::string state, const std::string& message) : std::runtime_error(message), state_(std::move(state)) {}

  [[nodiscard]] const std::string& state() const { return state_; }
  /// The statement may have taken effect, or not.
  [[nodiscard]] bool is_connection_lost() const;
  /// Another transaction was in the way: the same statement again may succeed.
  [[nodiscard]] bool is_conflict() const;
  /// The value can never be stored.
  [[nodiscard]] bool is_refused_value() const;
  [[nodiscard]] bool is_damage() const;

 private:
  std::string state_;
};

/// Returns the status for a request of which nothing was executed.
[[nodiscard]] core::StoreStatus store_status(const PostgresError& error);

}  // namespace dialogue::store
