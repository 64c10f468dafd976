// As forms are written: "+" is a blank, and %XX a byte.
#include "server/api/api_query.hpp"

#include <algorithm>
#include <charconv>

#include "server/core/util/plain_text.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/base/percent.hpp"

namespace dialogue::api {
namespace {

using Kind = ApiParameter::Kind;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<std::string> form_decoded(std::string_view text) {
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  auto decoded = percent_decoded(blanks);
  return decoded && core::is_plain_text(*decoded) ? decoded : std::nullopt;
}

/// What is wrong with one value, as words; empty: nothing.
std::string complaint(const ApiParameter& parameter, std::string_view value) {
  const std::string bounds = std::to_string(parameter.least) + " to " + std::to_string(parameter.most);
  if (parameter.kind == Kind::integer) {
    const auto number = number_of(value);
    return number && *number >= parameter.least && *number <= parameter.most ? "" : "is not a whole number from " + bounds;
  }
  if (parameter.kind == Kind::flag) return value == "true" || value == "false" ? "" : "is neither true nor false";
  const std::uint64_t most = parameter.kind == Kind::texts ? kNameBytesMax : parameter.most;
  return !value.empty() && value.size() <= most ? "" : "is not a text of 1 to " + std::to_string(most) + " bytes";
}

}  // namespace

std::variant<ApiQuery, core::Error> ApiQuery::parse(std::string_view query, std::span<const ApiParameter> parameters) {
  const auto refused = [](std::string words) { return core::Error{ErrorCode::request_invalid, std::move(words), {}}; };
  ApiQuery parsed;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::string_view name = pair.substr(0, pair.find('='));
    const auto known = std::find_if(parameters.begin(), parameters.end(), [&](const auto& each) { return each.name == name; });
    if (known == parameters.end()) return refused("the query has an unknown parameter");
    const auto value = form_decoded(pair.substr(std::min(pair.size(), name.size() + 1)));
    const std::string wrong = value ? complaint(*known, *value) : "is not text";
    if (!wrong.empty()) return refused(std::string(name) + " " + wrong);
    auto& values = parsed.values_[std::string(name)];
    if (values.size() >= (known->kind == Kind::texts ? known->most : 1))
      return refused(std::string(name) + " is repeated too often");
    values.push_back(*value);
  }
  return parsed;
}

const std::vector<std::string>& ApiQuery::texts(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

std::string ApiQuery::text(std::string_view name) const { return texts(name).empty() ? std::string() : texts(name).front(); }

bool ApiQuery::flag(std::string_view name) const { return text(name) == "true"; }

std::optional<std::uint64_t> ApiQuery::integer(std::string_view name) const { return number_of(text(name)); }

std::string query_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_name_byte(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]});
  }
  return encoded;
}

}  // namespace dialogue::api
