// Start and stop in their order; between the two everything happens in the loops.
#include "server/host/server.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "server/core/messages/log_message.hpp"
#include "server/core/messages/room_rules.hpp"
#include "server/host/entrances.hpp"
#include "server/host/listener.hpp"
#include "server/http/endpoints.hpp"
#include "server/http/http_context.hpp"
#include "server/http/http_session.hpp"
#include "server/http/response/static_files.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/net/descriptors.hpp"
#include "server/replay/format/recording_head.hpp"
#include "server/transport/http_tunnel/tunnel_entrance.hpp"
#include "server/transport/socketio/socketio_endpoint.hpp"
#include "server/transport/sse/sse_upgrade.hpp"
#include "server/transport/tcp/tcp_context.hpp"
#include "server/transport/websocket/websocket_upgrade.hpp"
#include "server/transport/yjs/yjs_upgrade.hpp"

namespace dialogue::host {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

std::string random_bytes() {
  constexpr std::size_t kBytes = 32;
  std::random_device device;
  std::string bytes(kBytes, '\0');
  std::generate(bytes.begin(), bytes.end(), [&device] { return static_cast<char>(device()); });
  return bytes;
}

/// Unifies the parts of a configuration that have the same meaning, and sets defaults.
ServerConfig completed(ServerConfig config) {
  if (config.shard_count == 0) config.shard_count = std::max(1u, std::thread::hardware_concurrency());
  config.tcp.line_bytes_max = config.websocket.message_bytes_max = config.shard.limits.message_bytes_max;
  config.tcp.hello_timeout_ms = config.shard.limits.hello_timeout_ms;
  config.tcp.opening_timeout_ms = config.http.header_timeout_ms;
  config.http2.header_timeout_ms = config.http.header_timeout_ms;
  config.http2.idle_timeout_ms = config.http.keep_alive_timeout_ms;
  config.http2.stall_timeout_ms = config.http.write_timeout_ms;
  config.http2.linger_timeout_ms = config.http.linger_timeout_ms;
  config.http2.ping_interval_ms = config.shard.limits.ping_interval_ms;
  config.http2.ping_timeout_ms = config.shard.limits.ping_timeout_ms;
  config.tunnel.path = config.path;
  config.tunnel.message_bytes_max = config.shard.limits.message_bytes_max;
  config.tunnel.tunnels_max = config.shard.limits.connections_max;
  config.socketio.engine.sessions_max = config.shard.limits.connections_max;
  if (config.shard.session_secret.empty()) config.shard.session_secret = random_bytes();
  config.shard.has_durable_store = config.store != nullptr;
  if (config.recording) config.recording->salt = random_bytes();
  if (!config.shared_metrics) config.shared_metrics = std::make_shared<metrics::SharedCells>();
  return config;
}

}  // namespace

struct Server::State {
  explicit State(ServerConfig given) : config(completed(std::move(given))), shard_count(config.shard_count) {}
  [[nodiscard]] std::optional<std::string> prepare();
  /// Opens the listeners that are configured.
  [[nodiscard]] std::optional<std::string> listen();
  /// Divides the process's descriptors; called once everything but sockets is open.
  void divide_descriptors();
  /// Makes the outcome of a drain that begins now.
  [[nodiscard]] DrainOutcome drain_outcome() const;
  /// The gauges that belong to no shard.
  void measure(metrics::CellValues& process) const;
  [[nodiscard]] std::shared_ptr<const metrics::MetricNames> metric_names(const CatalogueView& catalogue) const;
  /// Reports an application's callback that threw.
  void call_threw(const char* what) const;

