// The connections of a shard, in slots that are used again under a new generation, so that a late call never meets a stranger.
// References stay valid until close(). Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "server/core/connection.hpp"

namespace dialogue {

class ConnectionTable {
 public:
  [[nodiscard]] Connection& open() {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back().id = free_.back();
    }
    Connection& connection = slots_[free_.back()];
    free_.pop_back();
    connection.id += kGeneration;
    connection.state = SessionState::awaiting_hello;
    ++size_;
    return connection;
  }

  /// Null when it was closed.
  [[nodiscard]] Connection* find(ConnectionId id) {
    const std::uint64_t slot = id & (kGeneration - 1);
    if (slot >= slots_.size() || slots_[slot].id != id || slots_[slot].state == SessionState::unused) return nullptr;
    return &slots_[slot];
  }

  void close(Connection& connection) {
    const ConnectionId id = connection.id;
    connection = Connection{};
    connection.id = id;
    free_.push_back(static_cast<std::uint32_t>(id & (kGeneration - 1)));
    --size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `visit` for each open connection, which may end connections but open none.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (Connection& connection : slots_)
      if (connection.state != SessionState::unused) visit(connection);
  }

 private:
  static constexpr std::uint64_t kGeneration = std::uint64_t{1} << 32;

  std::deque<Connection> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace dialogue
