// Whether bytes are UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut.
// Pure; safe from any thread.
#pragma once
#include <string_view>

namespace dialogue {

[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace dialogue
