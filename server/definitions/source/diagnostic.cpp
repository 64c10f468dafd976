#include "server/definitions/source/diagnostic.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dialogue::definitions {

void Diagnostics::add(std::size_t offset, std::string_view where, std::string message, std::string hint) {
  if (problems_.size() < kDefinitionProblemsMax)
    problems_.push_back({place_of(text_, offset), std::string(where), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::take() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  return std::exchange(problems_, {});
}

Place place_of(std::string_view text, std::size_t offset) {
  Place place;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // continuation bytes are part of the code point before them
      ++place.column;
    }
  }
  return place;
}

std::string format_problem(const Diagnostic& problem, std::string_view file_name) {
  std::string line(file_name);
  line += ':' + std::to_string(problem.place.line) + ':' + std::to_string(problem.place.column) + ": ";
  if (!problem.where.empty()) line += problem.where + ": ";
  line += problem.message;
  if (problem.hint.empty()) return line;
  if (!line.ends_with('.') && !line.ends_with('?') && !line.ends_with('!')) line += '.';
  line += ' ' + problem.hint;
  return line;
}

}  // namespace dialogue::definitions
