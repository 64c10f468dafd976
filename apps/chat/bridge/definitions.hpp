// The definitions of rooms and events: the text of chat.json, which CMake makes part of the program.
#pragma once
#include <string_view>

namespace chat {

extern const std::string_view kDefinitions;

}  // namespace chat
