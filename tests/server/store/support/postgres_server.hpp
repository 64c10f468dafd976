// A PostgreSQL server of a test program's own: a cluster in a new directory, on a free port of loopback and a socket in that
// directory. Ends with the program. PostgreSQL refuses to run as root: then it runs as the user postgres. Used by one thread.
//
//   PostgresServer& server = PostgresServer::shared();
//   const std::string url = server.url_of_new_schema();
//   server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dialogue'");
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace dialogue::testing {

class PostgresServer {
 public:
  /// Made and started with the first call; throws where PostgreSQL is not installed.
  static PostgresServer& shared();

  PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  [[nodiscard]] std::string url_of(const std::string& schema) const;
  [[nodiscard]] std::string url_of_new_schema();
  [[nodiscard]] static std::string schema_of(const std::string& url) { return url.substr(url.rfind('=') + 1); }
  /// By loopback, where a password is asked for.
  [[nodiscard]] std::string loopback_url(const std::string& user, const std::string& password,
                                         const std::string& database = "postgres") const;
  /// Runs statements as the superuser; the first column of the last one's rows.
  std::vector<std::string> sql(const std::string& statements);

  /// Starts what stop() or crash() has ended, and waits until it takes connections.
  void start();
  void stop();   ///< connections are ended, the data is written
  void crash();  ///< everything ends at once; the next start recovers from the log

 private:
  void wait_until_ready();
  void end(int signal);

  std::string directory_;
  int port_ = 0;
  pid_t process_ = -1;
  int schemas_ = 0;
};

}  // namespace dialogue::testing
