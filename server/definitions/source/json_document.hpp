// A JSON text as a tree in which every key and value knows its place, for messages to people who write definition files.
// parse_json_document checks RFC 8259 and UTF-8, and refuses a key given twice. The tree owns its strings.
// Immutable once parsed; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/definitions/source/diagnostic.hpp"

namespace dialogue::definitions {

inline constexpr std::size_t kDocumentDepthMax = 128;  ///< a schema nests about two levels for one of the payload's 32

struct JsonMember;

struct JsonValue {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;                 ///< string: unescaped UTF-8; number: as it was written
  std::vector<JsonValue> items;     ///< array
  std::vector<JsonMember> members;  ///< object, in the order of the text, keys distinct
  std::uint32_t offset = 0;         ///< first byte in the text

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] const JsonMember* find(std::string_view key) const;
  /// The number's value; only for Kind::number. One too large for a double gives infinity.
  [[nodiscard]] double number() const;
  /// The number as a whole number from 0 to 2^53-1, however it was written (1.0 and 1e2 count); else nothing.
  [[nodiscard]] std::optional<std::uint64_t> unsigned_integer() const;
};

struct JsonMember {
  std::string key;
  std::uint32_t key_offset = 0;
  JsonValue value;
};

struct JsonDocument {
  JsonValue root;
  std::optional<Diagnostic> problem;  ///< the first fault; root is then not usable
};

[[nodiscard]] JsonDocument parse_json_document(std::string_view text);

/// The value as compact JSON: keys sorted by bytes, numbers as written. The catalogue's builder compares numbers by value.
[[nodiscard]] std::string to_compact_json(const JsonValue& value);

/// Appends one reference token to a JSON pointer ("/" + key with ~ and / escaped).
[[nodiscard]] std::string pointer_child(std::string_view pointer, std::string_view key);
[[nodiscard]] std::string pointer_child(std::string_view pointer, std::size_t index);

}  // namespace dialogue::definitions
