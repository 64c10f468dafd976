// The connections of a loop: their transports by connection, and those that have something to send. Used by its loop's thread.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/core/messages/handles.hpp"
#include "server/transport/transport.hpp"

namespace dialogue::loop {

class TransportTable {
 public:
  /// `connections` counts those of all loops. The opener of a connection increments it before add(); leave() decrements it.
  explicit TransportTable(std::atomic<std::size_t>& connections) : connections_(connections) {}

  void add(core::ConnectionId id, std::shared_ptr<transport::Transport> transport) {
    transports_.resize(std::max(transports_.size(), slot_of(id) + 1));
    transports_[slot_of(id)] = std::move(transport);
  }
  /// Returns the connection's transport; null if the connection has left. Valid until the next call.
  [[nodiscard]] transport::Transport* find(core::ConnectionId id) const {
    if (slot_of(id) >= transports_.size()) return nullptr;
    transport::Transport* const transport = transports_[slot_of(id)].get();
    return transport != nullptr && transport->id() == id ? transport : nullptr;
  }
  /// Removes the connection, so that nothing reaches it any more. Returns false if it had left already.
  [[nodiscard]] bool leave(core::ConnectionId id) {
    if (find(id) == nullptr) return false;
    transports_[slot_of(id)].reset();
    connections_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }

  /// Has the processor fetch the connection, or whatever has its slot now.
  void prefetch(core::ConnectionId id) const {
    if (slot_of(id) < transports_.size())
      if (const auto& transport = transports_[slot_of(id)]) transport->prefetch();
  }
  [[nodiscard]] transport::FlushList& flush_list() { return flush_list_; }
  [[nodiscard]] const transport::FlushList& flush_list() const { return flush_list_; }
  /// Closes all sockets now.
  void abandon() {
    for (const auto& transport : std::vector(transports_))
      if (transport) transport->abandon();
  }

 private:
  [[nodiscard]] static std::size_t slot_of(core::ConnectionId id) { return static_cast<std::uint32_t>(id); }

  std::atomic<std::size_t>& connections_;
  std::vector<std::shared_ptr<transport::Transport>> transports_;  ///< by slot: the low half of the id
  transport::FlushList flush_list_;
};

}  // namespace dialogue::loop
