// See json_member.hpp.
#include "server/app/commands/remote/json_member.hpp"

#include "shared/base/printable.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::app {

std::string json_member(std::string_view object, std::string_view name) {
  JsonReader json(object);
  std::string key;
  std::string_view value;
  if (!json.enter_object()) return {};
  while (json.next_key(key) && json.read_raw(value))
    if (key == name) return std::string(value);
  return {};
}

std::string shown_member(std::string_view object, std::string_view name) {
  std::string value = json_member(object, name);
  if (value.starts_with('"')) {
    const std::string quoted = value;
    JsonReader json(quoted);
    value.clear();
    static_cast<void>(json.read_string(value));
  }
  return printable(value);
}

std::vector<std::string> json_items(std::string_view array) {
  std::vector<std::string> items;
  JsonReader json(array);
  std::string_view item;
  if (!json.enter_array()) return items;
  while (json.next_element() && json.read_raw(item)) items.emplace_back(item);
  return items;
}

}  // namespace dialogue::app
