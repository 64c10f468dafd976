// Equality of JSON values as they stand in the text: 1 and 1.0 are equal, the order of keys does not count, of a repeated key the
// last one counts. Used for const, enum, uniqueItems and the count of keys. Works in place, without allocation.
// Not thread-safe: one instance for one payload, because the bound on work is for all of its comparisons together.
#pragma once
#include <cstdint>

#include "shared/json/json_scanner.hpp"

namespace dialogue {

/// The maximum of bytes that the comparisons of one payload may visit: a minimum plus a number for each of its bytes; or
/// kCompareBytesMax if its size is unknown. A payload needs as many only if its objects repeat keys, or if two objects with
/// hundreds of keys are equal.
inline constexpr std::uint32_t kCompareBytesMin = 64 * 1024, kCompareBytesPerByte = 64;
inline constexpr std::uint32_t kCompareBytesMax = 4 * 1024 * 1024;

class JsonComparison {
 public:
  JsonComparison() = default;
  /// Makes the comparison of a payload with this number of bytes.
  explicit JsonComparison(std::size_t payload_bytes)
      : left_(kCompareBytesMin + static_cast<std::uint32_t>(payload_bytes) * kCompareBytesPerByte) {}

  /// Whether the two valid values at the cursors are equal; if so, both cursors are after them. Returns false if the work is used
  /// up. Each value must have been digested by this comparison, or repeat no key.
  [[nodiscard]] bool equal(JsonCursor& a, JsonCursor& b);
  /// Returns a number that is equal for equal values and differs for most unequal ones. Steps over the value.
  [[nodiscard]] std::uint32_t digest(JsonCursor& value);
  /// Counts the different keys of the valid object at the cursor, up to `enough`.
  [[nodiscard]] std::uint32_t count_keys(JsonCursor object, std::uint32_t enough);
  /// Whether the work is used up; every result since then is false.
  [[nodiscard]] bool exhausted() const { return left_ == 0; }

 private:
  [[nodiscard]] bool equal_objects(JsonCursor& a, JsonCursor& b);
  [[nodiscard]] std::uint32_t digest_object(JsonCursor& value);
  /// Finds the value of the object's last member with this key; returns false if no member has it.
  [[nodiscard]] bool find(JsonCursor object, const JsonString& key, JsonCursor& value);
  /// Steps to the value of the next member that has this key, from inside an object.
  [[nodiscard]] bool find_next(JsonCursor& at, const JsonString& key);
  void spend(std::size_t bytes) { left_ = bytes < left_ ? left_ - static_cast<std::uint32_t>(bytes) : 0; }

  std::uint32_t left_ = kCompareBytesMax;
  bool repeated_ = false;  ///< a value that was digested has a key twice
};

/// Steps to the next member or element of a valid object or array; returns false after the closing bracket. The cursor must be
/// after the opening bracket, or after a value.
[[nodiscard]] bool next_in_container(JsonCursor& cursor, char closing);

/// Whether two scanned strings have the same code points, however they are escaped.
[[nodiscard]] bool equal_strings(const JsonString& a, const JsonString& b);
/// Whether a scanned string and unescaped UTF-8 have the same code points.
[[nodiscard]] bool equals_text(const JsonString& string, std::string_view text);
/// Compares a scanned string with unescaped UTF-8 by their code points. Returns less than 0 if it is ordered before, 0 if it is
/// equal, more than 0 if it is ordered after.
[[nodiscard]] int compare_text(const JsonString& string, std::string_view text);

/// Compares valid JSON values by type, then strings by their code points and numbers by their value. Returns less than 0, 0 or
/// more than 0 if `a` is ordered before, with or after `b`. 0 means equal, except that all arrays compare as 0, and so do all
/// objects. Neither text may have white space around it. Native only.
[[nodiscard]] int order_values(std::string_view a, std::string_view b);

}  // namespace dialogue
