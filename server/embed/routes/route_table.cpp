// See route_table.hpp. A node is visited at most once in a search, so that it takes as long as the tree is large, whatever the
// path.
#include "server/embed/routes/route_table.hpp"

#include <algorithm>
#include <array>

#include <dialogue/setup_error.hpp>
#include "shared/base/percent.hpp"

namespace dialogue {
namespace {

constexpr std::array<std::string_view, 10> kOwnPaths = {"/api",   "/dialogue",  "/events",    "/health",    "/metrics",
                                                        "/ready", "/_dialogue", "/socket.io", "/engine.io", "/"};
constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE"};

std::string where_of(const Route& route) { return "route(\"" + route.method + "\", \"" + route.path + "\")"; }

[[noreturn]] void refuse(const Route& route, std::string problem, std::string advice) {
  throw SetupError(where_of(route), std::move(problem), std::move(advice));
}

/// Whether `path` is `own` or below it; "/" stands for itself alone.
bool is_below(std::string_view path, std::string_view own) {
  if (path == own) return true;
  return own != "/" && path.starts_with(own) && path[own.size()] == '/';
}

/// Returns the segments of a path, which begins with a slash.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

bool is_parameter_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_literal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
  });
}

/// The name in the braces; empty: it is a literal.
std::string_view parameter_of(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}' ? segment.substr(1, segment.size() - 2)
                                                                               : std::string_view();
}

void check_path(const Route& route) {
  if (std::find(kMethods.begin(), kMethods.end(), route.method) == kMethods.end())
    refuse(route, "the method is unknown", "Use GET, POST, PUT, PATCH or DELETE.");
  if (!route.path.starts_with('/') || route.path.size() > 1024)
    refuse(route, "the path does not begin with a slash, or has more than 1024 bytes", "Write it as \"/shop/orders/{id}\".");
  for (const std::string_view own : kOwnPaths)
    if (is_below(route.path, own))
      refuse(route, "the server itself serves " + std::string(own == "/" ? "the page at " : "") + "\"" + std::string(own) + "\"",
             "Choose a prefix of your own.");
}

}  // namespace

const Route* RouteMatch::of(std::string_view method) const {
  if (method == "HEAD") method = "GET";
  const auto found = std::find_if(routes->begin(), routes->end(), [&](const auto& route) { return route->method == method; });
  return found == routes->end() ? nullptr : found->get();
}

std::string RouteMatch::allowed() const {
  std::string all;
  for (const std::string_view method : kMethods)
    if (of(method) != nullptr) all.append(method).append(method == "GET" ? ", HEAD, " : ", ");
  return all + "OPTIONS";
}

const Route& RouteTable::add(Route route) {
  check_path(route);
  if (count_ == kRoutesMax) refuse(route, "there are " + std::to_string(kRoutesMax) + " routes already", "Join some of them.");
  const auto segments = segments_of(route.path);
  if (segments.size() > kRouteSegmentsMax)
    refuse(route, "the path has more than " + std::to_string(kRouteSegmentsMax) + " segments", "Shorten it.");
  Node* node = &root_;
  for (const std::string_view segment : segments) {
    const std::string_view name = parameter_of(segment);
    if (name.empty() ? !is_literal(segment) : !is_parameter_name(name))
      refuse(route, "\"" + std::string(segment) + "\" is neither a literal segment nor a parameter",
             "Use letters, digits and - . _ ~, or {name}.");
    if (std::find(route.names.begin(), route.names.end(), name) != route.names.end())
      refuse(route, "two parameters have the name \"" + std::string(name) + "\"", "Rename one of them.");
    if (!name.empty()) route.names.emplace_back(name);
    std::unique_ptr<Node>& next = name.empty() ? node->literals[std::string(segment)] : node->parameter;
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  for (const auto& other : node->routes)
    if (other->method == route.method)
      refuse(route, "the route \"" + other->path + "\" fits the same paths", "Keep one of them.");
  ++count_;
  return *node->routes.emplace_back(std::make_unique<Route>(std::move(route)));
}

std::optional<RouteMatch> RouteTable::find(std::string_view path) const {
  const std::vector<std::string_view> encoded = segments_of(path.starts_with('/') ? path : std::string_view());
  if (encoded.empty() || encoded.size() > kRouteSegmentsMax) return std::nullopt;
  std::vector<std::string> segments;
  for (const std::string_view each : encoded) {
    auto decoded = percent_decoded(each);
    if (!decoded || decoded->empty()) return std::nullopt;
    segments.push_back(*std::move(decoded));
  }
  RouteMatch match;
  return search(root_, segments, 0, match) ? std::optional(std::move(match)) : std::nullopt;
}

bool RouteTable::search(const Node& node, const std::vector<std::string>& segments, std::size_t at, RouteMatch& match) {
  if (at == segments.size()) {
    match.routes = &node.routes;
    return !node.routes.empty();
  }
  if (const auto next = node.literals.find(segments[at]); next != node.literals.end())
    if (search(*next->second, segments, at + 1, match)) return true;
  if (!node.parameter) return false;
  match.values.push_back(segments[at]);
  if (search(*node.parameter, segments, at + 1, match)) return true;
  match.values.pop_back();
  return false;
}

void RouteTable::visit_below(const Node& node, const std::function<void(const Route&)>& visit) {
  for (const auto& route : node.routes) visit(*route);
  for (const auto& [name, next] : node.literals) visit_below(*next, visit);
  if (node.parameter) visit_below(*node.parameter, visit);
}

}  // namespace dialogue
