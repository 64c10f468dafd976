// See handles.hpp.
#include "server/core/messages/handles.hpp"

namespace dialogue {

/// FNV-1a, 64 bits: the same on every shard and in every process of one build.
std::uint32_t shard_of(std::string_view room_id, std::uint32_t shard_count) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : room_id) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return static_cast<std::uint32_t>((hash ^ (hash >> 32)) % shard_count);
}

}  // namespace dialogue
