// This shard's requests to others without an answer: each ends with its answer, or with its deadline. A later answer is not
// outstanding any more, and does nothing. All requests have the same time limit, so the oldest is the first due. Used by its
// shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "server/core/messages/handles.hpp"
#include "server/core/messages/membership_messages.hpp"
#include "server/core/util/time.hpp"

namespace dialogue::core {

/// How long another shard may take to answer. Its store's time is within it.
inline constexpr std::uint64_t kRequestTimeoutMs = 20'000;

enum class RequestKind : std::uint8_t { join, leave, history, permission, page, gather, release };

/// What an answer can be recognised by.
struct RequestKey {
  RequestKind kind = RequestKind::join;
  ConnectionId connection = 0;  ///< 0: of no connection
  std::uint64_t number = 0;     ///< the client's req; of a page its membership's ticket, of a gather the gather
  std::string room_id = {};     ///< of a join

  friend bool operator==(const RequestKey&, const RequestKey&) = default;
  friend bool operator<(const RequestKey& a, const RequestKey& b) {
    return std::tie(a.kind, a.connection, a.number, a.room_id) < std::tie(b.kind, b.connection, b.number, b.room_id);
  }
};

class OutstandingRequests {
 public:
  void begin(RequestKey key, std::uint64_t now_ms) {
    by_deadline_.push_back({key, now_ms + kRequestTimeoutMs, nullptr});
    by_key_.emplace(std::move(key), std::prev(by_deadline_.end()));
  }

  /// The connection has ended: where one of its joins is granted later, the membership ends by `leave`.
  void end_joins(ConnectionId connection, const Leave& leave) {
    for (auto each = by_key_.lower_bound({RequestKind::join, connection, 0, {}});
         each != by_key_.end() && each->first.kind == RequestKind::join && each->first.connection == connection; ++each)
      each->second->leave = std::make_unique<const Leave>(leave);
  }

  /// Ends a request, since its answer is here; `leave`: that of end_joins(). False: it has ended already.
  [[nodiscard]] bool answered(const RequestKey& key, std::unique_ptr<const Leave>* leave = nullptr) {
    const auto found = by_key_.lower_bound(key);  // of equal ones the oldest
    if (found == by_key_.end() || found->first != key) return false;
    if (leave != nullptr) *leave = std::move(found->second->leave);
    by_deadline_.erase(found->second);
    by_key_.erase(found);
    return true;
  }

  /// Ends those whose deadline has passed: `expired(key)` for each. Returns the next deadline.
  template <typename Expired>
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms, const Expired& expired) {
    while (!by_deadline_.empty() && by_deadline_.front().deadline_ms <= now_ms) {
      const RequestKey key = by_deadline_.front().key;
      if (answered(key)) expired(key);
    }
    return by_deadline_.empty() ? kNever : by_deadline_.front().deadline_ms;
  }

  [[nodiscard]] bool waits(const RequestKey& key) const { return by_key_.contains(key); }
  /// How many wait for their answer; nothing is kept of those that have it.
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Request {
    RequestKey key;
    std::uint64_t deadline_ms;
    std::unique_ptr<const Leave> leave;  ///< null: the connection is open
  };

  std::list<Request> by_deadline_;
  std::multimap<RequestKey, std::list<Request>::iterator> by_key_;  ///< equal ones in the order of asking
};

}  // namespace dialogue::core
