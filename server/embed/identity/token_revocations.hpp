// Revocations of tokens: from the call to the store, the list that checks new tokens, and the live connections. Any thread.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <dialogue/administration.hpp>
#include "server/auth/revocation_list.hpp"
#include "server/calls/call_done.hpp"
#include "server/embed/answer_once.hpp"
#include "server/host/server_config.hpp"
#include "server/store/guard/guarded_store.hpp"

namespace dialogue {

class TokenRevocations {
 public:
  using Done = std::function<void(RevokeResult)>;
  struct Settings {
    std::shared_ptr<store::GuardedStore> store;  ///< null: revocations end with the process
    std::uint64_t settle_timeout_ms = 0;
    std::function<void(const core::LogLine&)> log;
    CallbackError report;
    std::shared_ptr<CallbackThread> callbacks;
    std::function<void(core::RevokeTokens what, calls::CallDone done)> ask;  ///< ends connections, on all shards
  };
  explicit TokenRevocations(Settings settings) : settings_(std::move(settings)) {}

  /// Has revoked tokens refused, including those of stored revocations. Throws SetupError if they cannot be read.
  void configure(host::ServerConfig& server_config) const;
  /// Has tokens revoked by the HTTP API.
  void open_api(host::ServerConfig& server_config);
  /// Stores it, then applies it, then answers. Without a user: everybody's.
  void revoke(Revocation what, std::uint64_t forget_at_s, Done done);
  /// Ends the connections whose tokens were checked with the key, as core::TokenFacts has it.
  void end_key(std::uint64_t key) const;
  /// Waits, at most the time limit, until the store has answered; later revocations are answered `closed`.
  void settle();
  [[nodiscard]] const std::shared_ptr<auth::RevocationList>& list() const { return list_; }

 private:
  /// Adds the stored revocations to the list.
  void load() const;

  const Settings settings_;
  const std::shared_ptr<auth::RevocationList> list_ = std::make_shared<auth::RevocationList>();
  std::mutex mutex_;
  std::condition_variable settled_;
  std::size_t under_way_ = 0;  ///< that the store has not answered
  bool is_ending_ = false;
};

}  // namespace dialogue
