// What all loops of one server share. Immutable while they run, so that no lock is needed; what may change locks itself.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "server/api/api.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/allowed_origins.hpp"
#include "server/net/descriptors.hpp"
#include "server/net/http_router.hpp"
#include "server/net/memory_guard.hpp"
#include "server/net/server_config.hpp"
#include "server/net/store_verdict.hpp"

namespace dialogue {

struct ServerContext {
  ServerConfig config;
  HttpRouter router;
  std::unique_ptr<AddressLimits> address_limits;
  std::unique_ptr<Api> api;
  std::unique_ptr<MemoryGuard> memory;
  std::unique_ptr<AllowedOrigins> allowed_origins = std::make_unique<AllowedOrigins>();
  DescriptorBudget descriptors{};
  std::shared_ptr<StoreVerdict> store_verdict{};  ///< null where there is no store
  std::unique_ptr<std::atomic<bool>> has_given_up = std::make_unique<std::atomic<bool>>(false);
  /// The server still accepts, and /ready says that no new work should be sent here.
  std::unique_ptr<std::atomic<bool>> is_leaving = std::make_unique<std::atomic<bool>>(false);

  /// Says once that the server cannot go on.
  void give_up(const std::string& reason) const {
    if (!has_given_up->exchange(true) && config.on_failure) config.on_failure(reason);
  }
  void log(const LogLine& line) const {
    if (config.log) config.log(line);
  }
};

}  // namespace dialogue
