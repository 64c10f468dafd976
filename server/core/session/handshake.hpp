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
  /// Keeps a frame that arrived while the answer is awaited.
  [[nodiscard]] static std::optional<Error> hold(Connection& connection, std::string_view frame);
  /// Takes the authentication's answer: asks the application, or sends WELCOME and makes the session ready, or returns why the
  /// connection must end.
  [[nodiscard]] std::optional<Error> authenticated(Connection& connection, AuthResult&& result);
  /// Takes the answer of the user's shard, which has counted the connection or refused it; continues like authenticated().
  [[nodiscard]] std::optional<Error> counted(Connection& connection, const UserResponse& answer);
  /// Takes the application's answer, if the ticket belongs to this handshake; continues like authenticated().
  [[nodiscard]] std::optional<Error> hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict);

  /// Handles REFRESH of a session that is ready: asks who the token is for. Errors are answered, and the session continues.
  void ask_again(Connection& connection, const Frame& frame) const;
  /// Takes the verdict on the token of a REFRESH.
  void refresh(Connection& connection, AuthResult&& result) const;

 private:
  /// The user may have this connection: asks the application, or admits it.
  [[nodiscard]] std::optional<Error> go_on(Connection& connection);
  /// Takes an identity and its expiry, if it may be shown to others; otherwise returns why not.
  [[nodiscard]] std::optional<Error> take_identity(Connection& connection, AuthResult&& result) const;
  /// Admits the connection: sends WELCOME and makes the session ready.
  void welcome(Connection& connection);
  /// Makes the connection share the allowance of the user's other connections on this shard.
  void share_allowance(Connection& connection) const;
  [[nodiscard]] static std::optional<Error> revoked_meanwhile(Connection& connection, const Identity& identity);
  void tell_token(Connection& connection, std::uint64_t req) const;
  void send_welcome(Connection& connection, const WaitingHello& waiting);
  /// Returns a new secret, which cannot be guessed from others; see docs/decisions/091-resuming-sessions.md.
  [[nodiscard]] std::string next_secret(const Connection& connection);
  /// Ends the connection that this one resumes, if it is still open.
  void replace_predecessor(const Connection& connection) const;
  /// Returns the tag with which the lines of this process begin. Lines of other processes are not continued, since their places
  /// are not kept here, and a secret made from such a line and a place here could equal that of a session here.
  [[nodiscard]] const std::string& line_tag();
  [[nodiscard]] const std::string& catalogue_base64();

  const ShardContext& context_;
  const HookRunner& hooks_;
  std::uint64_t secrets_made_ = 0;
  std::string line_tag_;
  std::string catalogue_base64_;  ///< made with the first WELCOME that needs it
};

}  // namespace dialogue::core
