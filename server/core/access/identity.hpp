// The identity of a connection. The shard requests it (AskIdentity), and the driver that executes its actions calls an
// IdentitySource: server/auth for tokens, the application's Authenticator, or development identities. Pure values and
// functions.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/access/capabilities.hpp"
#include "server/core/access/revocation.hpp"
#include "server/core/util/time.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::core {

/// The claims of a token besides its subject.
struct TokenFacts {
  std::string id;                             ///< jti, or empty
  std::uint64_t issued_s = 0, expires_s = 0;  ///< iat (0: unknown) and exp, Unix time
  std::string claims;                         ///< all of them, the JSON object as it stood in the token
  std::optional<Capabilities> capabilities;   ///< of the claim `rooms`; absent: the token narrows nothing
  std::uint64_t digest = 0;                   ///< of all claims: tokens that say the same have the same; 0: unknown
  std::uint64_t key = 0;                      ///< of the key that signed it, or the URL that gave the key; 0: unknown
  bool is_of_realm = false;                   ///< its issuer has users of its own: in no room it counts as a token for it
};

/// The meta and role of an authentication, kept when the application replaces them.
struct Authenticated {
  std::string meta, role;
};

struct Identity {
  std::string user_id;                                ///< 1 to 128 bytes of UTF-8 without control characters
  std::string name;                                   ///< display name; empty: the user id
  std::string meta;                                   ///< a JSON object of at most kMetaBytesMax bytes, or empty
  std::string role;                                   ///< that access rules compare with; empty: none
  std::shared_ptr<const TokenFacts> token = nullptr;  ///< null: no token was needed, and the identity does not run out
  /// In the identity of one membership: the token of its JOIN, which restricts it. Null: JOIN had no token.
  std::shared_ptr<const TokenFacts> room_token = nullptr;
  /// The seal that WELCOME sends to a guest, so that the client keeps its user id without a token: see guest_seal.hpp. Or null.
  std::shared_ptr<const std::string> guest_seal = nullptr;
  /// The meta and role of the authentication, if the application has replaced them since. Null: it has not.
  std::shared_ptr<const Authenticated> authenticated = nullptr;
};

/// Whether a revocation ends the session or membership of this identity. Of sessions without a token, only those of guests are
/// covered, by their user id.
[[nodiscard]] bool is_covered(const Identity& identity, const Revocation& revocation);
/// Whether a revocation covers a token of the user `user_id`; null is never covered.
[[nodiscard]] bool is_covered(std::string_view user_id, const TokenFacts* token, const Revocation& revocation);

/// Returns the code by which a token that a revocation covers is refused: token_expired, after which clients request another
/// token, if it may have been issued before or after the revocation; token_revoked otherwise.
[[nodiscard]] ErrorCode refusal_by(const TokenFacts* token, const Revocation& revocation);
/// Returns the code by which a session or membership of such a token ends: token_expired if the token was issued at or after the
/// revocation's time, since its user may have signed in again before the revocation arrived here; token_revoked otherwise.
[[nodiscard]] ErrorCode end_by(const TokenFacts* token, const Revocation& revocation);

/// Returns for how many ms a token is still valid.
[[nodiscard]] std::uint64_t lasts_ms(const TokenFacts& token, Time now);

/// The user id of the server's own publications; no authenticator may assign it to a connection.
inline constexpr std::string_view kSystemUserId = "system";

/// Whether `text` is 1 to 128 bytes of UTF-8 without control characters, and not kSystemUserId.
[[nodiscard]] bool is_user_id(std::string_view text);

/// Whether all of an identity may go to other members: its user id and name are well-formed, its meta is a JSON object within
/// bounds.
[[nodiscard]] bool is_presentable(const Identity& identity);

/// Sets meta and the role within it. Changes nothing and returns false if it is not a JSON object of at most kMetaBytesMax bytes.
[[nodiscard]] bool set_meta(Identity& identity, std::string_view meta);

