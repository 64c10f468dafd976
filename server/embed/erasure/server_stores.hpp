// The stores of a server: the configuration's, and those of the shards for rooms in memory. What they have of a user is read by
// the HTTP API. Any thread.
#pragma once
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "server/host/server_config.hpp"
#include "server/store/store.hpp"

namespace dialogue {

class ServerStores {
 public:
  using All = std::vector<std::shared_ptr<store::Store>>;
  /// `durable`: the durable store; null if all rooms are in memory.
  explicit ServerStores(std::shared_ptr<store::Store> durable) : durable_(std::move(durable)) {}

  /// Before each start. Outlives the server.
  void configure(host::ServerConfig& server_config);
  [[nodiscard]] All all() const;
  [[nodiscard]] const std::shared_ptr<store::Store>& durable() const { return durable_; }

 private:
  const std::shared_ptr<store::Store> durable_;
  mutable std::mutex mutex_;
  All all_;
};

}  // namespace dialogue
