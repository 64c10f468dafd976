// Start and stop in their order; between the two everything happens in the loops.
#include "server/net/server.hpp"

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
#include "server/net/listener.hpp"
#include "server/net/origin.hpp"
#include "server/net/server_context.hpp"
#include "server/net/shard_loop.hpp"
#include "server/net/static_files.hpp"
#include "server/replay/recording_head.hpp"

namespace dialogue {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

std::string random_bytes() {
  constexpr int kWords = 4;  // 256 bits
  std::string bytes;
  for (int i = 0; i < kWords; ++i) {
    const std::uint64_t word = random_seed();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes;
}

/// Brings the parts of a configuration together that say one thing twice, and fills in what was left to us.
ServerConfig completed(ServerConfig config) {
  if (config.shard_count == 0) config.shard_count = std::max(1u, std::thread::hardware_concurrency());
  config.websocket.message_bytes_max = config.shard.limits.message_bytes_max;
  if (config.shard.session_secret.empty()) config.shard.session_secret = random_bytes();
  config.shard.has_durable_store = config.store != nullptr;
  if (config.recording) config.recording->salt = random_bytes();
  return config;
}

}  // namespace

struct Server::State {
  explicit State(ServerConfig given) : config(completed(std::move(given))), shard_count(config.shard_count) {}
  [[nodiscard]] std::optional<std::string> prepare();
  /// Opens both listeners, those that are configured.
  [[nodiscard]] std::optional<std::string> listen();
  /// Once everything but sockets is open.
  void divide_descriptors() const;

