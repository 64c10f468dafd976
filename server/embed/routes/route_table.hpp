// Which route answers a path: a tree of segments, in which a literal segment beats a parameter. Pure; filled before the first
// request, then safe from any thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <dialogue/route.hpp>

namespace dialogue {

inline constexpr std::size_t kRoutesMax = 1024, kRouteSegmentsMax = 16;

/// The handler of a route, in one of its three forms.
using RouteHandler = std::variant<std::function<RouteResponse(const RouteRequest&)>, RouteSource, StreamSource>;

struct Route {
  std::string method, path;
  std::vector<std::string> names;  ///< of the parameters in the path, in their order
  RouteHandler handler;
  RouteOptions options;
};

/// The routes of one path, by method.
struct RouteMatch {
  const std::vector<std::unique_ptr<Route>>* routes = nullptr;
  std::vector<std::string> values;  ///< of the parameters in the path, decoded

  /// Returns the route of a method; null if the path has none. HEAD finds that of GET.
  [[nodiscard]] const Route* of(std::string_view method) const;
  /// Returns the methods as a text, such as "GET, HEAD, OPTIONS".
  [[nodiscard]] std::string allowed() const;
};

class RouteTable {
 public:
  /// Adds a route. Throws SetupError if its path is malformed or one of the server's own, the route exists already, or there are
  /// too many. The returned reference stays valid.
  const Route& add(Route route);
  /// Finds the routes of a percent-encoded path; returns no value if no route fits, whatever its method.
  [[nodiscard]] std::optional<RouteMatch> find(std::string_view path) const;
  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  void each(const std::function<void(const Route&)>& visit) const { visit_below(root_, visit); }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::vector<std::unique_ptr<Route>> routes;
  };

  [[nodiscard]] static bool search(const Node& node, const std::vector<std::string>& segments, std::size_t at, RouteMatch& match);
  static void visit_below(const Node& node, const std::function<void(const Route&)>& visit);

  Node root_;
  std::size_t count_ = 0;
};

}  // namespace dialogue