/// Replaces the authenticated meta by the application's, and the role by the `role` in it; without a string there, the identity
/// has no role. Changes nothing and returns false like set_meta().
[[nodiscard]] bool lay_meta(Identity& identity, std::string_view meta);
/// Carries the application's meta and role over from `before` to a new authentication of the same user.
void keep_layers(Identity& next, const Identity& before);

/// Facts about the peer and its HTTP request, collected by the transport, judged here.
struct PeerFacts {
  TransportKind transport{};       ///< what carries its bytes; rooms may name those that they allow
  std::string address;             ///< textual, for logs
  bool loopback_peer = false;      ///< the socket's other end is 127.0.0.0/8 or ::1
  bool loopback_listener = false;  ///< the server's own listening address is loopback
  bool loopback_host = false;      ///< Host is localhost, 127.0.0.0/8 or [::1], any port
  bool origin_trusted = false;     ///< Origin is absent, the server's own, or a page of this machine that may connect
  bool forwarded = false;          ///< Forwarded, X-Forwarded-* or a PROXY header was there
  std::string bearer_token;        ///< from Authorization: Bearer, never logged
  std::string query_token;         ///< from ?token=, never logged
  std::string cookie_token;        ///< from the cookie that the configuration names, never logged
  /// The fields of the request that the configuration names, in small letters, in their order. Never logged, nor recorded.
  std::vector<std::pair<std::string, std::string>> fields = {};
};

struct Credentials {
  std::string token;     ///< empty: none
  std::string identity;  ///< development identity as a JSON object, empty: none
};

struct Refusal {
  ErrorCode code = ErrorCode::unauthorized;
  std::string reason;
};

using AuthResult = std::variant<Identity, Refusal>;

/// Whether a credential that was refused by this code counts as a failed login: nothing shows that it was ever valid. A token
/// that has expired or was revoked has a valid signature, and a client without a credential has not failed.
[[nodiscard]] constexpr bool is_failed_login(ErrorCode code) {
  return code == ErrorCode::token_invalid || code == ErrorCode::unauthorized || code == ErrorCode::identity_unavailable;
}

/// The question whose credentials these are. Asked for HELLO, and for REFRESH and JOIN, which have a token and no peer.
struct IdentityQuestion {
  Credentials credentials;
  PeerFacts peer;
  std::uint64_t random = 0;     ///< 64 bits for an anonymous name
  std::uint64_t unix_ms = 0;    ///< the time of the question
  std::string guest_seal = {};  ///< that HELLO brought: it may hold the bits of an earlier connection. Not checked
};

/// A function that answers by one call of `done`, immediately or later, on any thread. Called on shards' threads, concurrently;
/// must not block.
using IdentitySource = std::function<void(IdentityQuestion&& question, std::function<void(AuthResult)> done)>;

/// A synchronous source. `random` is 64 bits for an anonymous name, and the same again for a returning guest. Called as
/// IdentitySource is; its exceptions are a refusal with `internal`.
using Authenticator = std::function<AuthResult(const Credentials&, const PeerFacts&, std::uint64_t random)>;
[[nodiscard]] IdentitySource source_of(Authenticator authenticator);

/// Development identities: `{userId, name?, meta?}` is believed only under the loopback rule (semantics.md): listener, peer and
/// Host are loopback, Origin is absent, own or a loopback page's that may connect, nothing forwarded. `allow_everywhere` (--dev)
/// widens it. Without userId the user is "guest-" and eight letters and digits. A token is refused: no key can check it.
[[nodiscard]] Authenticator development_authenticator(bool allow_everywhere);

/// `{userId, name?, meta?}`, as JSON; an empty user id without one. request_invalid for what others may not see.
[[nodiscard]] AuthResult identity_in(std::string_view json);

/// "guest-" and eight letters and digits out of `random`.
[[nodiscard]] std::string guest_name(std::uint64_t random);
/// Whether a guest may have this user id; an application may give ones of this form too.
[[nodiscard]] bool is_guest_name(std::string_view user_id);

}  // namespace dialogue::core
