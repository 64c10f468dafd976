// The formats that assert, each one walk over a string's code points. Grammars and their sources: docs/reference/schema.md.
// Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string_view>

#include "shared/json/json_scanner.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue {

/// The name that stands in a definition: "date-time".
[[nodiscard]] std::string_view format_name(Format format);

/// Whether the scanned string has the format. Work is linear in the string. `length` is then that of the string in code points,
/// or of Format::bytes how many bytes the base64 stands for.
[[nodiscard]] bool matches_format(Format format, const JsonString& string, std::uint32_t& length);

}  // namespace dialogue
