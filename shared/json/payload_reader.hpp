// Reads payloads, which the validator has accepted, by the validator's rules: each of them can be read, U+0000 included. A caller
// refuses a text that cannot be read to its end, and never takes the fault for the end.
// Pure functions; work is linear in the text.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shared/json/json_reader.hpp"

namespace dialogue {

class PayloadReader : public JsonReader {
 public:
  explicit PayloadReader(std::string_view text) : JsonReader(text, Null::accepted) {}
};

/// Calls `visit(key, value)` for each member of an object in its order, for a repeated key each time; the key is unescaped, the
/// value as it stands in the text. Returns whether `object` is an object that was read to its end.
template <typename Visit>
[[nodiscard]] bool visit_members(std::string_view object, Visit&& visit) {
  PayloadReader reader(object);
  if (!reader.enter_object()) return false;
  std::string key;
  for (std::string_view value; reader.next_key(key) && reader.read_raw(value);) visit(std::as_const(key), value);
  return reader.at_end();
}

/// Calls `visit(value)` for each element of an array. Returns whether `array` is an array that was read to its end.
template <typename Visit>
[[nodiscard]] bool visit_elements(std::string_view array, Visit&& visit) {
  PayloadReader reader(array);
  if (!reader.enter_array()) return false;
  for (std::string_view value; reader.next_element() && reader.read_raw(value);) visit(value);
  return reader.at_end();
}

/// Returns the text of a string as UTF-8, which may have U+0000 in it; no value for any other JSON.
[[nodiscard]] inline std::optional<std::string> string_value(std::string_view json) {
  PayloadReader reader(json);
  std::string text;
  if (!reader.read_string(text) || !reader.at_end()) return std::nullopt;
  return text;
}

}  // namespace dialogue
