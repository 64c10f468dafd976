// The bounds of one schema node in words: "1 to 2000 characters; matches /^[a-z]+$/". For comments and change lists. Pure.
#pragma once
#include <string>

#include "shared/schema/schema.hpp"

namespace dialogue::definitions {

/// "" when there are none. Bounds of types that the node does not have are left out.
[[nodiscard]] std::string bounds_text(const SchemaNode& node);

/// A number as people write it.
[[nodiscard]] std::string number_text(double value);

}  // namespace dialogue::definitions
