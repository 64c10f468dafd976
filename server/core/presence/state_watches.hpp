// WATCH, UNWATCH and STATE, on the side of the connection: whether a state fits its schema, who watches which room, and the
// frames for watchers, each made once. A watcher with too much queued data receives no reports until the queue has shrunk, and
// then a notice to begin again. Connections without a watch or a state cost nothing here. Used by its shard only.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/core/context/shard_context.hpp"
#include "server/core/util/rate_meter.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kWatchRetryMs = 250;  ///< how often a watcher that lags is looked at

class StateWatches {
 public:
  explicit StateWatches(const ShardContext& context) : context_(context) {}

  void watch(Connection& connection, const Frame& frame);
  void unwatch(const Connection& connection, const Frame& frame);
  void set(Connection& connection, const Frame& frame, std::span<char> payload);
  /// Answers WATCH or STATE.
  void refuse(Connection& connection, const Frame& frame, const Error& fault, std::uint64_t retry_after_ms = 0);

  void handle(StatesPage&& page);
  /// Refuses a WATCH that had no answer in time; a later answer begins no watch.
  void expired(const RequestKey& key);
  void handle(const StateRefused& refused);
  void handle(const StatesReport& report);
  void handle(const StatesEnded& ended);

  /// After another token: ends the watches that the connection's identity may not have.
  void end_forbidden(Connection& connection);
  /// The connection ends.
  void end_all(const Connection& connection);
  /// Returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

 private:
  struct Watcher {
    ConnectionId connection = 0;
    bool lags = false;
  };
  struct WatchedRoom {
    std::string id;
    RulesPtr rules;
    std::vector<Watcher> watchers;
  };
  /// A WATCH without an answer.
  struct Asked {
    std::uint64_t req = 0;
    std::string room_id;
    bool is_further = false;  ///< the room was watched when it was asked
    bool is_wanted = true;    ///< no UNWATCH of the room has come since
  };
  /// What one connection watches and sets.
  struct Book {
    std::vector<std::uint64_t> watched;         ///< numbers of rooms
    std::map<std::uint64_t, RateMeter> meters;  ///< of the states that it sets, by the room's number
    std::vector<Asked> asked;                   ///< in the order of asking
  };

  [[nodiscard]] const WatchedRoom* watched(const Connection& connection, const std::string& room_id) const;
  /// Returns why the connection may not ask for one watch more.
  [[nodiscard]] std::optional<Error> refusal(const Book& book, bool is_further) const;
  /// Removes the WATCH that is answered; no value: it had no answer in time.
  [[nodiscard]] std::optional<Asked> take_asked(ConnectionId connection, std::uint64_t req, const std::string& room_id);
  /// Makes the connection a watcher of the room, if it has a use for that; or returns false.
  [[nodiscard]] bool begin(const Asked& asked, StatesPage& page);
  void drop(ConnectionId connection, std::uint64_t room);
  /// Removes the connection's entry if it is empty.
  void tidy(ConnectionId connection);
  void post_unwatch(std::uint64_t room);

  const ShardContext& context_;
  std::map<std::uint64_t, WatchedRoom> rooms_;
  std::unordered_map<ConnectionId, Book> books_;
  std::size_t lagging_ = 0;
  std::uint64_t look_ms_ = kNever;  ///< at those that lag
};

}  // namespace dialogue::core
