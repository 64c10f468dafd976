// Base64url (RFC 4648 section 5) without padding: how tokens and JSON Web Keys write bytes.
// Pure; safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::auth {

[[nodiscard]] std::string encode_base64url(std::string_view bytes);

/// Decodes a text; returns no value if it is not one that encode_base64url() returns for some bytes.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace dialogue::auth
