// The check of clients' tokens by the settings, which are replaced while the server runs. Any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "server/auth/token_authority.hpp"
#include "server/embed/swappable.hpp"
#include "server/host/server_config.hpp"

namespace dialogue {

class TokenDoor {
 public:
  explicit TokenDoor(std::function<void(const core::LogLine&)> log) : log_(std::move(log)) {}

  /// Has clients and callers of the HTTP API identified by tokens, unless something else identifies them.
  void configure(host::ServerConfig& server_config, const auth::TokenSettings& tokens);
  /// Applies other settings. Waits for the checks in progress, and calls `end_key` for each key that is gone.
  void replace(const auth::TokenSettings& before, const auth::TokenSettings& now,
               const std::function<void(std::uint64_t key)>& end_key);

 private:
  const std::function<void(const core::LogLine&)> log_;
  using Check = Swappable<const core::IdentitySource>;
  using HasKeys = Swappable<const std::function<bool()>>;
  const std::shared_ptr<Check> check_ = std::make_shared<Check>();
  const std::shared_ptr<HasKeys> has_keys_ = std::make_shared<HasKeys>();
};

}  // namespace dialogue
