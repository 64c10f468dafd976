// Writes the primitives of lib0's encoding (byte_reader.hpp). Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue::document {

inline void put_byte(std::string& out, unsigned byte) { out += static_cast<char>(byte); }

inline void put_integer(std::string& out, std::uint64_t value) {
  for (; value > 0x7f; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

inline void put_bytes(std::string& out, std::string_view bytes) {
  put_integer(out, bytes.size());
  out += bytes;
}

}  // namespace dialogue::document
