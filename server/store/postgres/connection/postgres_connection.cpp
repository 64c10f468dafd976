// See postgres_connection.hpp. In pipeline mode libpq answers a null pointer behind each statement's results, and
// PGRES_PIPELINE_SYNC at each sync point; after a fault the statements up to the next one are PGRES_PIPELINE_ABORTED.
#include "server/store/postgres/connection/postgres_connection.hpp"
#include "server/store/postgres/connection/libpq.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace dialogue::store {
namespace {

constexpr PostgresStatement kBegin{"dialogue_begin", "BEGIN"};
constexpr PostgresStatement kCommit{"dialogue_commit", "COMMIT"};
constexpr PostgresStatement kRollBack{"dialogue_roll_back", "ROLLBACK"};

// Before the URL, whose own values prevail. tcp_user_timeout: what was sent and is not acknowledged by then is lost.
constexpr std::array<std::pair<const char*, const char*>, 7> kDefaults{{{"application_name", "dialogue"},
                                                                        {"connect_timeout", "5"},
                                                                        {"target_session_attrs", "read-write"},
                                                                        {"keepalives_idle", "10"},
                                                                        {"keepalives_interval", "5"},
                                                                        {"keepalives_count", "3"},
                                                                        {"tcp_user_timeout", "20000"}}};

PGconn* connect(const std::string& url) {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : kDefaults) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  for (const auto& [keyword, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"dbname", url.c_str()}, {"client_encoding", "UTF8"}}) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return libpq().PQconnectdbParams(keywords.data(), values.data(), 1);
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

bool is_fault(ExecStatusType status) { return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE; }

}  // namespace

PostgresConnection::PostgresConnection(const PostgresAddress& address) : address_(address), connection_(connect(address.url)) {
  if (!connection_) throw std::bad_alloc();
  if (libpq().PQstatus(connection_.get()) != CONNECTION_OK) throw error_of(nullptr);
  libpq().PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  if (libpq().PQsetnonblocking(connection_.get(), 1) != 0 || libpq().PQenterPipelineMode(connection_.get()) != 1)
    throw error_of(nullptr);
}

std::string PostgresConnection::parameter(const char* name) const {
  const char* value = libpq().PQparameterStatus(connection_.get(), name);
  return value == nullptr ? std::string() : value;
}

PostgresError PostgresConnection::error_of(const PGresult* result) const {
  const char* state = result == nullptr ? nullptr : libpq().PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = result == nullptr ? nullptr : libpq().PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string message = primary == nullptr ? libpq().PQerrorMessage(connection_.get()) : primary;
  return {state == nullptr ? "" : state, without_secrets(trimmed(message), address_)};
}

// Readable again and again: the server's last words stand before the end.
bool PostgresConnection::is_lost() {
  pollfd each{libpq().PQsocket(connection_.get()), POLLIN, 0};
  while (!is_lost_ && ::poll(&each, 1, 0) > 0) is_lost_ = libpq().PQconsumeInput(connection_.get()) == 0;
  return is_lost_;
}

void PostgresConnection::lose() {
  is_lost_ = true;
  PostgresError error = error_of(nullptr);
  throw PostgresError("", *error.what() == '\0' ? "the server does not answer" : error.what());
}

void PostgresConnection::wait_for_socket(short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) lose();
    pollfd each{libpq().PQsocket(connection_.get()), events, 0};
    const int ready = ::poll(&each, 1, static_cast<int>(left.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) lose();
  }
}

PostgresConnection::ResultPtr PostgresConnection::next_result(Clock::time_point deadline) {
  while (true) {
    const int unsent = libpq().PQflush(connection_.get());
    if (unsent < 0) lose();
    if (libpq().PQisBusy(connection_.get()) == 0) break;
    wait_for_socket(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), deadline);
    if (libpq().PQconsumeInput(connection_.get()) == 0) lose();
  }
  ResultPtr result(libpq().PQgetResult(connection_.get()), libpq().PQclear);
  if (libpq().PQstatus(connection_.get()) == CONNECTION_BAD) {
    // Why the server ended the session stands in the result, where it said so.
    is_lost_ = true;
    if (result && is_fault(libpq().PQresultStatus(result.get()))) throw error_of(result.get());
    lose();
  }
  return result;
}

