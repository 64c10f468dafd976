// The entries of the cluster's log, by which nodes know of each other: one record each, with the entry's type as its event, the
// node as its sender, and one JSON object as its payload. A reader passes over types and members that it does not know, so that
// nodes of two versions can share a log. Plain values and pure functions.
//
//   core::LogRecord record = record_of(Gone{node}, self);
//   DecodedEntry decoded = entry_of(record);
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/room_events.hpp"

namespace dialogue::cluster {

inline constexpr std::size_t kNodesMax = 256;                        ///< in one cluster
inline constexpr std::size_t kNodeIdBytes = 16;                      ///< lower-case hexadecimal digits
inline constexpr std::size_t kFactBytesMax = 256;                    ///< a node's version, fingerprint or address
inline constexpr std::size_t kRoomBytesMax = 512;                    ///< a room's name among nodes
inline constexpr std::size_t kUserBytesMax = 4 * 1024;               ///< each text of a user
inline constexpr std::size_t kUsersPerEntryMax = 1024;               ///< joined, left or shared; a larger part is several entries
inline constexpr std::size_t kMailBytesMax = std::size_t{4} << 20U;  ///< one message between nodes
inline constexpr std::uint32_t kEveryShard = 0xFFFFFFFF;

/// The facts that a node reports about itself. The id is new for each process.
struct NodeFacts {
  std::string id;
  std::uint32_t shards = 1;
  std::string version, catalogue;  ///< the program's version; the fingerprint of its definitions
  std::string address{};           ///< to clients, as HOST:PORT; empty: not known
  std::uint64_t started_ms = 0;    ///< Unix time, by its own clock; 0: not known
  friend bool operator==(const NodeFacts&, const NodeFacts&) = default;
};

/// The node begins, or begins again after it was declared gone. It has no part in any room; its Shares and one Shared follow.
struct Hello {
  NodeFacts facts;
};
/// The answer to another node's Hello: Shares of all its rooms follow, then Shared.
struct Here {
  NodeFacts facts;
  std::vector<std::string> nodes;  ///< the ids of all nodes that it knows
};
/// The node's whole part was shared since its last Hello or Here.
struct Shared {};
/// The node is live. Any other entry shows that, too.
struct Beat {};
/// The node ends.
struct Bye {};
/// The lease of a node is over: it is removed here.
struct Gone {
  std::string node;
};
/// The sender's part of a room, as far as its users' ids are above `after` and at most `up_to`; empty: no bound. Replaces what
/// is known of that.
struct Share {
  std::string room;
  std::uint64_t seats = 0;  ///< of the whole part, at most 2^53-1
  std::vector<core::PresentUser> users{};
  std::string after{}, up_to{};
};
/// The sender's part of a room has changed.
struct Change {
  std::string room;
  std::int64_t seats_change = 0;  ///< places taken or freed, -(2^53-1) to 2^53-1; the sum is never below 0
  std::vector<core::PresentUser> joined{};
  std::vector<std::string> left{};
};
/// Asks for a place in a room. The writer knows all entries before this one, so it knows `taken`: how many places all nodes
/// have in the room at this position. The place is granted iff they are fewer than `places_max`; then the sender has one more.
struct Claim {
  std::string room;
  std::uint64_t ticket = 0, places_max = 0, taken = 0;  ///< at most 2^53-1
};
/// Gives places back.
struct Release {
  std::string room;
  std::uint64_t count = 0;
};
/// A message that only the glue at both ends understands.
struct Mail {
  std::string to;  ///< a node's id; empty: all others
  std::uint32_t shard = kEveryShard;
  std::string text;  ///< any bytes
};

using Entry = std::variant<Hello, Here, Shared, Beat, Bye, Gone, Share, Change, Claim, Release, Mail>;

/// Sequence and time are the log's to set. The texts must be valid: see is_sound().
[[nodiscard]] core::LogRecord record_of(const Entry& entry, const std::string& from);

/// An entry, or why there is none. Neither: a type that a newer version writes.
struct DecodedEntry {
  std::optional<Entry> entry;
  std::string fault{};
};
[[nodiscard]] DecodedEntry entry_of(const core::LogRecord& record);

/// About how many bytes the entry takes in the log.
[[nodiscard]] std::size_t bytes_of(const Entry& entry);

/// Whether `text` is UTF-8 without NUL, 1 to `bytes_max` bytes long.
[[nodiscard]] bool is_sound(std::string_view text, std::size_t bytes_max);
/// Whether the texts of a user are sound; its name and meta may be empty.
[[nodiscard]] bool is_sound(const core::PresentUser& user);
/// Whether `text` has the form of a node's id.
[[nodiscard]] bool is_node_id(std::string_view text);

}  // namespace dialogue::cluster
