// A catalogue as a C header, to be compiled into a client.
// Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace dialogue::app {

/// Defines `dialogue_catalogue_bytes` (an array) and `dialogue_catalogue_size`. The same bytes give the same text.
[[nodiscard]] std::string catalogue_header(std::span<const std::uint8_t> catalogue);

}  // namespace dialogue::app
