// Masks private data in recordings so that its form stays: keys, lengths, numbers of elements. Pure functions.
#pragma once
#include <string>
#include <string_view>

namespace dialogue::replay {

/// JSON with every letter of a string an x and every digit a 1, keys left as they are. Works on any text.
[[nodiscard]] std::string masked(std::string_view json);

/// A transport message of a client: HELLO and JOIN without their tokens, x for invalid frames, and with `masks_payloads`
/// PUBLISH with its payload masked. The same length, the same number of frames.
[[nodiscard]] std::string masked_message(std::string_view message, bool masks_payloads);

}  // namespace dialogue::replay
