// The shared state of questions and notices on the hooks' thread: settings, the loop, the numbers of requests, the log.
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/http_client/http_connection.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/trace/tracer.hpp"
#include "server/webhooks/hook_log.hpp"
#include "server/webhooks/hook_request.hpp"
#include "server/webhooks/webhook_settings.hpp"

namespace dialogue::webhooks {

inline constexpr std::size_t kHookAnswerBytesMax = 1 << 20;

struct HookContext {
  HookContext(WebhookSettings with, std::function<void(const core::LogLine&)> to,
              std::shared_ptr<metrics::SharedCells> cells = {}, std::shared_ptr<const trace::Tracer> by = {})
      : settings(std::move(with)),
        url(*http_client::parse_http_url(settings.url)),
        secret(settings.secret),
        log(std::move(to)),
        metrics(std::move(cells)),
        tracer(std::move(by)) {}

  [[nodiscard]] static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
  [[nodiscard]] static std::uint64_t now_ms() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count());
  }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return std::chrono::milliseconds(settings.timeout_ms); }
  [[nodiscard]] std::unique_ptr<http_client::HttpConnection> make_connection() {
    return std::make_unique<http_client::HttpConnection>(io.get_executor(), url, kHookAnswerBytesMax);
  }

  boost::asio::io_context io{1};
  const WebhookSettings settings;
  const http_client::HttpUrl url;
  std::string secret;  ///< what signs; may change
  HookRequestIds request_ids;
  HookLog log;
  const std::shared_ptr<metrics::SharedCells> metrics;  ///< may be null
  const std::shared_ptr<const trace::Tracer> tracer;    ///< null: nothing is traced
};

}  // namespace dialogue::webhooks
