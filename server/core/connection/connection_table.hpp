// The connections of a shard, in slots that are used again under a new generation, so that a late call never meets a stranger.
// References stay valid until close(): slots lie in blocks, so that none costs more than its size. Used by its shard only.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/core/connection/connection.hpp"

namespace dialogue::core {

class ConnectionTable {
 public:
  [[nodiscard]] Connection& open() {
    if (free_.empty()) {
      if (slots_ % kBlockSlots == 0) blocks_.push_back(std::make_unique<Block>());
      free_.push_back(slots_++);
      slot(free_.back()).id = free_.back();
    }
    Connection& connection = slot(free_.back());
    free_.pop_back();
    connection.id += kGeneration;
    connection.state = SessionState::awaiting_hello;
    ++size_;
    return connection;
  }

  /// Returns the connection; null if it was closed.
  [[nodiscard]] Connection* find(ConnectionId id) {
    const std::uint32_t index = index_of(id);
    if (index >= slots_ || slot(index).id != id || slot(index).state == SessionState::unused) return nullptr;
    return &slot(index);
  }

  /// Has the processor fetch what a delivery looks at: the connection's first cache line.
  void prefetch_front(ConnectionId id) const {
    const std::uint32_t index = index_of(id);
    if (index < slots_) __builtin_prefetch(&slot(index));
  }

  /// Has the processor fetch the connection, or the one that has its slot now.
  void prefetch(ConnectionId id) const {
    const std::uint32_t index = index_of(id);
    if (index >= slots_) return;
    constexpr std::size_t kCacheLineBytes = 64;
    const auto* const begin = reinterpret_cast<const char*>(&slot(index));
    for (std::size_t at = 0; at < sizeof(Connection); at += kCacheLineBytes) __builtin_prefetch(begin + at);
  }

  void close(Connection& connection) {
    const ConnectionId id = connection.id;
    connection = Connection{};
    connection.id = id;
    free_.push_back(index_of(id));
    --size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Returns the number of slots, used or free; visit() visits the open connections of `count` of them.
  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  template <typename Visit>
  void visit(std::uint32_t first, std::uint32_t count, const Visit& visit) const {
    for (std::uint32_t i = first; i < slots_ && i - first < count; ++i)
      if (slot(i).state != SessionState::unused) visit(slot(i));
  }

  /// Calls `visit` for each open connection, which may end connections but open none.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (std::uint32_t i = 0; i < slots_; ++i)
      if (slot(i).state != SessionState::unused) visit(slot(i));
  }

 private:
  static constexpr std::uint64_t kGeneration = std::uint64_t{1} << 32;
  static constexpr std::uint32_t kBlockSlots = 64;
  using Block = std::array<Connection, kBlockSlots>;

  [[nodiscard]] static std::uint32_t index_of(ConnectionId id) { return static_cast<std::uint32_t>(id & (kGeneration - 1)); }
  [[nodiscard]] Connection& slot(std::uint32_t index) const { return (*blocks_[index / kBlockSlots])[index % kBlockSlots]; }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::uint32_t slots_ = 0;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace dialogue::core
