// Who a connection is. The seam for real tokens: an Authenticator turns what HELLO carried into an Identity or a refusal.
// Pure values and functions.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "shared/errors.hpp"

namespace dialogue {

struct Identity {
  std::string user_id;  ///< 1 to 128 bytes of UTF-8 without control characters
  std::string name;     ///< display name; empty: the user id
  std::string meta;     ///< a JSON object of at most kMetaBytesMax bytes, or empty
  std::string role;     ///< meta.role when it is a string
};

/// The user that publications of the server itself come from; no authenticator may give it to a connection.
inline constexpr std::string_view kSystemUserId = "system";

/// 1 to 128 bytes of UTF-8 without control characters, and not the server's own.
[[nodiscard]] bool is_user_id(std::string_view text);

/// Whether all of an identity may go to other members: its user id and name are well-formed, its meta is a JSON object within
/// bounds.
[[nodiscard]] bool is_presentable(const Identity& identity);

/// Sets meta and the role within it. False, and nothing changed, when it is not a JSON object of at most kMetaBytesMax bytes.
[[nodiscard]] bool set_meta(Identity& identity, std::string_view meta);

/// Facts about the peer and its HTTP request, gathered by net/, judged here.
struct PeerFacts {
  std::string address;             ///< textual, for logs
  bool loopback_peer = false;      ///< the socket's other end is 127.0.0.0/8 or ::1
  bool loopback_listener = false;  ///< the server's own listening address is loopback
  bool loopback_host = false;      ///< Host is localhost, 127.0.0.0/8 or [::1], any port
  bool origin_same_or_absent = false;
  bool forwarded = false;   ///< Forwarded, X-Forwarded-* or a PROXY header was there
  std::string query_token;  ///< from ?token=, never logged
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
/// `random` is 64 bits for an anonymous name. Called on the connection's shard; must not block.
using Authenticator = std::function<AuthResult(const Credentials&, const PeerFacts&, std::uint64_t random)>;

/// Development identities: `{userId, name?, meta?}` is believed only under the loopback rule (semantics.md): listener, peer and
/// Host are loopback, Origin is absent or the same, nothing was forwarded. `allow_everywhere` (--dev) widens it. Without userId
/// the user is "guest-" and eight letters and digits. A token is refused: there is no key to check it with.
[[nodiscard]] Authenticator development_authenticator(bool allow_everywhere);

}  // namespace dialogue
