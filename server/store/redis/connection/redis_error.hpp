// What goes wrong with a command: the first word of Redis' error, or a connection that is lost. Thrown within the store only;
// what it means for the request is a StoreStatus.
#pragma once
#include <stdexcept>
#include <string>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

class RedisError : public std::runtime_error {
 public:
  /// `code`: such as "OOM"; empty: the connection is lost or was never made.
  RedisError(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}

  [[nodiscard]] const std::string& code() const { return code_; }
  /// The command may have taken effect, or not.
  [[nodiscard]] bool is_connection_lost() const { return code_.empty(); }
  /// This Redis takes no writes at the moment, and another one may: a replica, or one that loads its data.
  [[nodiscard]] bool is_elsewhere() const;
  /// The right is missing, or the login has expired.
  [[nodiscard]] bool is_forbidden() const;
  /// What is stored is not what a store has written.
  [[nodiscard]] bool is_damage() const;

 private:
  std::string code_;
};

/// Converts an error answer, such as "OOM command not allowed when used memory > 'maxmemory'.".
[[nodiscard]] RedisError redis_error_of(const std::string& answer);

/// Returns the status for a request of which nothing was executed.
[[nodiscard]] core::StoreStatus store_status(const RedisError& error);

}  // namespace dialogue::store
