// A small wrapper of SQLite: statements with bound values, and one transaction at a time.
//
//   store.write([&](Database& db) { db.run("INSERT INTO room VALUES (?, ?)", id, name); });
//
// Store is safe from any thread: a mutex gives the one connection to one caller. A Database and its Statements are valid within
// the call only. Faults of the file (full, damaged) throw StoreFault, and the transaction is rolled back.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace chat {

class StoreFault : public std::runtime_error {
 public:
  StoreFault(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// Whether a UNIQUE or PRIMARY KEY constraint was violated.
  [[nodiscard]] bool is_duplicate() const;

 private:
  int code_;
};

/// A statement under way; its destructor makes it ready for its next use.
class Statement {
 public:
  Statement(sqlite3* connection, sqlite3_stmt* statement, bool is_owned)
      : connection_(connection), statement_(statement), is_owned_(is_owned) {}
  Statement(Statement&& other) noexcept
      : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)), is_owned_(other.is_owned_) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Goes to the next row; false after the last one.
  bool step();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool is_null(int column) const;

  void bind(int place, std::string_view value);
  void bind(int place, const std::string& value) { bind(place, std::string_view(value)); }
  void bind(int place, const char* value) { bind(place, std::string_view(value)); }
  void bind(int place, std::int64_t value);
  void bind(int place, std::nullptr_t);
  template <typename Number>
  requires std::is_integral_v<Number>
  void bind(int place, Number value) { bind(place, static_cast<std::int64_t>(value)); }
  template <typename Value>
  void bind(int place, const std::optional<Value>& value) {
    if (value)
      bind(place, *value);
    else
      bind(place, nullptr);
  }

 private:
  sqlite3* connection_;
  sqlite3_stmt* statement_;
  bool is_owned_;
};

class Database {
 public:
  /// Opens or creates the file. Throws StoreFault.
  explicit Database(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// A statement with its values. `sql` never has a value in it: statements are kept by their text.
  template <typename... Values>
  [[nodiscard]] Statement query(const char* sql, const Values&... values) {
    Statement statement = prepare(sql);
    int place = 0;
    (statement.bind(++place, values), ...);
    return statement;
  }
  /// Runs a statement to its end, and returns how many rows it changed.
  template <typename... Values>
  std::int64_t run(const char* sql, const Values&... values) {
    Statement statement = query(sql, values...);
    while (statement.step()) {}
    return changes();
  }
  /// Runs several statements, without values.
  void run_script(const std::string& sql);

 private:
  [[nodiscard]] Statement prepare(const char* sql);
  [[nodiscard]] std::int64_t changes() const;

  sqlite3* connection_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> prepared_;
};

/// chat.db: opens it, brings its schema to this program's, and gives it to one caller at a time.
class Store {
 public:
  /// Throws StoreFault: an unreadable file, or one of a newer program.
  explicit Store(const std::string& path);

  template <typename Function>
  auto read(Function function) {
    const std::lock_guard lock(mutex_);
    return function(database_);
  }
  /// All of it, or nothing where `function` throws.
  template <typename Function>
  auto write(Function function) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(database_);
    if constexpr (std::is_void_v<std::invoke_result_t<Function&, Database&>>) {
      function(database_);
      transaction.commit();
    } else {
      auto result = function(database_);
      transaction.commit();
      return result;
    }
  }

 private:
  class Transaction {
   public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

   private:
    Database& database_;
    bool is_open_ = true;
  };

  std::mutex mutex_;
  Database database_;
};

}  // namespace chat
