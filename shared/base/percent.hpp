// Percent-encoding of URLs, decoded once (RFC 3986 section 2.1). Pure; safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dialogue {

/// Decodes percent-encoding; returns no value if a "%" is not followed by two hexadecimal digits. "+" stays "+".
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

/// Leaves what RFC 3986 section 2.3 calls unreserved; the result is a token of HTTP, too.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace dialogue
