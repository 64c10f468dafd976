// See route_conditions.hpp.
#include "server/embed/routes/route_conditions.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <charconv>
#include <optional>
#include <string_view>

namespace dialogue {
namespace {

using boost::beast::http::field;

constexpr unsigned kWhole = 200, kPartial = 206, kUnchanged = 304, kUnsatisfiable = 416;

std::string_view value_of(const http::RequestHeader& header, field name) {
  const auto value = header[name];
  return {value.data(), value.size()};
}

std::string_view etag_of(const RouteResponse& response) {
  for (const auto& [name, value] : response.fields)
    if (boost::beast::iequals(name, "ETag")) return value;
  return {};
}

/// Weak comparison with a list of tags, or "*".
bool has_tag(std::string_view list, std::string_view tag) {
  const auto strong = [](std::string_view text) { return text.starts_with("W/") ? text.substr(2) : text; };
  while (!list.empty()) {
    std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    entry.remove_prefix(std::min(entry.find_first_not_of(" \t"), entry.size()));
    entry = entry.substr(0, entry.find_last_not_of(" \t") + 1);
    if (entry == "*" || strong(entry) == strong(tag)) return true;
  }
  return false;
}

struct ByteRange {
  std::size_t first = 0, size = 0;  ///< size 0: the body has nothing of it
};

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Reads the field Range; returns no value if it is to be ignored, like a malformed one or one with several ranges.
std::optional<ByteRange> range_of(std::string_view text, std::size_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number_of(text.substr(0, dash)), last = number_of(text.substr(dash + 1));
  if (dash == 0) {  // the last bytes
    if (!last) return std::nullopt;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(*last, size));
    return ByteRange{size - count, count};
  }
  const bool is_open = dash + 1 == text.size();
  if (!first || (!last && !is_open) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return ByteRange{};
  const auto end = is_open ? size : static_cast<std::size_t>(std::min<std::uint64_t>(*last, size - 1)) + 1;
  return ByteRange{static_cast<std::size_t>(*first), end - static_cast<std::size_t>(*first)};
}

}  // namespace

void apply_conditions(const http::RequestHeader& header, RouteResponse& response) {
  const auto method = header.method();
  if (response.status != kWhole || (method != boost::beast::http::verb::get && method != boost::beast::http::verb::head)) return;
  const std::string_view tag = etag_of(response);
  if (!tag.empty() && header.count(field::if_none_match) == 1 && has_tag(value_of(header, field::if_none_match), tag)) {
    response.status = kUnchanged;
    response.body.clear();
    return;
  }
  if (header.count(field::range) != 1) return;
  // A range of another version than the client has would be mixed with its bytes.
  if (const auto known = value_of(header, field::if_range); !known.empty() && (known != tag || tag.starts_with("W/"))) return;
  const auto range = range_of(value_of(header, field::range), response.body.size());
  if (!range) return;
  const std::string all = std::to_string(response.body.size());
  if (range->size == 0) {
    response = RouteResponse::problem(kUnsatisfiable, "The body has no such range.");
    response.fields.emplace_back("Content-Range", "bytes */" + all);
    return;
  }
  response.status = kPartial;
  response.fields.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + '-' +
                                                    std::to_string(range->first + range->size - 1) + '/' + all);
  response.body = response.body.substr(range->first, range->size);
}

}  // namespace dialogue
