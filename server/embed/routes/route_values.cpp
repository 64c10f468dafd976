// See route_values.hpp.
#include "server/embed/routes/route_values.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/rfc7230.hpp>

#include "server/http/request/cookies.hpp"
#include "server/net/address_range.hpp"
#include "shared/base/lower_case.hpp"
#include "shared/base/percent.hpp"

namespace dialogue {
namespace {

constexpr std::array<std::string_view, 7> kServersFields = {"content-length", "transfer-encoding", "connection", "date",
                                                            "upgrade",        "keep-alive",        "trailer"};

/// RFC 9110 section 5.5, without obs-text.
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

std::string cookie_text(const RouteCookie& cookie) {
  std::string text = cookie.name + '=' + cookie.value + "; Path=" + cookie.path + "; SameSite=" + cookie.same_site;
  if (cookie.max_age_s) text += "; Max-Age=" + std::to_string(*cookie.max_age_s);
  if (cookie.is_http_only) text += "; HttpOnly";
  if (cookie.is_secure) text += "; Secure";
  return text;
}

std::optional<std::string> form_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

/// Whether a value is of the kind and within its bounds.
bool fits(const RouteParameter& parameter, const std::string& value) {
  using Kind = RouteParameter::Kind;
  const auto is_within = [&](double number) { return number >= parameter.min && number <= parameter.max; };
  switch (parameter.kind) {
    case Kind::text:
      return is_within(static_cast<double>(value.size()));
    case Kind::flag:
      return route_detail::read<bool>(value).has_value();
    case Kind::integer: {
      const auto number = route_detail::read<std::int64_t>(value);
      if (number) return is_within(static_cast<double>(*number));
      const auto large = route_detail::read<std::uint64_t>(value);
      return large && is_within(static_cast<double>(*large));
    }
    case Kind::number: {
      const auto number = route_detail::read<double>(value);
      return number && is_within(*number);
    }
  }
  return false;
}

}  // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = form_decoded(pair.substr(0, equals)), value = form_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

std::optional<route_detail::RequestData> request_data(const http::Exchange& exchange, const Route& route,
                                                      const std::vector<std::string>& values) {
  route_detail::RequestData data;
  auto query = query_pairs(exchange.request().query);
  if (!query) return std::nullopt;
  data.query = *std::move(query);
  data.method = route.method;
  data.path = exchange.request().path;
  data.query_text = exchange.request().query;
  data.route = route.path;
  for (std::size_t i = 0; i < route.names.size(); ++i) data.parameters.emplace(route.names[i], values[i]);
  for (const auto& field : exchange.header()) {
    data.fields.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                             std::string(field.value().data(), field.value().size()));
    if (data.fields.back().first != "cookie") continue;
    for (auto& pair : http::cookie_pairs(data.fields.back().second)) data.cookies.push_back(std::move(pair));
  }
  data.address = net::address_text(exchange.client());
  data.is_secure = exchange.scheme() == "https";
  return data;
}

std::optional<ParameterFault> parameter_fault(const Route& route, const route_detail::RequestData& data) {
  constexpr unsigned kNotFound = 404, kInvalid = 422;
  for (const RouteParameter& parameter : route.options.parameters) {
    if (const auto in_path = data.parameters.find(parameter.name); in_path != data.parameters.end()) {
      if (!fits(parameter, in_path->second)) return ParameterFault{kNotFound, "Unknown path."};
      continue;
    }
    bool is_there = false;
    for (const auto& [name, value] : data.query)
      if (name == parameter.name) {
        if (std::exchange(is_there, true))
          return ParameterFault{kInvalid, "The query parameter \"" + parameter.name + "\" is given more than once."};
        if (!fits(parameter, value))
          return ParameterFault{kInvalid, "The query parameter \"" + parameter.name + "\" is invalid."};
      }
    if (parameter.is_required && !is_there)
      return ParameterFault{kInvalid, "The query parameter \"" + parameter.name + "\" is missing."};
  }
  return std::nullopt;
}

std::string response_fault(const RouteResponse& response) {
  constexpr unsigned kStatusMin = 200, kStatusMax = 599;
  if (response.status < kStatusMin || response.status > kStatusMax)
    return "the status " + std::to_string(response.status) + " is not one of 200 to 599";
  for (const auto& [name, value] : response.fields) {
    if (!http::is_token(name) || !is_field_value(value))
      return "the header field \"" + name + "\" has characters that are not allowed";
    const std::string lower = lower_case(name);
    if (std::find(kServersFields.begin(), kServersFields.end(), lower) != kServersFields.end())
      return "the header field \"" + name + "\" is set by the server";
  }
  for (const RouteCookie& cookie : response.cookies) {
    const bool is_named = http::is_token(cookie.name) && http::is_cookie_value(cookie.value);
    const bool has_path =
        cookie.path.starts_with('/') && is_field_value(cookie.path) && cookie.path.find(';') == std::string::npos;
    if (!is_named || !has_path) return "the cookie \"" + cookie.name + "\" has characters that are not allowed";
    if (cookie.same_site != "Strict" && cookie.same_site != "Lax" && (cookie.same_site != "None" || !cookie.is_secure))
      return "the cookie \"" + cookie.name + "\" has a SameSite that is none of Strict, Lax and, if it is secure, None";
  }
  return {};
}

http::HttpResponse http_response(RouteResponse& response, bool has_body) {
  constexpr unsigned kNoContent = 204, kNotModified = 304;
  http::HttpResponse made{.status = response.status};
  for (const RouteCookie& cookie : response.cookies) response.fields.emplace_back("Set-Cookie", cookie_text(cookie));
  response.cookies.clear();
  for (const auto& [name, value] : response.fields) made.fields.emplace_back(name, value);
  if (has_body && response.status != kNoContent && response.status != kNotModified)
    made.body = std::make_shared<const std::string>(std::move(response.body));
  return made;
}

RouteResponse RouteResponse::problem(unsigned status, std::string_view detail) {
  const http::HttpResponse made = http::problem(status, detail);
  RouteResponse response{status, {}, *made.body};
  for (const auto& [name, value] : made.fields) response.fields.emplace_back(name, value);
  return response;
}

}  // namespace dialogue
