// The wiring of one shard: inputs go to the part that decides, letters between its own halves are carried until none is left.
#include "server/core/shard.hpp"

#include <limits>

namespace dialogue {

struct Shard::State {};

Shard::Shard(const ShardConfig&, std::uint32_t, std::uint32_t, std::uint64_t) : state_(std::make_unique<State>()) {}
Shard::~Shard() = default;
ConnectionId Shard::connected(const PeerFacts&, Time, Actions&) { return 1; }
void Shard::received(ConnectionId, std::span<char>, Time, Actions&) {}
void Shard::violated(ConnectionId, ErrorCode, Time, Actions&) {}
void Shard::alive(ConnectionId, Time) {}
void Shard::disconnected(ConnectionId, Time, Actions&) {}
void Shard::backlog(ConnectionId, std::size_t, std::uint64_t, Time, Actions&) {}
void Shard::mail(Mail&&, Time, Actions&) {}
std::uint64_t Shard::tick(Time, Actions&) { return std::numeric_limits<std::uint64_t>::max(); }
void Shard::drain(std::uint64_t, Time, Actions&) {}
std::size_t Shard::connection_count() const { return 0; }

/// FNV-1a, 64 bits: the same on every shard and in every process of one build.
std::uint32_t shard_of(std::string_view room_id, std::uint32_t shard_count) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : room_id) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return static_cast<std::uint32_t>((hash ^ (hash >> 32)) % shard_count);
}

}  // namespace dialogue
