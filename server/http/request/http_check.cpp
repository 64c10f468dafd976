// Each rule names the request that it is there for; the table of cases is tests/server/http/request/http_check_test.cpp.
#include "server/http/request/http_check.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <iterator>
#include <utility>

#include "server/api/bearer_token.hpp"
#include "server/http/request/origin.hpp"
#include "shared/base/percent.hpp"

namespace dialogue::http {
namespace {

namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

constexpr std::size_t kContentLengthDigitsMax = 18;  // fits 64 bits whatever the digits

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// Framing: a body has one unmistakable end, or the request is refused. Beast reads `xchunked` as "no body": request smuggling.
std::optional<RequestError> check_framing(const RequestHeader& header) {
  const std::size_t encodings = header.count(beast_http::field::transfer_encoding),
                    lengths = header.count(beast_http::field::content_length);
  if (encodings > 0) {
    if (header.version() != 11) return RequestError{400, "Transfer-Encoding needs HTTP/1.1."};
    if (lengths > 0) return RequestError{400, "Transfer-Encoding and Content-Length exclude each other."};
    if (encodings > 1 || !beast::iequals(header[beast_http::field::transfer_encoding], "chunked"))
      return RequestError{400, "Transfer-Encoding may only be chunked."};
  }
  if (lengths > 1) return RequestError{400, "Content-Length occurs more than once."};
  if (lengths == 1) {
    const std::string_view digits = view(header[beast_http::field::content_length]);
    const bool numeric = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits.empty() || digits.size() > kContentLengthDigitsMax || !numeric)
      return RequestError{400, "Content-Length is not a number."};
  }
  return {};
}

std::optional<RequestError> check_host(const RequestHeader& header) {
  const auto host = single_field(header, beast_http::field::host);
  if (host && parse_authority(*host)) return {};
  if (host) return RequestError{400, "The Host field is not a host."};
  if (header.version() == 10 && header.count(beast_http::field::host) == 0) return {};
  return RequestError{400, "A request has exactly one Host field."};
}

/// Cuts "http://host" off a target in absolute form, which a server must accept (RFC 9112 section 3.2.2).
/// False: it names another host than the Host field does.
bool strip_absolute_form(std::string_view& target, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!beast::iequals(beast::string_view(target.data(), std::min(target.size(), scheme.size())),
                        beast::string_view(scheme.data(), scheme.size())))
      continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    target = rest.substr(authority.size());
    if (target.empty()) target = "/";
    return !authority.empty() && authority == host;
  }
  return true;
}

bool is_target_byte(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

}  // namespace

std::optional<std::string_view> single_field(const RequestHeader& header, beast_http::field name) {
  const auto [first, last] = header.equal_range(name);
  if (first == last || std::next(first) != last) return {};
  return view(first->value());
}

std::variant<CheckedRequest, RequestError> check_request(const RequestHeader& header) {
  if (const auto fault = check_framing(header)) return *fault;
  if (const auto fault = check_host(header)) return *fault;
  CheckedRequest request;
  request.host = view(header[beast_http::field::host]);
  std::string_view target = view(header.target());
  if (!std::all_of(target.begin(), target.end(), is_target_byte))
    return RequestError{400, "The request target contains a forbidden character."};
  if (!strip_absolute_form(target, request.host)) return RequestError{400, "The request target names another host."};
  const bool asterisk = target == "*" && header.method() == beast_http::verb::options;
  if (!asterisk && !target.starts_with('/')) return RequestError{400, "The request target does not begin with a slash."};
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  if (api::is_api_path(request.path))
    request.match = api::match_route(view(header.method_string()), request.path.substr(api::kApiPath.size()));
  return request;
}

std::string_view origin_of(const RequestHeader& header) {
  const auto value = header[beast_http::field::origin];
  return {value.data(), value.size()};
}

std::string_view authorization_of(const RequestHeader& header) {
  const auto value = header[beast_http::field::authorization];
  return {value.data(), value.size()};
}

api::PageOrigin check_origin(const RequestHeader& header, std::string_view scheme, std::span<const std::string> allowed) {
  if (header.count(beast_http::field::origin) == 0) return api::PageOrigin::absent;
  const auto origin = single_field(header, beast_http::field::origin);
  if (!origin) return api::PageOrigin::foreign;
  if (is_same_origin(*origin, scheme, view(header[beast_http::field::host]))) return api::PageOrigin::own;
  return is_listed_origin(*origin, allowed) ? api::PageOrigin::listed : api::PageOrigin::foreign;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool is_forwarded(const RequestHeader& header) {
  constexpr const char* kProxyFields[] = {"Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP", "X-Client-IP", "True-Client-IP"};
  constexpr std::string_view kPrefix = "X-Forwarded-", kFirsts = "fxvct";
  return std::any_of(header.begin(), header.end(), [&](const auto& field) {
    const beast::string_view name = field.name_string();
    if (kFirsts.find(static_cast<char>(name.front() | 0x20)) == std::string_view::npos) return false;  // as most of them
    const auto is_name = [&name](const char* proxy) { return beast::iequals(name, proxy); };
    return std::any_of(std::begin(kProxyFields), std::end(kProxyFields), is_name) ||
           beast::iequals(name.substr(0, std::min(name.size(), kPrefix.size())),
                          beast::string_view(kPrefix.data(), kPrefix.size()));
  });
}

std::string query_token(std::string_view query) {
  constexpr std::string_view kName = "token=";
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (pair.starts_with(kName)) return percent_decoded(pair.substr(kName.size())).value_or(std::string());
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return {};
}

std::string bearer_token(const RequestHeader& header) {
  return api::bearer_token(single_field(header, beast_http::field::authorization).value_or(std::string_view()));
}

}  // namespace dialogue::http
