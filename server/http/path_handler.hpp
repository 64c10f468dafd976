// What serves the requests below a path. The HTTP side knows parts of the server and of the application by this alone: see
// path_table.hpp. Functions are safe on any loop's thread.
#pragma once
#include <string_view>

#include "server/http/exchange.hpp"

namespace dialogue::http {

class PathHandler {
 public:
  PathHandler() = default;
  PathHandler(const PathHandler&) = delete;
  PathHandler& operator=(const PathHandler&) = delete;
  virtual ~PathHandler() = default;

  /// Whether it serves this path, percent-encoded, below its own. If not, the path belongs to a shorter row.
  [[nodiscard]] virtual bool takes(std::string_view) const { return true; }
  /// Responds, once. A request that it leaves without a response ends the connection.
  [[nodiscard]] virtual Exchange::Awaitable<void> serve(Exchange& exchange) const = 0;
};

}  // namespace dialogue::http
