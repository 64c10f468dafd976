// Makes untrusted text safe for a terminal. Characters that could control one are replaced: C0 and C1 controls, DEL, and the
// characters that change the direction of text or end a line (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069).
// Invisible characters, which make two ids look alike, are also replaced: U+00AD, U+200B, U+2060 to U+2064, U+FEFF, and tags
// (U+E0000 to U+E007F). The joiners U+200C and U+200D stay: words and emoji are written with them. Pure functions.
#pragma once
#include <string>
#include <string_view>

namespace dialogue {

/// With "?" for each of them.
[[nodiscard]] std::string printable(std::string_view text);
/// JSON of the same value: each of them is escaped, as \u009b. White space between tokens stays.
[[nodiscard]] std::string printable_json(std::string_view json);

}  // namespace dialogue
