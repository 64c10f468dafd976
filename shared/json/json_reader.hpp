// A pull reader for the small JSON objects of our own frames (HELLO, JOIN options): checked, without a tree. Payloads have
// another reader (payload_reader.hpp). Everything it accepts is RFC 8259 JSON in valid UTF-8, at most kJsonDepthMax deep. Refuses
// U+0000, which ends strings elsewhere, and which nothing in our own frames has a use for. After the first fault every call
// fails. Reads a borrowed text; not thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue {

/// Returns the length in bytes of the JSON value at the start of `text` (after white space); no value if it is incomplete or
/// invalid. Work is linear, memory constant; depth is bounded by kJsonDepthMax.
[[nodiscard]] std::optional<std::size_t> json_value_length(std::string_view text);

/// Appends `text` (valid UTF-8) to `out` as a JSON string with its quotes. Escapes what RFC 8259 section 7 requires, and nothing
/// else.
void append_json_string(std::string& out, std::string_view text);

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  /// Enters an object; then `while (reader.next_key(key)) { ... one value read or skipped ... }`.
  [[nodiscard]] bool enter_object();
  /// The next key, unescaped; false at the end of the object or on a fault (see failed()).
  [[nodiscard]] bool next_key(std::string& key);
  [[nodiscard]] bool enter_array();
  /// Whether the array has another element: `while (reader.next_element()) { ... }`.
  [[nodiscard]] bool next_element();

  [[nodiscard]] bool read_string(std::string& out);     ///< unescaped UTF-8; \u0000 and lone surrogates are faults
  [[nodiscard]] bool read_integer(std::uint64_t& out);  ///< 0 to 2^53-1, digits only
  [[nodiscard]] bool read_boolean(bool& out);
  [[nodiscard]] bool read_raw(std::string_view& out);       ///< any one value, checked, as it stands in the text
  [[nodiscard]] bool read_document(std::string_view& out);  ///< the same, kJsonDepthMax deep by itself, wherever it stands
  [[nodiscard]] bool skip();
  [[nodiscard]] char peek();  ///< first byte of the next value; 0 at the end
  /// Whether only white space is left, and no fault was seen.
  [[nodiscard]] bool at_end();
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }

 protected:
  /// U+0000 in texts and keys: a fault, or a character as others.
  enum class Null : bool { refused, accepted };
  JsonReader(std::string_view text, Null null) : text_(text), null_(null) {}

 private:
  bool fail();
  template <class Scan>
  bool scan(Scan&& step);
  bool enter(char bracket);
  bool read_value(std::string_view& out, std::uint32_t depth);
  bool advance(char closing);
  [[nodiscard]] std::int32_t lowest() const { return null_ == Null::refused ? 1 : 0; }

  std::string_view text_;
  std::size_t offset_ = 0;
  std::uint32_t depth_ = 0;
  bool first_ = false, failed_ = false;
  Null null_ = Null::refused;
};

}  // namespace dialogue
