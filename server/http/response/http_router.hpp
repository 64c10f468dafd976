// The paths served over plain HTTP: /health, /ready, and files. A pure function of the request, but for files that are read for
// each one; immutable, safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/request/http_check.hpp"
#include "server/http/response/http_response.hpp"
#include "server/http/response/live_files.hpp"
#include "server/http/response/static_files.hpp"

namespace dialogue::http {

/// Where the browser client is served, two of the files.
inline constexpr std::string_view kClientScriptPath = "/_dialogue/client.js";
inline constexpr std::string_view kClientModulesPath = "/_dialogue/";  ///< and a name: what client.js loads from there

/// The process answers.
inline constexpr std::string_view kHealthPath = "/health";

/// Whether the server takes work. The router answers for the server; whether its store does is asked by the session.
inline constexpr std::string_view kReadyPath = "/ready";

/// Metrics in the text format of Prometheus: for callers whose key has `read`, and on a separate listener.
inline constexpr std::string_view kMetricsPath = "/metrics";

class HttpRouter {
 public:
  /// `content_security_policy` goes with .html files; empty: none. `websocket_path` answers plain requests with 426.
  HttpRouter(StaticFiles files, std::string content_security_policy, std::string websocket_path)
      : files_(std::move(files)), policy_(std::move(content_security_policy)), websocket_path_(std::move(websocket_path)) {}

  /// Where the table has no file: these, as they are when they are asked for. Before the first request.
  void add_live(LiveFiles files) { live_ = std::move(files); }

  /// `draining`: /ready says that no new work should be sent here.
  [[nodiscard]] HttpResponse answer(const RequestHeader& header, const CheckedRequest& request, bool draining) const;

 private:
  [[nodiscard]] HttpResponse find(const RequestHeader& header, const CheckedRequest& request, bool draining) const;
  /// `target` is the path as it was sent, `path` the same decoded.
  [[nodiscard]] HttpResponse find_file(const RequestHeader& header, std::string_view target, std::string_view path) const;
  [[nodiscard]] HttpResponse file_answer(const RequestHeader& header, const StaticFile& file) const;

  StaticFiles files_;
  std::optional<LiveFiles> live_;
  std::string policy_, websocket_path_;
};

}  // namespace dialogue::http
