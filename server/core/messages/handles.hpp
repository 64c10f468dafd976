// The small things that everything in core/ and net/ passes around: an encoded frame, a connection's number, where a room lives.
// Values; a SharedBytes may be held by many connections, its content never changes.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dialogue::core {

/// One frame's text, encoded once, and shared by reference among its receivers.
using SharedBytes = std::shared_ptr<const std::string>;

/// A connection of one shard. Never used again within a process (low 32 bits slot, high 32 bits generation).
using ConnectionId = std::uint64_t;

/// The callback of an application's call. 0: none.
using CallId = std::uint64_t;

/// The address of a connection on any shard, to which answers are sent.
struct Address {
  std::uint32_t shard = 0;
  ConnectionId connection = 0;
};

/// The id of a connection's membership in a room, from JOINED to LEFT; after another JOIN it is another one. Answers to a
/// membership carry it.
struct MembershipId {
  ConnectionId connection = 0;
  std::uint32_t ticket = 0;
};

/// The size of a ticket in bits. A million successive memberships of a connection have different tickets: far more than can begin
/// while an answer is on its way.
inline constexpr int kTicketBits = 20;

/// The owner shard of a room number, which is encoded in the number. `room` is at least 1.
[[nodiscard]] constexpr std::uint32_t owner_of(std::uint64_t room, std::uint32_t shard_count) {
  return static_cast<std::uint32_t>((room - 1) % shard_count);
}

/// The owner shard of a room id, by FNV-1a of 64 bits: the same on every shard and in every process of one build.
[[nodiscard]] constexpr std::uint32_t shard_of(std::string_view room_id, std::uint32_t shard_count) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : room_id) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return static_cast<std::uint32_t>((hash ^ (hash >> 32)) % shard_count);
}

}  // namespace dialogue::core
