// HELLO to WELCOME: who is this, may it come in, and what must it be told.
// Used by its shard only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/core/hello.hpp"
#include "server/core/hook_runner.hpp"
#include "server/core/shard_context.hpp"

namespace dialogue {

class Greeting {
 public:
  Greeting(const ShardContext& context, const HookRunner& hooks) : context_(context), hooks_(hooks) {}

  /// Sends WELCOME and makes the session ready, or returns why the connection must end.
  [[nodiscard]] std::optional<Fault> greet(Connection& connection, const Frame& frame);

 private:
  [[nodiscard]] std::optional<Fault> identify(Connection& connection, Hello& hello);
  void send_welcome(Connection& connection, const Hello& hello);
  /// Not to be guessed from others; see docs/decisions/091-resuming-keeps-a-place.md.
  [[nodiscard]] std::string next_secret(const Connection& connection);
  /// Ends the connection that this one goes on from, if it is still there.
  void replace_predecessor(const Connection& connection) const;
  [[nodiscard]] const std::string& catalogue_base64();

  const ShardContext& context_;
  const HookRunner& hooks_;
  std::uint64_t secrets_made_ = 0;
  std::string catalogue_base64_;  ///< made with the first WELCOME that needs it
};

}  // namespace dialogue
