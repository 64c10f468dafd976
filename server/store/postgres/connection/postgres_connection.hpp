// One connection to a PostgreSQL server, in pipeline mode: statements are sent together and answered in order, so that a
// transaction of several takes one round trip. No wait is longer than kAnswerTimeout: a server that does not answer is a lost
// connection. Faults are thrown as PostgresError. Used by one thread.
//
//   PostgresConnection connection(address);            // throws StoreError
//   const PostgresResult rows = connection.run(kFindRoom, PostgresParameters().add(tenant).add(name));
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/postgres/connection/libpq.hpp"
#include "server/store/postgres/connection/postgres_address.hpp"
#include "server/store/postgres/connection/postgres_error.hpp"
#include "server/store/postgres/connection/postgres_parameters.hpp"
#include "server/store/postgres/connection/postgres_result.hpp"

namespace dialogue::store {

/// Longer than the server takes to end a statement by itself (kStatementTimeoutMs).
inline constexpr std::chrono::milliseconds kAnswerTimeout{40'000};
inline constexpr std::uint64_t kStatementTimeoutMs = 30'000;

/// A constant: its name is that of the prepared statement.
struct PostgresStatement {
  const char* name;
  const char* sql;
};

class PostgresConnection {
 public:
  /// Throws PostgresError with a message that shows no password.
  explicit PostgresConnection(const PostgresAddress& address);
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  /// One statement, which is its own transaction unless begin() was called.
  PostgresResult run(const PostgresStatement& statement, const PostgresParameters& parameters = {});
  /// Several, in one round trip and one transaction; the results in order.
  std::vector<PostgresResult> run_all(std::span<const std::pair<const PostgresStatement*, PostgresParameters>> statements);

  /// Sends a statement without waiting; finish() waits, in order. Each is a transaction of its own.
  void send(const PostgresStatement& statement, const PostgresParameters& parameters);
  PostgresResult finish();

  void begin();
  void commit();
  /// Does nothing without an open transaction, or on a lost connection.
  void roll_back();

  /// Text that may contain several statements, none of which has parameters or rows. Outside of pipeline mode.
  void run_script(const char* sql);

  /// Waits for notifications or for `wake`, a descriptor that becomes readable; for at most that time. Throws where the
  /// connection is lost.
  void wait(int wake, std::chrono::milliseconds at_most);
  struct Notification {
    std::string payload;
    bool is_own = false;  ///< sent by this connection
  };
  [[nodiscard]] std::vector<Notification> take_notifications();

  /// Looks whether the server has ended the connection; sends nothing.
  [[nodiscard]] bool is_lost();
  [[nodiscard]] int server_version() const { return libpq().PQserverVersion(connection_.get()); }
  [[nodiscard]] std::string parameter(const char* name) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Finish {
    void operator()(PGconn* connection) const { libpq().PQfinish(connection); }
  };
  using ResultPtr = std::unique_ptr<PGresult, decltype(Libpq::PQclear)>;

  void prepare(const PostgresStatement& statement);
  void put(const PostgresStatement& statement, const PostgresParameters& parameters);
  void sync();
  /// The result of the next statement; its fault is thrown once the pipeline is in order again.
  [[nodiscard]] ResultPtr next_result(Clock::time_point deadline);
  void wait_for_socket(short events, Clock::time_point deadline);
  [[nodiscard]] PostgresError error_of(const PGresult* result) const;
  [[noreturn]] void lose();

  const PostgresAddress address_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::set<std::string, std::less<>> prepared_;
  bool is_lost_ = false;
};

}  // namespace dialogue::store
