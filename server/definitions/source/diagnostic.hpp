// One thing that is wrong in a definition file: where, what, and what to do about it.
// A plain value; format_problem is pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::definitions {

inline constexpr std::size_t kDefinitionProblemsMax = 50;  ///< per text; more would not help

/// A place in a text: line and column count from 1, columns in Unicode code points (a tab is one).
struct Place {
  std::uint32_t line = 1, column = 1;
};

struct Diagnostic {
  Place place;
  std::string where;    ///< JSON pointer (RFC 6901) of the value or key, "" for the whole document
  std::string message;  ///< one sentence
  std::string hint;     ///< what to do, one sentence; may be empty
};

/// Collects problems of one text. Counts places itself, so callers deal in byte offsets.
class Diagnostics {
 public:
  explicit Diagnostics(std::string_view text) : text_(text) {}
  void add(std::size_t offset, std::string_view where, std::string message, std::string hint = {});
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  [[nodiscard]] std::size_t size() const { return problems_.size(); }
  /// The problems in the order of the text; the list is empty afterwards.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  std::string_view text_;
  std::vector<Diagnostic> problems_;
};

/// Line and column of a byte offset. Linear in the text.
[[nodiscard]] Place place_of(std::string_view text, std::size_t offset);

/// "app.json:12:9: /events/message/schema/if: `if` is not supported. Remove it."
[[nodiscard]] std::string format_problem(const Diagnostic& problem, std::string_view file_name);

}  // namespace dialogue::definitions
