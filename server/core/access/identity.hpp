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

/// What an authentication said of a user of whom the application has said something else since.
struct Authenticated {
  std::string meta, role;
};

struct Identity {
  std::string user_id;                                ///< 1 to 128 bytes of UTF-8 without control characters
  std::string name;                                   ///< display name; empty: the user id
  std::string meta;                                   ///< a JSON object of at most kMetaBytesMax bytes, or empty
  std::string role;                                   ///< that access rules compare with; empty: none
  std::shared_ptr<const TokenFacts> token = nullptr;  ///< null: no token was needed, and the identity does not run out
  /// Of one membership: what the token that its JOIN brought leaves of it. Null: there was none.
  std::shared_ptr<const TokenFacts> room_token = nullptr;
  /// What HELLO's next answer gives along, so that the one without a token keeps this user id: see guest_seal.hpp. Or null.
  std::shared_ptr<const std::string> guest_seal = nullptr;
  /// The layer below, where meta, and perhaps the role, are the application's words. Null: they are the authentication's.
  std::shared_ptr<const Authenticated> authenticated = nullptr;
};

/// Whether a revocation ends what the token of this session has opened. Of sessions without one only guests are covered, by
/// their name.
[[nodiscard]] bool is_covered(const Identity& identity, const Revocation& revocation);
/// The same for any token of a user; null is never covered.
[[nodiscard]] bool is_covered(std::string_view user_id, const TokenFacts* token, const Revocation& revocation);

/// How a token that a revocation covers is refused: token_expired, after which clients request another one, where it may have
/// been issued on either side of the revocation; token_revoked otherwise.
[[nodiscard]] ErrorCode refusal_by(const TokenFacts* token, const Revocation& revocation);
/// How what such a token has opened ends: token_expired where the token was issued at or after the revocation's time, since its
/// user may have signed in again before the revocation came here; token_revoked otherwise.
[[nodiscard]] ErrorCode end_by(const TokenFacts* token, const Revocation& revocation);

/// How long a token lasts from now on.
[[nodiscard]] std::uint64_t lasts_ms(const TokenFacts& token, Time now);

/// The user that publications of the server itself come from; no authenticator may give it to a connection.
inline constexpr std::string_view kSystemUserId = "system";

/// 1 to 128 bytes of UTF-8 without control characters, and not the server's own.
[[nodiscard]] bool is_user_id(std::string_view text);

/// Whether all of an identity may go to other members: its user id and name are well-formed, its meta is a JSON object within
/// bounds.
[[nodiscard]] bool is_presentable(const Identity& identity);

/// Sets meta and the role within it. False, and nothing changed, when it is not a JSON object of at most kMetaBytesMax bytes.
[[nodiscard]] bool set_meta(Identity& identity, std::string_view meta);

/// Lays the application's meta over what the authentication said. Its `role` counts in place of the authenticated one, and is
/// none where it is not a string. False, and nothing changed, as set_meta().
[[nodiscard]] bool lay_meta(Identity& identity, std::string_view meta);
/// Lays over a new authentication of a user what the application has said of the user before.
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

/// Whether a credential that was refused by this code counts as a failed login: nothing shows that it was ever good. One that has
/// expired or was revoked had a right signature; who gave none has not failed.
[[nodiscard]] constexpr bool is_failed_login(ErrorCode code) {
  return code == ErrorCode::token_invalid || code == ErrorCode::unauthorized || code == ErrorCode::identity_unavailable;
}

/// Who is this? Asked for HELLO, and for REFRESH and JOIN, which have a token and no peer.
struct IdentityQuestion {
  Credentials credentials;
  PeerFacts peer;
  std::uint64_t random = 0;     ///< 64 bits for an anonymous name
  std::uint64_t unix_ms = 0;    ///< the time of the question
  std::string guest_seal = {};  ///< that HELLO brought: it may hold the bits of an earlier connection. Not checked
};

/// Answers by one call of `done`, immediately or later, on any thread. Called on shards' threads, concurrently; must not block.
using IdentitySource = std::function<void(IdentityQuestion&& question, std::function<void(AuthResult)> done)>;

/// A synchronous source. `random` is 64 bits for an anonymous name, and the same again for a returning guest. Called as
/// IdentitySource is; its exceptions are a refusal with `internal`.
using Authenticator = std::function<AuthResult(const Credentials&, const PeerFacts&, std::uint64_t random)>;
[[nodiscard]] IdentitySource source_of(Authenticator authenticator);

/// Development identities: `{userId, name?, meta?}` is believed only under the loopback rule (semantics.md): listener, peer and
/// Host are loopback, Origin is absent, own or a loopback page's that may connect, nothing forwarded. `allow_everywhere` (--dev)
/// widens it. Without userId the user is "guest-" and eight shard messages and digits. A token is refused: no key can check it.
[[nodiscard]] Authenticator development_authenticator(bool allow_everywhere);

/// `{userId, name?, meta?}`, as JSON; an empty user id without one. request_invalid for what others may not see.
[[nodiscard]] AuthResult identity_in(std::string_view json);

/// "guest-" and eight shard messages and digits out of `random`.
[[nodiscard]] std::string guest_name(std::uint64_t random);
/// Whether a guest may have this user id; an application may give ones of this form too.
[[nodiscard]] bool is_guest_name(std::string_view user_id);

}  // namespace dialogue::core
