// Definitions -> a TypeScript module: payload types, Events, Rooms, and the catalogue that the client carries.
// The same definitions give the same text. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

/// `catalogue_bytes` are those of make_catalogue(definitions). `source` names the definition file in the head comment; it may be
/// empty. Rooms is keyed by id or pattern text, because overlapping index signatures do not compile (docs/guides/definitions.md).
[[nodiscard]] std::string typescript_module(const Definitions& definitions, std::span<const std::uint8_t> catalogue_bytes,
                                            std::string_view source = {});

}  // namespace dialogue::definitions
