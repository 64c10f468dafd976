// Equality of JSON values as they stand in the text: 1 and 1.0 are equal, the order of keys does not count, of a repeated key the
// last one counts. Used for const, enum, uniqueItems and the count of keys. Works in place, without allocation.
// Not thread-safe: one instance for one payload, because the bound on work is for all of its comparisons together.
#pragma once
#include <cstdint>

#include "shared/json/json_scanner.hpp"

namespace dialogue {

/// Bytes that the comparisons of one payload may walk over: some, and some for each byte that it has, or those of a payload whose
/// size is not said. A payload needs that much only when its objects repeat keys, or two with hundreds of keys are equal.
inline constexpr std::uint32_t kCompareBytesMin = 64 * 1024, kCompareBytesPerByte = 64;
inline constexpr std::uint32_t kCompareBytesMax = 4 * 1024 * 1024;

class JsonComparison {
 public:
  JsonComparison() = default;
  /// For a payload of this number of bytes.
  explicit JsonComparison(std::size_t payload_bytes)
      : left_(kCompareBytesMin + static_cast<std::uint32_t>(payload_bytes) * kCompareBytesPerByte) {}

  /// Whether the two valid values at the cursors are equal; both cursors are then behind them. False when the work is used up.
  /// Each was digested before by this comparison, or repeats no key.
  [[nodiscard]] bool equal(JsonCursor& a, JsonCursor& b);
  /// A number that equal values share and most unequal ones do not. Steps over the value.
  [[nodiscard]] std::uint32_t digest(JsonCursor& value);
  /// The different keys of the valid object at the cursor, counted up to `enough`.
  [[nodiscard]] std::uint32_t count_keys(JsonCursor object, std::uint32_t enough);
  /// More work was asked for than there may be; every answer since then is false.
  [[nodiscard]] bool exhausted() const { return left_ == 0; }

 private:
  [[nodiscard]] bool equal_objects(JsonCursor& a, JsonCursor& b);
  [[nodiscard]] std::uint32_t digest_object(JsonCursor& value);
  /// The value of the last member of the object that has this key.
  [[nodiscard]] bool find(JsonCursor object, const JsonString& key, JsonCursor& value);
  /// Steps to the value of the next member that has this key, from inside an object.
  [[nodiscard]] bool find_next(JsonCursor& at, const JsonString& key);
  void spend(std::size_t bytes) { left_ = bytes < left_ ? left_ - static_cast<std::uint32_t>(bytes) : 0; }

  std::uint32_t left_ = kCompareBytesMax;
  bool repeated_ = false;  ///< a value that was digested has a key twice
};

/// Steps to the next member or element of a valid object or array, false behind the closing bracket. The cursor stands behind the
/// opening bracket at first, then behind a value each time.
[[nodiscard]] bool next_in_container(JsonCursor& cursor, char closing);

/// Whether two scanned strings have the same code points, however they are escaped.
[[nodiscard]] bool equal_strings(const JsonString& a, const JsonString& b);
/// The same for unescaped UTF-8.
[[nodiscard]] bool equals_text(const JsonString& string, std::string_view text);
/// Below, at or above 0 as the string stands before, at or after unescaped UTF-8 in the order of code points.
[[nodiscard]] int compare_text(const JsonString& string, std::string_view text);

/// Below, at or above 0 if one valid JSON value is ordered before, at or after another: by type, then strings by their code
/// points and numbers by their value. 0 means equal, but for arrays and objects, which all have the same place. Neither text
/// has white space around it. Native only.
[[nodiscard]] int order_values(std::string_view a, std::string_view b);

}  // namespace dialogue
