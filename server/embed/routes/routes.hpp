// The routes of the application as rows of the server's table of paths. Filled before listen(); then requests come on the loops'
// threads. docs/decisions/332-routes-of-the-application.md
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/embed/capability.hpp"
#include "server/embed/routes/route_table.hpp"
#include "server/http/path_handler.hpp"
#include "server/net/address_limits.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue {

/// Serves what the table has.
class RouteServer final : public http::PathHandler {
 public:
  explicit RouteServer(std::vector<std::uint8_t> catalogue_bytes);

  /// Throws SetupError. Before the first request.
  void add(Route route);
  [[nodiscard]] const RouteTable& table() const { return table_; }

  [[nodiscard]] bool takes(std::string_view path) const override { return table_.find(path).has_value(); }
  [[nodiscard]] http::Exchange::Awaitable<void> serve(http::Exchange& exchange) const override;

 private:
  template <typename T>
  using Awaitable = http::Exchange::Awaitable<T>;

  /// A refusal before the body is looked at; status 0: there is none.
  [[nodiscard]] http::HttpResponse refusal(const http::Exchange& exchange, const RouteMatch& match, const Route* route) const;
  /// Takes one of what the route allows its address. 0: it may go on; else after how many ms it may.
  [[nodiscard]] std::uint64_t wait_ms(const http::Exchange& exchange, const Route& route) const;
  [[nodiscard]] Awaitable<void> serve_whole(http::Exchange& exchange, const Route& route, route_detail::RequestData data) const;
  [[nodiscard]] Awaitable<RouteOutcome> ask(http::Exchange& exchange, const Route& route, RouteRequest request) const;
  [[nodiscard]] Awaitable<void> serve_stream(http::Exchange& exchange, const Route& route, const StreamSource& source,
                                             RouteRequest request) const;
  /// The problem of a body that the route's event does not allow; status 0: there is none.
  [[nodiscard]] http::HttpResponse body_problem(const Route& route, std::string& body) const;

  RouteTable table_;
  const std::vector<std::uint8_t> catalogue_bytes_;
  const CatalogueView catalogue_;
  std::map<const Route*, std::uint32_t> events_;                        ///< of bodies, by route
  std::map<const Route*, std::unique_ptr<net::AddressLimits>> limits_;  ///< of routes with one of their own
};

/// The routes of an instance, which serves them if there are any.
class Routes final : public Capability {
 public:
  explicit Routes(std::shared_ptr<RouteServer> server) : server_(std::move(server)) {}
  void configure(host::ServerConfig& server_config) override;
  void start(host::Server&) override {}
  void stop() override {}

 private:
  const std::shared_ptr<RouteServer> server_;
};

}  // namespace dialogue