  ServerConfig config;
  std::uint32_t shard_count;
  calls::PendingCalls calls{[this](const char* what) { call_threw(what); }};
  std::unique_ptr<net::AddressLimits> address_limits;
  std::unique_ptr<transport::WebSocketUpgrade> websocket;
  std::unique_ptr<transport::SseUpgrade> sse;
  std::unique_ptr<transport::YjsUpgrade> yjs;
  std::unique_ptr<transport::TunnelEntrance> tunnel;
  std::unique_ptr<transport::SocketioEndpoint> socketio;
  std::unique_ptr<http::HttpContext> http;
  std::unique_ptr<transport::TcpContext> tcp;
  std::unique_ptr<Entrances> entrance;
  std::unique_ptr<loop::LoopContext> context;
  net::DescriptorBudget descriptors;
  std::vector<std::unique_ptr<loop::ShardLoop>> loops;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::thread> threads;
  std::vector<std::thread::id> thread_ids;  ///< written by start() alone
  std::string_view faulty_member = "listen";
  std::uint16_t port = 0, metrics_port = 0, admin_port = 0, tcp_port = 0;
  std::atomic<bool> running{false};
  std::atomic<bool> is_draining{false};  ///< clients are disconnected
  std::uint64_t seed = 0;
  mutable std::mutex ending;  ///< held while the threads end, so that no caller waits for an ended loop
  bool has_ended = false;
  std::atomic<std::uint32_t> next_adopted{0};
};

std::optional<std::string> Server::fault() { return state_->prepare(); }
Server::Server(ServerConfig config) : state_(std::make_unique<State>(std::move(config))) {}
Server::~Server() { stop(); }
std::string_view Server::faulty_member() const { return state_->faulty_member; }
std::optional<std::string> Server::start() {
  State& state = *state_;
  if (auto fault = state.prepare()) return fault;
  const ServerConfig& config = state.config;
  state.seed = config.seed.value_or(random_seed());
  for (std::uint32_t i = 0; i < state.shard_count; ++i)
    state.loops.push_back(std::make_unique<loop::ShardLoop>(*state.context, i, state.shard_count, state.seed));
  for (const auto& loop : state.loops) loop->know(state.loops);
  state.divide_descriptors();
  if (auto fault = state.listen()) return fault;
  for (const auto& loop : state.loops) state.threads.emplace_back([&loop = *loop] { loop.run(); });
  for (const std::thread& thread : state.threads) state.thread_ids.push_back(thread.get_id());
  state.running = true;
  return {};
}

