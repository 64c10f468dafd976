#include "server/definitions/source/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace dialogue::definitions {
namespace {

constexpr std::size_t kNameBytesComparedMax = 64;  // longer names are not typing errors of ours

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// Levenshtein distance, letters of either case alike. One row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view given, std::span<const std::string_view> known) {
  if (given.size() > kNameBytesComparedMax) return {};
  std::string_view best;
  std::size_t best_distance = 3;  // two swapped letters are two edits
  for (const std::string_view name : known) {
    const std::size_t distance = edit_distance(given, name);
    if (distance < best_distance && distance < name.size()) best = name, best_distance = distance;
  }
  return best.empty() ? std::string{} : "Did you mean `" + std::string(best) + "`?";
}

}  // namespace dialogue::definitions
