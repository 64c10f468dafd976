// Reads parts of a server's JSON answers without changing their text. Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::app {

/// Returns a member of an object as JSON text, empty if the object does not have it.
[[nodiscard]] std::string json_member(std::string_view object, std::string_view name);
/// Returns a member's value for people: a string without its quotes, other values unchanged. Control characters become "?", so
/// that a value which a client chose cannot control a terminal.
[[nodiscard]] std::string shown_member(std::string_view object, std::string_view name);
/// The items of an array.
[[nodiscard]] std::vector<std::string> json_items(std::string_view array);

}  // namespace dialogue::app
