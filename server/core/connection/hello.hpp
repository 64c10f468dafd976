// The JSON of HELLO, JOIN, REFRESH and CAN, read into values. docs/protocol.md has the forms.
// Pure functions.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/log/producer_key.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

inline constexpr std::size_t kClientTextBytesMax = 128;
inline constexpr std::size_t kProducerIdBytesMax = 64;
inline constexpr std::size_t kResumeBytesMax = 128;
inline constexpr std::size_t kDirectPatternsMax = 64;

struct Hello {
  std::uint64_t features = 0;     ///< bits; of those that are not known, nothing is said
  std::uint64_t fingerprint = 0;  ///< of the catalogue that the client holds; 0: none
  Credentials credentials;
  std::string client;    ///< free text for logs
  std::string producer;  ///< empty: publications are not counted
  ProducerKind producer_kind = ProducerKind::plain;
  /// Of events outside of rooms, those that the client wants: names, or their beginnings with "*" behind. Nothing: all.
  std::optional<std::vector<std::string>> direct = {};
  std::string resume;  ///< what WELCOME gave: the secret of a session, and perhaps a seal; empty: nothing
};

/// Facts that few HELLOs have, kept by their connections.
struct HelloFacts {
  std::string resumed = {};                                     ///< the secret of the session that it continues
  std::unique_ptr<const std::vector<std::string>> direct = {};  ///< Hello::direct; null: all
};

/// A HELLO whose identity is asked for, and the frames that came behind it.
struct WaitingHello {
  Hello hello;
  std::vector<std::string> frames = {};
  std::size_t frame_bytes = 0;
  std::uint64_t received_ns = 0;                            ///< Time::monotonic_ns
  std::uint64_t ticket = 0;                                 ///< of the application's question whether it may connect
  std::shared_ptr<const std::string> guest_seal = nullptr;  ///< for WELCOME; null: none
};

/// Reads HELLO; returns version_unsupported or request_invalid if it is not acceptable.
[[nodiscard]] std::variant<Hello, Error> read_hello(const Frame& frame);

/// Returns the room id in the JOIN behind a first message's HELLO, without checking it. Empty if the message has no JOIN.
[[nodiscard]] std::string first_room(std::string_view message);

/// Returns the token of REFRESH; request_invalid if it has none.
[[nodiscard]] std::variant<std::string, Error> read_refresh(std::string_view json);

/// Reads CAN into a query of which only right, room and event are set; returns request_invalid if it is malformed.
[[nodiscard]] std::variant<PermissionQuery, Error> read_can(std::string_view json);

/// The content of PUBLISH's `ext`.
struct PublishExt {
  std::optional<SendingMark> mark = SendingMark{};  ///< nothing: it cannot be read
  std::string traceparent{};                        ///< empty: there is none, or none that is well-formed
  bool deletes = false;                             ///< the key that the payload has
  std::optional<std::string> id{};                  ///< as it is; empty: it cannot be read
};

/// `ext` is no "0".
[[nodiscard]] PublishExt read_publish_ext(std::string_view ext, Sending otherwise);

inline constexpr std::size_t kMatchPatternsMax = 64;

/// Whether a pattern of JOIN's `match` is the event's name, or its beginning with "*" behind it.
[[nodiscard]] bool matches_event(std::string_view pattern, std::string_view event);

struct JoinOptions {
  std::optional<std::vector<std::uint32_t>> events;  ///< catalogue indices; absent: the room's default
  bool is_matched = false;                           ///< the events are those that patterns match
  std::string filter;                                ///< its JSON text; empty: none
  std::string token;                                 ///< for this room; empty: none
};

/// Reads the options of JOIN. Returns request_invalid or event_unknown if they are invalid; identity_unavailable if the client
/// could not get a token.
[[nodiscard]] std::variant<JoinOptions, Error> read_join_options(const CatalogueView& catalogue, std::string_view json);

}  // namespace dialogue::core
