// Parts of answers that a server gave, as they stand in the text. Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::app {

/// A member of an object as JSON text; empty where there is none.
[[nodiscard]] std::string json_member(std::string_view object, std::string_view name);
/// A member's value for people: a string without its quotes, anything else as it is. Control characters become "?", so that
/// nothing a client chose can write to a terminal.
[[nodiscard]] std::string shown_member(std::string_view object, std::string_view name);
/// The items of an array.
[[nodiscard]] std::vector<std::string> json_items(std::string_view array);

}  // namespace dialogue::app
