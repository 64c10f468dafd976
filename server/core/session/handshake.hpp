// HELLO to WELCOME: authentication, admission, and the contents of WELCOME. Also REFRESH, which authenticates again. Used by
// its shard only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "server/core/connection/hello.hpp"
#include "server/core/context/shard_context.hpp"
#include "server/core/session/hook_runner.hpp"

namespace dialogue::core {

class Handshake {
 public:
  Handshake(const ShardContext& context, const HookRunner& hooks) : context_(context), hooks_(hooks) {}

  /// Reads HELLO and asks who this is, or returns why the connection must end.
  [[nodiscard]] std::optional<Error> ask(Connection& connection, const Frame& frame);
  /// A frame came while the answer is awaited: it waits as well.
  [[nodiscard]] static std::optional<Error> hold(Connection& connection, std::string_view frame);
  /// The answer is there: asks the application, or sends WELCOME and makes the session ready, or returns why the connection must
  /// end.
  [[nodiscard]] std::optional<Error> authenticated(Connection& connection, AuthResult&& result);
  /// The user's shard has counted the connection, or has refused to: as authenticated().
  [[nodiscard]] std::optional<Error> counted(Connection& connection, const UserResponse& answer);
  /// The application's answer is there, if that is what the ticket is of: as authenticated().
  [[nodiscard]] std::optional<Error> hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict);

  /// REFRESH of a session that is ready, and the verdict on its token. What is wrong with it is answered, and the session goes
  /// on.
  void ask_again(Connection& connection, const Frame& frame) const;
  void refresh(Connection& connection, AuthResult&& result) const;

 private:
  /// The user may have this connection: asks the application, or admits it.
  [[nodiscard]] std::optional<Error> go_on(Connection& connection);
  /// Takes an identity, and its time, when it may be shown to others.
  [[nodiscard]] std::optional<Error> take_identity(Connection& connection, AuthResult&& result) const;
  /// Nothing keeps the connection out any more.
  void welcome(Connection& connection);
  /// With the user's other connections on this shard: what one of them uses, all have used.
  void share_allowance(Connection& connection) const;
  [[nodiscard]] static std::optional<Error> revoked_meanwhile(Connection& connection, const Identity& identity);
  void tell_token(Connection& connection, std::uint64_t req) const;
  void send_welcome(Connection& connection, const WaitingHello& waiting);
  /// Not to be guessed from others; see docs/decisions/091-resuming-sessions.md.
  [[nodiscard]] std::string next_secret(const Connection& connection);
  /// Ends the connection that this one resumes, if it is still open.
  void replace_predecessor(const Connection& connection) const;
  /// How the lines of this process begin. Of another process no places are kept here, so its lines are not continued: with a
  /// place of its own, a secret could be that of a session here.
  [[nodiscard]] const std::string& line_tag();
  [[nodiscard]] const std::string& catalogue_base64();

  const ShardContext& context_;
  const HookRunner& hooks_;
  std::uint64_t secrets_made_ = 0;
  std::string line_tag_;
  std::string catalogue_base64_;  ///< made with the first WELCOME that needs it
};

}  // namespace dialogue::core
