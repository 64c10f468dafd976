// One thing that is wrong in a definition file: where, what, and what to do about it.
// A plain value; format_problem is pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue {

/// A place in a text: line and column count from 1, columns in Unicode code points (a tab is one).
struct Place {
  std::uint32_t line = 1, column = 1;
};

struct Problem {
  Place place;
  std::string where;    ///< JSON pointer (RFC 6901) of the value or key, "" for the whole document
  std::string message;  ///< one sentence
  std::string hint;     ///< what to do, one sentence; may be empty
};

/// "app.json:12:9: /events/message/schema/if: `if` is not supported. Remove it."
[[nodiscard]] std::string format_problem(const Problem& problem, std::string_view file_name);

}  // namespace dialogue
