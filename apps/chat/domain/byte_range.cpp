// See byte_range.hpp.
#include "apps/chat/domain/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace chat {
namespace {

constexpr std::string_view kUnit = "bytes=";

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

}  // namespace

RangeVerdict read_range(std::string_view field, std::uint64_t size) {
  if (!field.starts_with(kUnit)) return {};
  const std::string_view text = field.substr(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = number_in(text.substr(0, dash)), last = number_in(text.substr(dash + 1));
  const bool is_suffix = dash == 0;
  if ((is_suffix && !last) || (!is_suffix && !first) || (dash + 1 < text.size() && !last)) return {};
  if (is_suffix) {
    if (*last == 0 || size == 0) return {.is_satisfiable = false};
    return {.range = ByteRange{size - std::min(*last, size), size - 1}};
  }
  if (last && *last < *first) return {};
  if (*first >= size) return {.is_satisfiable = false};
  return {.range = ByteRange{*first, std::min(last.value_or(size - 1), size - 1)}};
}

}  // namespace chat
