// The binary form of a message of dialogue.v1, for connections that requested it: the same text, in which strings of base64 are
// bytes. docs/protocol.md, "Binary messages", is the format. The text of a message does not depend on definitions, so logs,
// limits and validation are unaffected. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue::transport {

/// A string of base64 travels raw from this length on, in characters: shorter ones save nothing.
inline constexpr std::size_t kRawBase64CharsMin = 64;

/// Returns the binary message that stands for `text`. Returns nothing if `text` has no string that is long enough and canonical
/// base64, or contains NUL or SOH, which frames never do.
[[nodiscard]] std::optional<std::string> to_binary_message(std::string_view text);

/// Replaces `text` by the text that a binary message stands for. Fails with frame_malformed, or with frame_too_large if that has
/// more than `text_bytes_max` bytes; then the content of `text` is undefined.
[[nodiscard]] ErrorCode from_binary_message(std::string_view message, std::size_t text_bytes_max, std::string& text);

}  // namespace dialogue::transport
