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

/// The binary message that stands for `text`; nothing when it has no string that is long enough and canonical base64, or holds
/// NUL or SOH, which no frame does.
[[nodiscard]] std::optional<std::string> to_binary_message(std::string_view text);

/// Writes the text that a binary message stands for into `text`, which is emptied first. Fails with frame_malformed, or with
/// frame_too_large when it would have more than `text_bytes_max` bytes; then `text` is of no use.
[[nodiscard]] ErrorCode from_binary_message(std::string_view message, std::size_t text_bytes_max, std::string& text);

}  // namespace dialogue::transport
