// Requests below a prefix go to a backend, so that both have one origin and one certificate. Bodies pass in parts, both ways; the
// backend's connections are kept by each loop. docs/decisions/336-a-backend-behind-the-server.md
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/http/path_handler.hpp"
#include "server/http_client/http_connection.hpp"
#include "server/proxy/forwarded_head.hpp"
#include "server/proxy/proxy_target.hpp"

namespace dialogue::proxy {

struct ProxyLimits {
  std::size_t requests_max = 1024;                        ///< under way to one backend, of all loops; over it 503
  std::size_t idle_max = 32;                              ///< connections that a loop keeps
  std::uint64_t body_bytes_max = std::uint64_t{1} << 30;  ///< of a request; over it 413
  std::uint64_t connect_timeout_ms = 5'000;               ///< over it 504
  std::uint64_t response_timeout_ms = 60'000;             ///< for the response to begin, over it 504; and for each part of it
};

class ProxyHandler final : public http::PathHandler {
 public:
  explicit ProxyHandler(ProxyTarget target, ProxyLimits limits = {});

  [[nodiscard]] http::Exchange::Awaitable<void> serve(http::Exchange& exchange) const override;

 private:
  template <typename T>
  using Awaitable = http::Exchange::Awaitable<T>;
  using Connection = std::shared_ptr<http_client::HttpConnection>;
  /// Why the client gets no response from the backend.
  struct Failure {
    unsigned status = 0;  ///< 0: the client gets one, or has closed the connection
    std::string why{};
  };
  class Place;

  [[nodiscard]] Awaitable<Failure> forward(http::Exchange& exchange) const;
  /// Opens `connection` and sends the head.
  [[nodiscard]] Awaitable<Failure> send_head(http::Exchange& exchange, Connection& connection, const std::string& head) const;
  [[nodiscard]] Awaitable<Failure> send_body(http::Exchange& exchange, const Connection& connection) const;
  [[nodiscard]] Awaitable<Failure> pass_response(http::Exchange& exchange, const Connection& connection) const;
  void log_failure(const http::Exchange& exchange, const Failure& failure) const;

  const ProxyTarget target_;
  const ProxyLimits limits_;
  mutable std::atomic<std::size_t> requests_{0};  ///< under way, of all loops
};

}  // namespace dialogue::proxy