// Checks what can be wrong in the configuration and moves it to where the loops read it.
std::optional<std::string> Server::State::prepare() {
  const auto catalogue = CatalogueView::parse(config.shard.catalogue_bytes);
  if (!catalogue) return "the catalogue is damaged";
  auto read = http::StaticFiles::read(config.static_directory, config.rereads_static_files);
  if (auto* fault = std::get_if<std::string>(&read)) {
    faulty_member = "static_directory";
    return std::move(*fault);
  }
  http::StaticFiles& files = std::get<http::StaticFiles>(read);
  if (!config.client_js.empty()) files.add(std::string(http::kClientScriptPath), std::move(config.client_js));
  for (auto& [name, text] : config.client_modules)
    if (!text.empty()) files.add(std::string(http::kClientModulesPath) + name, std::move(text));
  files.attach_siblings();
  files.alias_indexes();
  config.shard.catalogue = *catalogue;
  address_limits = std::make_unique<net::AddressLimits>(config.address_limits, random_seed());
  websocket = std::make_unique<transport::WebSocketUpgrade>(config.websocket);
  sse = std::make_unique<transport::SseUpgrade>(config.sse, config.shard.catalogue, config.shard.definitions.events);
  tunnel = std::make_unique<transport::TunnelEntrance>(config.tunnel);
  socketio = std::make_unique<transport::SocketioEndpoint>(config.socketio, config.shard.catalogue, shard_count,
                                                           config.socketio_applications);
  const auto warn = [this](std::uint64_t bytes_max) {
    context->log(core::log_message(core::LogLevel::warn, "memory_full",
                                   "memory limit of " + std::to_string(bytes_max >> 20) +
                                       " MiB reached: new connections and HTTP publications are rejected with 503; existing "
                                       "connections stay. See --memory-max"));
  };
  const http::HandshakeFsm::Rules rules{
      config.http, config.trusted_proxies,
      std::max({config.http.body_bytes_max, config.api.body_bytes_max, tunnel->body_bytes_max(),
                config.socketio.engine.payload_bytes_max, static_cast<std::size_t>(config.path_body_bytes_max)})};
  std::vector<const http::TransportUpgrade*> upgrades;
  std::vector<const http::RequestTransport*> request_transports = {tunnel.get()};
  for (const auto& endpoint : socketio->endpoints()) {
    upgrades.push_back(endpoint->upgrade());
    request_transports.push_back(endpoint->entrance());
  }
  yjs = std::make_unique<transport::YjsUpgrade>(config.websocket, config.shard.catalogue, config.shard.definitions);
  upgrades.insert(upgrades.end(), {yjs.get(), websocket.get(), sse.get()});
  http.reset(new http::HttpContext{.config = config,
                                   .handshake_rules = rules,
                                   .router = http::HttpRouter(std::move(files), config.content_security_policy, config.path),
                                   .paths = {},
                                   .api = api::Api(config.api, config.shard.catalogue),
                                   .address_limits = *address_limits,
                                   .upgrades = std::move(upgrades),
                                   .request_transports = std::move(request_transports),
                                   .memory{config.memory_bytes_max, warn}});
  if (config.rereads_static_files) http->router.add_live(http::LiveFiles(config.static_directory));
  http::HttpSession::add_own_paths(http->paths, config);
  for (const http::PathRow& row : config.paths) http->paths.add(row);
  http->allowed_origins.set(config.allowed_origins);
  if (config.store)
    http->store_verdict =
        std::make_shared<http::StoreVerdict>(config.store, config.http.ready_age_ms, config.http.ready_timeout_ms);
  tcp.reset(new transport::TcpContext{.limits = config.tcp,
                                      .address_limits = *address_limits,
                                      .memory = http->memory,
                                      .tls = config.tls,
                                      .trusted_proxies = config.trusted_proxies,
                                      .expects_proxy_header = config.expects_proxy_header});
  entrance = std::make_unique<Entrances>(*http, *tcp);
  context.reset(new loop::LoopContext{.config = config,
                                      .address_limits = *address_limits,
                                      .entrance = *entrance,
                                      .calls = calls,
                                      .metric_names = metric_names(*catalogue),
                                      .measure = [this](metrics::CellValues& process) { measure(process); }});
  return {};
}

std::shared_ptr<const metrics::MetricNames> Server::State::metric_names(const CatalogueView& catalogue) const {
  auto names = std::make_shared<metrics::MetricNames>(core::metric_names(catalogue, config.shard.definitions.rooms));
  names->endpoints = http::endpoint_names();
  names->version = config.api.version;
  return names;
}

void Server::State::measure(metrics::CellValues& process) const {
  using metrics::Metric, metrics::ReadyCheck;
  const auto set = [&process](Metric metric, auto index, std::uint64_t value) {
    process[metrics::cell_of(metric, static_cast<std::size_t>(index))] = value;
  };
  const loop::ShardLoop& first = *loops.front();
  const bool is_leaving = http->is_leaving || is_draining;
  set(Metric::build_info, 0, 1);
  set(Metric::draining, 0, is_leaving ? 1 : 0);
  set(Metric::drain_connections_remaining, 0, is_draining ? first.load_of_all() : 0);
  set(Metric::ready, ReadyCheck::drain, is_leaving ? 0 : 1);
  set(Metric::ready, ReadyCheck::store, first.appends_are_well(config.http.ready_timeout_ms) ? 1 : 0);
  set(Metric::ready, ReadyCheck::application, config.why_not_ready && !config.why_not_ready().empty() ? 0 : 1);
  set(Metric::memory_limit_bytes, 0, http->memory.bytes_max());
  if (config.tls) set(Metric::tls_certificate_not_after_timestamp_seconds, 0, config.tls->expires_unix_s() * metrics::kSecond);
}

void Server::read_metrics(std::function<void(metrics::Reading)> done) const {
  if (!state_->loops.empty() && state_->running) state_->loops.front()->read_all_metrics(std::move(done));
}