  ServerConfig config;  ///< until start(), then in the context
  std::uint32_t shard_count;
  std::unique_ptr<ServerContext> context;
  std::vector<std::unique_ptr<ShardLoop>> loops;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::thread> threads;
  std::vector<std::thread::id> thread_ids;  ///< written by start() alone
  std::uint16_t port = 0, metrics_port = 0;
  std::atomic<bool> running{false};
  std::uint64_t seed = 0;
  mutable std::mutex ending;  ///< held while the threads end, so that nobody waits for a loop that has
  bool has_ended = false;
  std::atomic<std::uint32_t> next_adopted{0};
};

std::optional<std::string> fault_of_origins(const std::vector<std::string>& origins) {
  for (const std::string& origin : origins)
    if (!is_origin(origin)) return "'" + origin + "' is not an origin; write scheme://host or scheme://host:port";
  return {};
}

std::optional<std::string> Server::fault_of(const ServerConfig& config) { return State(config).prepare(); }

Server::Server(ServerConfig config) : state_(std::make_unique<State>(std::move(config))) {}

Server::~Server() { stop(); }

std::optional<std::string> Server::start() {
  State& state = *state_;
  if (auto fault = state.prepare()) return fault;
  const ServerConfig& config = state.context->config;
  state.seed = config.seed.value_or(random_seed());
  for (std::uint32_t i = 0; i < state.shard_count; ++i)
    state.loops.push_back(std::make_unique<ShardLoop>(*state.context, i, state.shard_count, state.seed));
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
  if (auto fault = fault_of_origins(config.allowed_origins)) return fault;
  const auto catalogue = CatalogueView::parse(config.shard.catalogue_bytes);
  if (!catalogue) return "the catalogue is damaged";
  auto read = StaticFiles::read(config.static_directory);
  if (auto* fault = std::get_if<std::string>(&read)) return std::move(*fault);
  StaticFiles& files = std::get<StaticFiles>(read);
  if (!config.client_js.empty()) files.add(std::string(kClientScriptPath), std::move(config.client_js));
  for (auto& [name, text] : config.client_modules)
    if (!text.empty()) files.add(std::string(kClientModulesPath) + name, std::move(text));
  files.attach_siblings();

  HttpRouter router(std::move(files), config.content_security_policy, config.path);
  context = std::make_unique<ServerContext>(
      ServerContext{.config = std::move(config), .router = std::move(router), .address_limits = {}, .api = {}, .memory = {}});
  context->allowed_origins->set(context->config.allowed_origins);
  context->address_limits = std::make_unique<AddressLimits>(context->config.address_limits, random_seed());
  if (const HttpLimits& http = context->config.http; context->config.store)
    context->store_verdict = std::make_shared<StoreVerdict>(context->config.store, http.ready_age_ms, http.ready_timeout_ms);
  context->memory =
      std::make_unique<MemoryGuard>(context->config.memory_bytes_max, [&context = *context](std::uint64_t bytes_max) {
        context.log(log_message(LogLevel::warn, "memory_full",
                                "the process has more than the " + std::to_string(bytes_max >> 20) +
                                    " MiB that it may have: new connections and HTTP publications are refused with 503, and who "
                                    "is connected stays. See --memory-max"));
      });
  context->config.shard.catalogue = *catalogue;  // moving a vector keeps its bytes where they are
  context->api = std::make_unique<Api>(context->config.api, *catalogue);
  return {};
}

std::optional<std::string> Server::State::listen() {
  const ServerConfig& now = context->config;
  const auto open = [&](const std::string& host, std::uint16_t wanted, ListenerKind kind, std::uint16_t& opened) {
    std::optional<std::string> fault;
    if (host.empty()) return fault;
    listeners.push_back(std::make_unique<Listener>(*loops.front(), loops, kind));
    fault = listeners.back()->open(host, wanted);
    opened = listeners.back()->port();
    return fault;
  };
  if (auto fault = open(now.host, now.port, now.tls ? ListenerKind::tls : ListenerKind::plain, port)) return fault;
  if (auto fault = open(now.metrics_host, now.metrics_port, ListenerKind::metrics, metrics_port)) return fault;
  for (const auto& listener : listeners) listener->start();
  return {};
}

void Server::State::divide_descriptors() const {
  const ServerConfig& its = context->config;
  const std::size_t limit = its.descriptors_max > 0 ? its.descriptors_max : descriptor_limit();
  const DescriptorBudget& budget = context->descriptors = dialogue::divide_descriptors(limit, open_descriptor_count());
  if (budget.sockets_max >= its.shard.limits.connections_max) return;
  context->log(log_message(LogLevel::warn, "descriptors_few",
                           "the limit of " + std::to_string(limit) + " open files allows " + std::to_string(budget.sockets_max) +
                               " sockets, fewer than the " + std::to_string(its.shard.limits.connections_max) +
                               " connections that are allowed: raise it (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= "
                               "of Docker), or allow fewer connections"));
}

void Server::adjust(const LiveSettings& settings) {
  const ServerContext& context = *state_->context;
  context.allowed_origins->set(settings.allowed_origins);
  context.address_limits->configure(settings.address_limits);
  context.memory->set(settings.memory_bytes_max);
  for (const auto& loop : state_->loops) loop->allow(settings.connections_max, settings.connections_per_user_max);
}

void Server::stop() {
  State& state = *state_;
  if (!state.running) return;
  const ServerContext& context = *state.context;
  *context.is_leaving = true;
  if (!*context.has_given_up) std::this_thread::sleep_for(std::chrono::milliseconds(context.config.drain_delay_ms));
  state.running = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(context.config.drain_timeout_ms);
  std::promise<void> closed;
  state.loops.front()->post(std::function<void()>([&] {
    for (const auto& listener : state.listeners) listener->stop();
    closed.set_value();
  }));
  closed.get_future().wait();  // every socket that was accepted is with its loop now, before the loop is told to drain
  std::vector<std::future<void>> drained;
  for (const auto& loop : state.loops) drained.push_back(loop->drain());
  for (const auto& loop : drained) loop.wait_until(deadline);
  const std::lock_guard lock(state.ending);
  for (const auto& loop : state.loops) loop->stop();
  for (std::thread& thread : state.threads) thread.join();
  state.has_ended = true;
}

std::string Server::recording() const {
  const State& state = *state_;
  const std::lock_guard lock(state.ending);
  if (state.threads.empty() || !state.context->config.recording) return {};
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
  const ServerConfig& config = state.context->config;
  return recording_text(recording_head(config.shard, state.shard_count, state.seed, config.recording->keeps_payloads), parts);
}

std::uint16_t Server::port() const { return state_->port; }

std::uint16_t Server::metrics_port() const { return state_->metrics_port; }

std::uint32_t Server::shard_count() const { return state_->shard_count; }

std::size_t Server::connection_count() const {
  std::size_t count = 0;
  for (const auto& loop : state_->loops) count += loop->load();
  return count;
}

bool Server::owns_this_thread() const {
  const auto& ids = state_->thread_ids;
  return std::find(ids.begin(), ids.end(), std::this_thread::get_id()) != ids.end();
}

void Server::post(std::uint32_t shard, ShardMessage mail) {
  if (state_->running) state_->loops[shard]->post(std::move(mail));
}

void Server::adopt(int descriptor, std::string head, std::string rest) {
  Descriptor owned(descriptor);
  if (!state_->running) return;
  boost::asio::ip::tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(descriptor, peer.data(), &size) != 0) return;  // it is gone
  peer.resize(size);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  ShardLoop& loop = *state_->loops[state_->next_adopted++ % state_->shard_count];
  loop.admit(std::move(owned), peer, ListenerKind::plain, false, std::move(head) + rest);
}

}  // namespace dialogue
