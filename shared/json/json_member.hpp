// One member of a JSON object, by its name. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "shared/json/json_reader.hpp"

namespace dialogue {

/// Returns the value of a string member of an object; empty if the object lacks it.
[[nodiscard]] inline std::string json_text_member(std::string_view object, std::string_view name) {
  JsonReader reader(object);
  std::string key, value;
  if (reader.enter_object())
    while (reader.next_key(key))
      if (key == name && reader.peek() == '"' ? !reader.read_string(value) : !reader.skip()) break;
  return value;
}

}  // namespace dialogue