std::optional<std::string> Server::State::listen() {
  const auto open = [&](std::string_view member, const ListenAddress& address, loop::ListenerKind kind, std::uint16_t& opened,
                        int descriptor = -1) {
    std::optional<std::string> fault;
    if (address.host.empty()) return fault;
    faulty_member = member;
    listeners.push_back(std::make_unique<Listener>(*loops.front(), loops, kind, descriptors,
                                                   kind == loop::ListenerKind::tls ? config.tls : nullptr));
    if (address.host.starts_with(net::kUnixScheme))
      fault = listeners.back()->open_unix(address.host.substr(net::kUnixScheme.size()));
    else
      fault = descriptor < 0 ? listeners.back()->open(address.host, address.port) : listeners.back()->take(descriptor);
    opened = listeners.back()->port();
    return fault;
  };
  const auto main_kind = config.tls ? loop::ListenerKind::tls : loop::ListenerKind::plain;
  if (auto fault = open("listen", config.listen, main_kind, port, config.listen_descriptor)) return fault;
  if (auto fault = open("metrics_listen", config.metrics_listen, loop::ListenerKind::metrics, metrics_port)) return fault;
  if (auto fault = open("admin_listen", config.admin_listen, loop::ListenerKind::admin, admin_port)) return fault;
  const auto tcp_kind = config.tls ? loop::ListenerKind::tcp_tls : loop::ListenerKind::tcp;
  if (auto fault = open("tcp_listen", config.tcp_listen, tcp_kind, tcp_port)) return fault;
  for (const auto& listener : listeners) listener->start();
  return {};
}

void Server::State::call_threw(const char* what) const {
  JsonText fields;
  fields.text("function", "done");
  if (what != nullptr) fields.text("what", what);
  context->log({core::LogLevel::error, "application_threw", fields.take()});
}

void Server::State::divide_descriptors() {
  ServerConfig& its = config;
  const std::size_t limit = its.descriptors_max > 0 ? its.descriptors_max : net::descriptor_limit();
  const net::DescriptorBudget& budget = descriptors = dialogue::net::divide_descriptors(limit, net::open_descriptor_count());
  its.http2.sockets_max = budget.sockets_max;
  if (budget.sockets_max >= its.shard.limits.connections_max) return;
  context->log(core::log_message(core::LogLevel::warn, "descriptors_few",
                                 "the limit of " + std::to_string(limit) + " open files allows " +
                                     std::to_string(budget.sockets_max) + " sockets, fewer than the " +
                                     std::to_string(its.shard.limits.connections_max) +
                                     " allowed connections: raise it (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= "
                                     "of Docker), or allow fewer connections"));
}

void Server::adjust(const ServerConfig& with) {
  state_->http->allowed_origins.set(with.allowed_origins);
  state_->address_limits->configure(with.address_limits);
  state_->http->memory.set(with.memory_bytes_max);
  for (const auto& loop : state_->loops) loop->allow(with.shard.limits.connections_max, with.shard.limits.connections_per_user);
}

DrainOutcome Server::stop() {
  State& state = *state_;
  if (!state.running) return {};
  state.http->is_leaving = true;
  state.context->wait_to_leave(std::chrono::milliseconds(state.config.drain_delay_ms));
  state.running = false;
  state.is_draining = true;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(state.config.drain_timeout_ms);
  std::promise<void> closed;
  state.loops.front()->post(std::function<void()>([&] {
    for (const auto& listener : state.listeners)
      if (!listener->shows_drain()) listener->stop();
    closed.set_value();
  }));
  closed.get_future().wait();  // every socket that was accepted is with its loop now, before the loop is asked to drain
  DrainOutcome outcome = state.drain_outcome();
  std::vector<std::future<void>> drained;
  const std::uint64_t settle_ms = state.config.drain_timeout_ms / 2;  // the other half is for clients to receive BYE
  for (const auto& loop : state.loops) drained.push_back(loop->drain({outcome.spread_ms, outcome.pause_ms, settle_ms}));
  for (const auto& loop : drained)
    if (loop.wait_until(deadline) == std::future_status::timeout) outcome.cut = connection_count();
  outcome.took_ms = state.loops.front()->now().unix_ms - outcome.begun_ms;
  state.loops.front()->post(std::function<void()>([&state] {
    for (const auto& listener : state.listeners) listener->stop();
  }));
  {
    const std::lock_guard lock(state.ending);
    for (const auto& loop : state.loops) loop->stop();
    for (std::thread& thread : state.threads) thread.join();
    state.has_ended = true;
  }
  state.calls.drop_all();
  return outcome;
}

