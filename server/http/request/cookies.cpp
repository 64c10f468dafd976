// See cookies.hpp.
#include "server/http/request/cookies.hpp"

#include <algorithm>
#include <boost/beast/http/field.hpp>

namespace dialogue::http {
namespace {

namespace beast_http = boost::beast::http;

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_cookie_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\'; });
}

std::vector<std::pair<std::string, std::string>> cookie_pairs(std::string_view field) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!field.empty()) {
    const std::string_view pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(field.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(pair.substr(0, equals));
    std::string_view value = trimmed(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (is_token(name) && is_cookie_value(value)) pairs.emplace_back(name, value);
  }
  return pairs;
}

// Fetch Metadata: browsers that have it send it with every request, others send none.
bool may_use_cookies(const RequestHeader& header) {
  if (!origin_of(header).empty()) return true;  // it was checked
  const auto site = header.find("Sec-Fetch-Site");
  return site == header.end() || site->value() == "same-origin" || site->value() == "none";
}

std::string cookie_of(const RequestHeader& header, std::string_view name) {
  if (!may_use_cookies(header)) return {};
  const auto field = single_field(header, beast_http::field::cookie);
  if (!field) return {};
  for (auto& [each, value] : cookie_pairs(*field))
    if (each == name) return std::move(value);
  return {};
}

}  // namespace dialogue::http
