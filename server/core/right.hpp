// What one may do in a room.
#pragma once
#include <cstdint>

namespace dialogue {

enum class Right : std::uint8_t { join, publish, history, presence, manage };

}  // namespace dialogue