DrainOutcome Server::State::drain_outcome() const {
  constexpr std::uint64_t kMsPerSecond = 1000;
  DrainOutcome outcome;
  outcome.sockets = loops.front()->load_of_all();
  outcome.pause_ms = config.drain_pause_ms;
  outcome.spread_ms = config.drain_ms;
  if (config.drain_rate > 0) outcome.spread_ms = std::max(outcome.spread_ms, outcome.sockets * kMsPerSecond / config.drain_rate);
  outcome.begun_ms = loops.front()->now().unix_ms;
  return outcome;
}

std::string Server::recording() const {
  const State& state = *state_;
  const std::lock_guard lock(state.ending);
  if (state.threads.empty() || !state.config.recording) return {};
  std::vector<std::promise<std::string>> promises(state.shard_count);
  std::vector<std::string> parts;
  for (std::uint32_t i = 0; i < state.shard_count; ++i) {
    const auto tell = [&promise = promises[i], &loop = *state.loops[i]] { promise.set_value(loop.recording()); };
    if (state.has_ended)
      tell();
    else
      state.loops[i]->post(std::function<void()>(tell));
  }
  for (auto& promise : promises) parts.push_back(promise.get_future().get());
  const ServerConfig& config = state.config;
  return replay::recording_text(
      replay::recording_head(config.shard, state.shard_count, state.seed, config.recording->keeps_payloads), parts);
}

std::uint16_t Server::port() const { return state_->port; }
std::uint16_t Server::metrics_port() const { return state_->metrics_port; }
std::uint16_t Server::admin_port() const { return state_->admin_port; }
std::uint16_t Server::tcp_port() const { return state_->tcp_port; }
std::uint32_t Server::shard_count() const { return state_->shard_count; }
void Server::post(std::uint32_t shard, core::ShardMessage message) { state_->loops[shard]->post(std::move(message)); }

std::size_t Server::connection_count() const {
  std::size_t count = 0;
  for (const auto& loop : state_->loops) count += loop->load();
  return count;
}

bool Server::owns_this_thread() const {
  return std::count(state_->thread_ids.begin(), state_->thread_ids.end(), std::this_thread::get_id()) > 0;
}

void Server::ask(std::uint32_t shard, core::ApplicationCall asked, calls::CallDone done) {
  if (state_->running && state_->config.forward) done = state_->config.forward(asked, std::move(done));
  ask_alone(shard, std::move(asked), std::move(done));
}

void Server::ask_alone(std::uint32_t shard, core::ApplicationCall asked, calls::CallDone done) {
  if (!state_->running) return;
  const loop::ShardLoop& loop = *state_->loops[shard];
  const core::CallId call = state_->calls.add(std::move(done), loop.monotonic_ms());
  if (call != 0) state_->loops[shard]->post(calls::numbered(std::move(asked), call));
}

void Server::adopt(int descriptor, std::string head, std::string rest) {
  net::Descriptor owned(descriptor);
  if (!state_->running) return;
  boost::asio::ip::tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(descriptor, peer.data(), &size) != 0) return;  // it is gone
  peer.resize(size);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  loop::ShardLoop& loop = *state_->loops[state_->next_adopted++ % state_->shard_count];
  loop.admit({.descriptor = std::move(owned), .peer = peer, .received = std::move(head) + rest});
}

}  // namespace dialogue::host
