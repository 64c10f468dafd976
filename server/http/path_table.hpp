// Which handler serves a path: the longest row that stands for it, and whose handler takes it. Parts of the server, routes of the
// application and proxied prefixes are rows alike. Filled before the first request; immutable then, safe from any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/endpoints.hpp"
#include "server/loop/accepted_socket.hpp"

namespace dialogue::http {

class PathHandler;

/// On which listeners a path is served: that of clients; that of administrators too; all, also when descriptors are short.
enum class PathReach : std::uint8_t { clients, administrators, operators };

struct PathRow {
  std::string path;       ///< begins with "/"; without a slash at its end, except "/" itself
  bool has_below = true;  ///< also for all below it: "/a" for "/a/b", and not for "/ab"
  PathReach reach = PathReach::clients;
  std::shared_ptr<const PathHandler> handler{};
  Endpoint endpoint = Endpoint::connection;  ///< how its requests are counted, where `is_counted_apart`
  bool is_counted_apart = false;             ///< false: by the table of endpoints
};

class PathTable {
 public:
  /// Of two rows for one path the later one is asked first.
  void add(PathRow row);
  /// Null: nothing of this listener serves the path.
  [[nodiscard]] const PathRow* find(std::string_view path, loop::ListenerKind listener) const;

 private:
  std::vector<PathRow> rows_;  ///< longer paths first
};

}  // namespace dialogue::http
