// Writes the texts of a verdict, its path and its argument, into their fixed room. Used by the validator only.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/limits.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue {

/// Where the validator is: a link for each array or object that is open, on the stack of the recursion that reads them.
struct ValuePlace {
  const ValuePlace* parent = nullptr;  ///< none: the whole payload
  bool is_key = false;
  std::uint32_t index = 0;  ///< in an array
  JsonString key;           ///< in an object
};

/// Appends whole characters only; what does not fit is replaced by "...".
class VerdictText {
 public:
  VerdictText(std::array<char, kErrorPathBytesMax>& bytes, std::uint16_t& length) : bytes_(bytes), length_(length) { length = 0; }

  void add(std::string_view text);
  void add_number(std::uint32_t value);
  /// "$.items[3].price"; a key that is not an identifier as $["a b"], escaped as it was sent.
  void add_path(const ValuePlace& place);
  /// The characters of a string with its escapes resolved.
  void add_string(const JsonString& string);

 private:
  void add_step(const ValuePlace& place);
  void add_character(const char* bytes, std::size_t count);

  std::array<char, kErrorPathBytesMax>& bytes_;
  std::uint16_t& length_;
  bool full_ = false;
};

}  // namespace dialogue
