// Reading the JSON objects of HELLO and JOIN: each key once, unknown keys checked and passed over.
// Work is n log n in the text. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/json/json_reader.hpp"

namespace dialogue::core {

/// Calls `read(key, reader)` for each key; it reads the value, or skips it, and returns false when the value has the wrong
/// form. Returns the fault, as words for the `request_invalid` message, or nothing. The reader is then after the object.
template <typename Read>
[[nodiscard]] std::optional<std::string> read_envelope_object(JsonReader& reader, Read&& read) {
  if (!reader.enter_object()) return "an object is due";
  std::set<std::string> seen;
  std::string key;
  while (reader.next_key(key)) {
    if (!seen.insert(key).second) return key + " is there twice";
    if (!read(std::as_const(key), reader)) return key + " has the wrong form";
  }
  if (reader.failed()) return "not valid JSON";
  return std::nullopt;
}

/// Reads an envelope object from a text that must contain nothing else. Returns what is wrong with it, or no value.
template <typename Read>
[[nodiscard]] std::optional<std::string> read_envelope_object(std::string_view json, Read&& read) {
  JsonReader reader(json);
  if (auto fault = read_envelope_object(reader, read)) return fault;
  return reader.at_end() ? std::nullopt : std::optional<std::string>("not valid JSON");
}

/// Reads a string of at most `bytes_max` bytes.
[[nodiscard]] inline bool read_bounded(JsonReader& reader, std::size_t bytes_max, std::string& out) {
  return reader.read_string(out) && out.size() <= bytes_max;
}

/// Appends the strings of an array.
[[nodiscard]] inline bool read_texts(JsonReader& reader, std::vector<std::string>& out) {
  if (!reader.enter_array()) return false;
  std::string text;
  while (reader.next_element()) {
    if (!reader.read_string(text)) return false;
    out.push_back(std::move(text));
  }
  return !reader.failed();
}

/// A text of one of our own frames' objects; empty when it has none.
[[nodiscard]] inline std::string text_in(std::string_view object, std::string_view name) {
  std::string text;
  (void)read_envelope_object(
      object, [&](const std::string& key, JsonReader& value) { return key == name ? value.read_string(text) : value.skip(); });
  return text;
}

/// A number of such an object; 0 when it has none.
[[nodiscard]] inline std::uint64_t number_in(std::string_view object, std::string_view name) {
  std::uint64_t number = 0;
  (void)read_envelope_object(
      object, [&](const std::string& key, JsonReader& value) { return key == name ? value.read_integer(number) : value.skip(); });
  return number;
}

/// The JSON of a member of such an object; empty when it has none.
[[nodiscard]] inline std::string_view raw_in(std::string_view object, std::string_view name) {
  std::string_view json;
  (void)read_envelope_object(
      object, [&](const std::string& key, JsonReader& value) { return key == name ? value.read_raw(json) : value.skip(); });
  return json;
}

}  // namespace dialogue::core
