// This shard's requests to others without an answer: each ends with its answer, or with its deadline. A later answer is not
// outstanding any more, and does nothing. All requests have the same time limit, so the oldest is the first due. Used by its
// shard only.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "server/core/messages/handles.hpp"
#include "server/core/messages/membership_messages.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/util/time.hpp"

namespace dialogue::core {

/// How long another shard may take to answer. Its store's time is within it.
inline constexpr std::uint64_t kRequestTimeoutMs = 20'000;

enum class RequestKind : std::uint8_t { join, leave, history, permission, page, gather, release, replace, watch };

[[nodiscard]] constexpr std::string_view request_name(RequestKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {"join", "leave",   "history", "can",  "page",
                                                      "list", "release", "replace", "watch"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// What an answer can be recognised by.
struct RequestKey {
  RequestKind kind = RequestKind::join;
  ConnectionId connection = 0;  ///< 0: of no connection
  std::uint64_t number = 0;     ///< the client's req; of a page its membership's ticket, of a gather the gather
  std::string room_id = {};     ///< of a join or a watch

  friend bool operator==(const RequestKey&, const RequestKey&) = default;
  friend bool operator<(const RequestKey& a, const RequestKey& b) {
    return std::tie(a.kind, a.connection, a.number, a.room_id) < std::tie(b.kind, b.connection, b.number, b.room_id);
  }
};

class OutstandingRequests {
 public:
  void begin(RequestKey key, std::uint64_t now_ms) {
    by_deadline_.push_back({key, now_ms + kRequestTimeoutMs, nullptr, {}});
    by_key_.emplace(std::move(key), std::prev(by_deadline_.end()));
  }

  /// Called when the connection has ended: a membership that one of its joins is granted later ends by `leave`.
  void end_joins(ConnectionId connection, const Leave& leave) {
    for (auto each = by_key_.lower_bound({RequestKind::join, connection, 0, {}});
         each != by_key_.end() && each->first.kind == RequestKind::join && each->first.connection == connection; ++each)
      each->second->leave = std::make_unique<const Leave>(leave);
  }

  /// Ends the oldest join of the room and returns its number, so that its answer does nothing. No value: there is none.
  [[nodiscard]] std::optional<std::uint64_t> end_join(ConnectionId connection, const std::string& room_id) {
    const auto found = join_of(connection, room_id);
    if (found == by_key_.end()) return std::nullopt;
    const RequestKey key = found->first;
    static_cast<void>(answered(key));
    return key.number;
  }

  /// Keeps a message of another connection, which resumes the session of `earlier`, until the end of what `earlier` has asked
  /// that may still take a place for it: the end of the session that it resumes itself, and a join of that room (empty: of any).
  /// Returns false if there is nothing of that.
  template <typename Message>
  [[nodiscard]] bool keep_behind(ConnectionId earlier, const std::string& room_id, Message& message) {
    auto found = by_key_.find({RequestKind::replace, earlier});
    if (found == by_key_.end()) found = join_of(earlier, room_id);
    if (found == by_key_.end()) return false;
    found->second->followers.push_back(std::move(message));
    return true;
  }
  /// Returns the kept messages whose request has ended. They may have others to wait for.
  [[nodiscard]] std::vector<ShardMessageBody> take_released() { return std::exchange(released_, {}); }

  /// Ends a request whose answer has arrived; `leave` receives that of end_joins(). Returns false if the request had ended
  /// already.
  [[nodiscard]] bool answered(const RequestKey& key, std::unique_ptr<const Leave>* leave = nullptr) {
    const auto found = by_key_.lower_bound(key);  // of equal ones the oldest
    if (found == by_key_.end() || found->first != key) return false;
    if (leave != nullptr) *leave = std::move(found->second->leave);
    for (ShardMessageBody& each : found->second->followers) released_.push_back(std::move(each));
    by_deadline_.erase(found->second);
    by_key_.erase(found);
    return true;
  }

  /// Ends the requests whose deadlines have passed and calls `expired(key)` for each. Returns the next deadline.
  template <typename Expired>
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms, const Expired& expired) {
    while (!by_deadline_.empty() && by_deadline_.front().deadline_ms <= now_ms) {
      const RequestKey key = by_deadline_.front().key;
      if (answered(key)) expired(key);
    }
    return by_deadline_.empty() ? kNever : by_deadline_.front().deadline_ms;
  }

  [[nodiscard]] bool waits(const RequestKey& key) const { return by_key_.contains(key); }
  /// Returns the number of requests without an answer.
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Request {
    RequestKey key;
    std::uint64_t deadline_ms;
    std::unique_ptr<const Leave> leave;       ///< null: the connection is open
    std::vector<ShardMessageBody> followers;  ///< see keep_behind()
  };
  using ByKey = std::multimap<RequestKey, std::list<Request>::iterator>;

  /// The first join of the connection in the room; in any, if it is empty.
  [[nodiscard]] ByKey::iterator join_of(ConnectionId connection, const std::string& room_id) {
    auto each = by_key_.lower_bound({RequestKind::join, connection});
    const auto is_join = [&] {
      return each != by_key_.end() && each->first.kind == RequestKind::join && each->first.connection == connection;
    };
    while (is_join() && !room_id.empty() && each->first.room_id != room_id) ++each;
    return is_join() ? each : by_key_.end();
  }

  std::list<Request> by_deadline_;
  ByKey by_key_;  ///< equal ones in the order of asking
  std::vector<ShardMessageBody> released_;
};

}  // namespace dialogue::core
