// SHA-256, for what is kept as its hash only. Pure.
#pragma once
#include <string>
#include <string_view>

namespace chat {

/// The hash of a text, in base64url.
[[nodiscard]] std::string sha256(std::string_view text);

}  // namespace chat
