// See postgres_server.hpp.
#include "tests/server/store/support/postgres_server.hpp"

#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/patience.hpp"
#include "tests/server/net/free_port.hpp"

namespace dialogue::testing {
namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr const char* kPassword = "se:cret";

const passwd* user_to_run_as() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr) throw std::runtime_error("PostgreSQL is not installed: apt-get install postgresql");
  return user;
}

/// Ends with this process. The log of what it says is a file.
pid_t start_program(const std::string& name, const std::vector<std::string>& arguments, const std::string& log) {
  const passwd* user = user_to_run_as();
  const std::string path = kPrograms + name;
  if (::access(path.c_str(), X_OK) != 0) throw std::runtime_error(path + " is missing: apt-get install postgresql");
  std::vector<char*> words{const_cast<char*>(path.c_str())};
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child != 0) return child;
  if (user != nullptr &&
      (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
    ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent || ::chdir("/") != 0 || ::freopen(log.c_str(), "a", stdout) == nullptr) ::_exit(126);
  ::dup2(STDOUT_FILENO, STDERR_FILENO);
  ::execv(path.c_str(), words.data());
  ::_exit(127);
}

void give_to_user(const std::string& path) {
  if (const passwd* user = user_to_run_as())
    if (::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown " + path);
}

std::string escaped(std::string_view path) {
  std::string text;
  for (const char each : path) text += each == '/' ? std::string("%2F") : std::string(1, each);
  return text;
}

}  // namespace

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() : port_(test::free_port()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "dialogue-postgres-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
  const std::string password_file = directory_ + "/password", log = directory_ + "/log";
  std::ofstream(password_file) << kPassword << "\n";
  for (const std::string& each : {directory_, password_file}) give_to_user(each);
  const pid_t made = start_program("initdb",
                                   {"-D", directory_ + "/data", "-U", "postgres", "--no-sync", "--auth-local=trust",
                                    "--auth-host=scram-sha-256", "--pwfile=" + password_file, "--encoding=UTF8", "--locale=C"},
                                   log);
  int status = 0;
  ::waitpid(made, &status, 0);
  if (status != 0) throw std::runtime_error("initdb has failed: see " + log);
  start();
}

PostgresServer::~PostgresServer() {
  stop();
  std::filesystem::remove_all(directory_);
}

void PostgresServer::start() {
  process_ = start_program("postgres", {"-D", directory_ + "/data",  "-k", directory_,
                                        "-p", std::to_string(port_), "-c", "listen_addresses=127.0.0.1",
                                        "-c", "shared_buffers=16MB", "-c", "max_connections=60",
                                        "-c", "wal_level=minimal",   "-c", "recovery_init_sync_method=syncfs",
                                        "-c", "max_wal_senders=0",   "-c", "timezone=UTC",
                                        "-c", "log_timezone=UTC"},
                           directory_ + "/log");
  wait_until_ready();
}

void PostgresServer::wait_until_ready() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (::PQping(url_of("public").substr(0, url_of("public").find("&schema")).c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > end || ::waitpid(process_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("PostgreSQL does not start: see " + directory_ + "/log");
    std::this_thread::yield();
  }
}

void PostgresServer::end(int signal) {
  if (process_ < 0) return;
  ::kill(process_, signal);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void PostgresServer::stop() { end(SIGINT); }
void PostgresServer::crash() { end(SIGQUIT); }

std::string PostgresServer::url_of(const std::string& schema) const {
  return "postgres://postgres@" + escaped(directory_) + "/postgres?port=" + std::to_string(port_) + "&schema=" + schema;
}

std::string PostgresServer::url_of_new_schema() { return url_of("test_" + std::to_string(++schemas_)); }

std::string PostgresServer::loopback_url(const std::string& user, const std::string& password,
                                         const std::string& database) const {
  return "postgres://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::vector<std::string> PostgresServer::sql(const std::string& statements) {
  const std::string url = url_of("public");
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.substr(0, url.find("&schema")).c_str()),
                                                                &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), statements.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  std::vector<std::string> found;
  for (int row = 0; row < PQntuples(result.get()); ++row) found.emplace_back(PQgetvalue(result.get(), row, 0));
  return found;
}

}  // namespace dialogue::testing
