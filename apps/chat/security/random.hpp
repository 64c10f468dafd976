// Random ids, and the texts that keys and tokens are written in. Safe from any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

/// Random bytes. Throws std::runtime_error where the system has none.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// A random UUID, version 4, in lower case.
[[nodiscard]] std::string random_uuid();

/// Whether the text is a UUID in lower case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// base64url without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);

}  // namespace chat
