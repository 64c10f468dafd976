// JSON written member by member: `JsonText().text("id", id).number("size", 3).take()` is {"id":"...","size":3}. A value of one
// thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "shared/json/json_reader.hpp"

namespace dialogue {

/// `text` as a JSON string, in quotes.
[[nodiscard]] inline std::string json_string(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return quoted;
}

class JsonText {
 public:
  JsonText& text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(object_, value);
    return *this;
  }
  JsonText& number(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
  JsonText& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  /// `json` is one JSON value.
  JsonText& raw(std::string_view name, std::string_view json) {
    key(name).append(json);
    return *this;
  }
  [[nodiscard]] std::string take() { return std::move(object_) + '}'; }

 private:
  std::string& key(std::string_view name) {
    if (object_.size() > 1) object_ += ',';
    append_json_string(object_, name);
    return object_ += ':';
  }

  std::string object_ = "{";
};

/// "[a,b]" of what `write(item)` gives for each.
template <typename Items, typename Write>
[[nodiscard]] std::string json_array(const Items& items, const Write& write) {
  std::string array = "[";
  for (const auto& item : items) {
    if (array.size() > 1) array += ',';
    array += write(item);
  }
  return array + ']';
}

}  // namespace dialogue