void PostgresConnection::put(const PostgresStatement& statement, const PostgresParameters& parameters) {
  if (is_lost_) throw PostgresError("", "the connection is lost");
  const auto pointers = parameters.pointers();
  const auto lengths = parameters.lengths(), formats = parameters.formats();
  PGconn* const connection = connection_.get();
  if (libpq().PQsendQueryPrepared(connection, statement.name, parameters.count(), pointers.data(), lengths.data(), formats.data(),
                                  1) == 0)
    lose();
}

void PostgresConnection::prepare(const PostgresStatement& statement) {
  if (prepared_.contains(statement.name)) return;
  if (is_lost_) throw PostgresError("", "the connection is lost");
  if (libpq().PQsendPrepare(connection_.get(), statement.name, statement.sql, 0, nullptr) == 0) lose();
  sync();
  static_cast<void>(finish());
  prepared_.emplace(statement.name);
}

void PostgresConnection::sync() {
  if (libpq().PQpipelineSync(connection_.get()) == 0) lose();
}

void PostgresConnection::send(const PostgresStatement& statement, const PostgresParameters& parameters) {
  prepare(statement);
  put(statement, parameters);
  sync();
}

PostgresResult PostgresConnection::finish() {
  const auto deadline = Clock::now() + kAnswerTimeout;
  ResultPtr found(nullptr, libpq().PQclear);
  std::optional<PostgresError> fault;
  for (;;) {
    ResultPtr result = next_result(deadline);
    if (!result) continue;
    const ExecStatusType status = libpq().PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (is_fault(status) && !fault) fault = error_of(result.get());
    if (!found) found = std::move(result);
  }
  if (!fault) return PostgresResult(found.release());
  if (fault->is_connection_lost()) is_lost_ = true;
  throw *fault;
}

PostgresResult PostgresConnection::run(const PostgresStatement& statement, const PostgresParameters& parameters) {
  send(statement, parameters);
  return finish();
}

std::vector<PostgresResult> PostgresConnection::run_all(
    std::span<const std::pair<const PostgresStatement*, PostgresParameters>> statements) {
  for (const auto& [statement, parameters] : statements) prepare(*statement);
  for (const auto& [statement, parameters] : statements) put(*statement, parameters);
  sync();
  const auto deadline = Clock::now() + kAnswerTimeout;
  std::vector<PostgresResult> found;
  std::optional<PostgresError> fault;
  for (;;) {
    ResultPtr result = next_result(deadline);
    if (!result) continue;
    const ExecStatusType status = libpq().PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (is_fault(status) && !fault) fault = error_of(result.get());
    found.emplace_back(result.release());
  }
  if (!fault) return found;
  if (fault->is_connection_lost()) is_lost_ = true;
  throw *fault;
}

void PostgresConnection::begin() { static_cast<void>(run(kBegin)); }
void PostgresConnection::commit() { static_cast<void>(run(kCommit)); }

void PostgresConnection::roll_back() {
  if (is_lost_ || libpq().PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  try {
    static_cast<void>(run(kRollBack));
  } catch (const PostgresError&) { is_lost_ = true; }
}

void PostgresConnection::run_script(const char* sql) {
  if (libpq().PQexitPipelineMode(connection_.get()) != 1) lose();
  const ResultPtr result(libpq().PQexec(connection_.get(), sql), libpq().PQclear);
  const bool is_done = result && !is_fault(libpq().PQresultStatus(result.get()));
  if (libpq().PQstatus(connection_.get()) == CONNECTION_BAD) lose();
  if (libpq().PQenterPipelineMode(connection_.get()) != 1) lose();
  if (!is_done) throw error_of(result.get());
}

void PostgresConnection::wait(int wake, std::chrono::milliseconds at_most) {
  std::array<pollfd, 2> each{{{libpq().PQsocket(connection_.get()), POLLIN, 0}, {wake, POLLIN, 0}}};
  const int ready = ::poll(each.data(), each.size(), static_cast<int>(at_most.count()));
  if (ready <= 0 || each[0].revents == 0) return;
  if (libpq().PQconsumeInput(connection_.get()) == 0) lose();
}

std::vector<PostgresConnection::Notification> PostgresConnection::take_notifications() {
  std::vector<Notification> found;
  for (PGnotify* each = libpq().PQnotifies(connection_.get()); each != nullptr; each = libpq().PQnotifies(connection_.get())) {
    found.push_back({each->extra, each->be_pid == libpq().PQbackendPID(connection_.get())});
    libpq().PQfreemem(each);
  }
  return found;
}

}  // namespace dialogue::store
