// See engine_writer.hpp.
#include "server/transport/engineio/engine_writer.hpp"

#include "server/transport/engineio/engine_packet.hpp"

namespace dialogue::transport {

std::string EngineWriter::take_payload(std::size_t bytes_max) {
  std::string payload;
  while (!empty()) {
    Entry& entry = entries_[first_];
    const bool is_binary = entry.kind == kBinary;
    const std::size_t bytes = engine_packet_bytes(entry.bytes->size(), is_binary);
    if (!payload.empty() && payload.size() + 1 + bytes > bytes_max) break;
    append_engine_packet(payload, *entry.bytes, is_binary);
    entry.prefix_size = 1;  // so that an empty message counts as something
    packed_ = first_ + 1;
    consumed(entry.wire_size());
  }
  return payload;
}

void EngineWriter::move_to(EngineWriter& other) {
  while (!empty()) {
    Entry& entry = entries_[first_];
    if (entry.kind == kBinary)
      other.push_binary(entry.bytes);
    else
      other.push_text(entry.bytes);
    entry.prefix_size = 1;
    packed_ = first_ + 1;
    consumed(entry.wire_size());
  }
}

}  // namespace dialogue::transport
