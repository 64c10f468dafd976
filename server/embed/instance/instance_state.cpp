// The life of an instance: created, serving, stopped.
#include "server/embed/instance/instance_state.hpp"

#include <chrono>

#include "server/core/messages/log_message.hpp"
#include "server/core/shard/shard.hpp"
#include "server/embed/api_callers.hpp"
#include "server/embed/catalogue_setup.hpp"
#include "server/embed/identity/signed_guests.hpp"
#include "server/embed/listen_address.hpp"
#include "server/embed/text_file.hpp"
#include "server/net/unix_socket_file.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

std::string stopping_fields(const Config& config, std::size_t connections) {
  JsonText fields;
  fields.text("message", config.drain_delay_ms == 0
                             ? "stopping: clients receive a time to reconnect"
                             : "stopping: /ready answers 503, and clients will be asked to reconnect later");
  return fields.number("connections", connections).number("delay_ms", config.drain_delay_ms).take();
}

/// From here on nothing reaches the application's store past its guard.
Config with_guarded_store(Config config) {
  if (config.store)
    config.store = std::make_shared<store::GuardedStore>(
        std::move(config.store), store::StoreGuardSettings{config.store_timeout_ms, config.logger, config.shared_metrics});
  return config;
}

void log_memory_bound(const Config& config, std::uint64_t bytes_max) {
  if (const std::uint64_t mib = bytes_max >> 20; !config.memory_max && mib > 0)
    config.logger(
        {LogLevel::info, "memory_bound",
         JsonText()
             .text("message", "over " + std::to_string(mib) + " MiB, 80 % of the cgroup's limit, new connections are rejected")
             .number("mib", mib)
             .take()});
}

void log_listening(const Config& config, const host::Server& server, bool is_tls) {
  const auto address = parse_listen_address(config.listen);
  if (!address) return;
  const std::string url = http_url({address->host, server.port()}, is_tls);
  JsonText fields;
  fields.text("message", "listening on " + url + " with WebSockets at /dialogue").text("url", url);
  if (const auto figures = parse_listen_address(config.metrics_listen))
    fields.text("metrics", http_url({figures->host, server.metrics_port()}, false) + "/metrics");
  if (const auto admin = parse_listen_address(config.admin_listen); admin && !config.admin_listen.starts_with(net::kUnixScheme))
    fields.text("admin", http_url({admin->host, server.admin_port()}, false));
  else if (!config.admin_listen.empty())
    fields.text("admin", config.admin_listen);
  if (const auto lines = parse_listen_address(config.tcp_listen))
    fields.text("tcp", tcp_url({lines->host, server.tcp_port()}, is_tls));
  config.logger({LogLevel::info, "listening", fields.number("shards", server.shard_count()).take()});
}

}  // namespace

InstanceState::InstanceState(Config with, std::shared_ptr<AuditSlot> audited, std::shared_ptr<ChangeSlot> changes)
    : config(with_guarded_store(std::move(with))),
      store(std::static_pointer_cast<store::GuardedStore>(config.store)),
      stores(std::make_shared<ServerStores>(store)),
      load(std::make_shared<TriggerLoad>(config.trigger_bytes_max)),
      report([log = config.logger](const char* what) {
        log({LogLevel::error, "callback_threw", JsonText().text("what", what).take()});
      }),
      listeners(std::make_shared<EventListeners>()),
      socketio(std::make_shared<socketio::Hub>([on = calls](std::function<void()> call) { on->run(std::move(call)); }, report)),
      routes(std::make_shared<RouteServer>(catalogue_of(config.definitions))),
      token_door(config.logger),
      revocations({store, config.drain_timeout_ms, config.logger, report, calls,
                   [this](core::RevokeTokens what, calls::CallDone done) { ask({}, std::move(what), std::move(done)); }}),
      audit_slot(audited),
      audit({config.audit, config.audit_key, config.audit_keep_days, config.receipts, config.logger, config.shared_metrics},
            std::move(audited)),
      change_slot(std::move(changes)),
      backend_hooks({config.hooks, config.logger, config.shared_metrics}),
      certificate(config.logger),
      traces({config.otlp_endpoint, config.otlp_headers, config.trace_sample, config.logger, config.shared_metrics}) {
  add_capabilities();
}

void InstanceState::open_drain_tracker(host::ServerConfig& server_config) {
  drains = std::make_shared<DrainTracker>(config.drain_file, config.logger);
  server_config.shard.drain_watch = drains;
  server_config.api.drain = [account = drains] { return account->receipt(); };
  if (config.reload_source) server_config.api.reload = reload_for_api(config.reload_source);
}

std::unique_ptr<host::Server> InstanceState::start() {
  audit.check();
  const std::shared_ptr<net::TlsCertificate> tls = certificate.load({config.tls_cert, config.tls_key});
  host::ServerConfig server_config = make_server_config(config);
  server_config.store = store;
  token_door.configure(server_config, config.auth);
  api_keys = server_config.api.keys;
  traces.configure(server_config);
  backend_hooks.attach(hooks, *call_handlers, traces.tracer());
  server_config.shard.hooks = hooks.make(config.definitions, listeners, config.logger);
  serve_namespaces(server_config, socketio);
  open_drain_tracker(server_config);
  stores->configure(server_config);
  user_erasures->configure(server_config);
  audit.configure(server_config);
  for (const auto& capability : capabilities) capability->configure(server_config);
  server_config.tls = tls;
  server_config.on_failure = [this, tell = std::move(server_config.on_failure)](const std::string& reason) {
    begin_last_recording();
    tell(reason);
  };
  revocations.configure(server_config);
  server_config.shard.made_rooms = load_rooms(config, server_config.shard);
  if (config.auth.is_set()) {
    server_config.api.callers = callers_with_tokens(server_config.identify, config.definitions,
                                                    server_config.shard.catalogue_bytes, hooks.decides_joins());
    revocations.open_api(server_config);
  }
  server_config.identify = with_signed_guests(std::move(server_config.identify), store.get(), config.logger);
  log_memory_bound(config, server_config.memory_bytes_max);
  auto starting = std::make_unique<host::Server>(std::move(server_config));
  if (auto fault = starting->start()) throw SetupError(std::string(starting->faulty_member()), std::move(*fault), "");
  drains->begin();
  return starting;
}

void InstanceState::listen() {
  refuse_own_thread("listen");
  {
    const std::unique_lock lock(server_mutex);
    if (phase != Phase::created || stopping)
      throw SetupError("listen", "this instance is already listening, or was stopped",
                       "Create another one with create_dialogue.");
    phase = Phase::starting;
  }
  std::unique_ptr<host::Server> started;
  socketio->serve(true);
  try {
    started = start();
    audit.start_receipts(*started);
  } catch (...) {
    socketio->serve(false);
    const std::unique_lock lock(server_mutex);
    phase = Phase::created;
    phase_changed.notify_all();
    throw;
  }
  /// Whatever throws from here on, the server can be stopped.
  struct Serving {
    ~Serving() {
      const std::unique_lock lock(state.server_mutex);
      state.phase = Phase::serving;
      state.phase_changed.notify_all();
    }
    InstanceState& state;
  };
  const Serving serving{*this};
  {
    const std::unique_lock lock(server_mutex);
    server = std::move(started);
    for (const auto& capability : capabilities) capability->start(*server);
    for (EarlyCall& each : std::exchange(early_calls, {}))
      server->ask(shard_for(each.key), std::move(each.asked), std::move(each.done));
    for (EarlySocket& each : std::exchange(early_sockets, {}))
      server->adopt(each.descriptor.release(), std::move(each.head), std::move(each.rest));
  }
  user_erasures->notify();
  log_listening(config, *server, certificate.is_set());  // before a stop() that waits for this: its lines come after
  certificate.warn_of_end();
}

bool InstanceState::is_own_thread() const {
  if (calls->is_this_thread()) return true;
  const std::shared_lock lock(server_mutex);
  return server && server->owns_this_thread();
}

void InstanceState::refuse_own_thread(const char* call) const {
  if (!is_own_thread()) return;
  const std::string problem = "it was called from a hook, a handler or a callback, and would wait for that call to end";
  const std::string advice = "Call it on one of your own threads.";
  config.logger(
      core::log_message(LogLevel::error, "called_from_server_thread", std::string(call) + ": " + problem + ". " + advice));
  throw SetupError(call, problem, advice);
}

void InstanceState::run() {
  refuse_own_thread("run");
  std::unique_lock lock(server_mutex);
  const bool was_stopped = stopping;
  if (phase == Phase::created && !stopping) {
    lock.unlock();
    listen();
    lock.lock();
  }
  phase_changed.wait(lock, [this] { return phase == Phase::stopped; });
  lock.unlock();
  if (was_stopped)
    config.logger(
        core::log_message(LogLevel::warn, "run_after_stop",
                          "run: this instance was stopped and cannot restart. Create another one with create_dialogue."));
}

void InstanceState::end(std::unique_ptr<InstanceState> state) {
  if (!state->is_own_thread()) return state->stop();
  state->config.logger(core::log_message(LogLevel::error, "called_from_server_thread",
                                         "the instance is destroyed by its own hook, handler or callback: it stops when that "
                                         "call has ended. Destroy it on one of your own threads."));
  std::thread([state = std::move(state)] { state->stop(); }).detach();
}

// Revocations and erasures end while the server answers them. Capabilities, hooks by HTTP and the recording end after the
// clients, and traces and the audit after the server, whose end they record.
void InstanceState::stop() {
  {
    std::unique_lock lock(server_mutex);
    phase_changed.wait(lock, [this] { return phase != Phase::starting; });
  }
  refuse_own_thread("stop");
  std::unique_lock lock(server_mutex);
  if (std::exchange(stopping, true)) {
    phase_changed.wait(lock, [this] { return phase == Phase::stopped; });
    return;
  }
  host::Server* const serving = server.get();
  lock.unlock();
  revocations.settle();
  user_erasures->end();
  const auto begin = std::chrono::steady_clock::now();
  if (serving != nullptr) {
    config.logger({LogLevel::info, "stopping", stopping_fields(config, serving->connection_count())});
    audit.stop_receipts();  // the end of each connection notes what is left
    drains->end(serving->stop());
    for (auto capability = capabilities.rbegin(); capability != capabilities.rend(); ++capability) (*capability)->stop();
  }
  backend_hooks.stop();
  write_recorded();
  if (last_recording.joinable()) last_recording.join();

  // What is dropped here calls the application's callbacks, so it must go without the lock.
  std::unique_lock writing(recording_mutex);
  std::unique_lock reloading(reload_mutex);
  lock.lock();
  auto ended = std::move(server);
  auto unasked = std::exchange(early_calls, {});
  auto unadopted = std::exchange(early_sockets, {});
  lock.unlock();
  reloading.unlock();
  writing.unlock();
  ended.reset();
  traces.end();
  audit.end();
  socketio->end();
  unasked.clear();

  if (serving != nullptr) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    config.logger({LogLevel::info, "stopped",
                   JsonText().text("message", "stopped").number("ms", static_cast<std::uint64_t>(took.count())).take()});
  }

  lock.lock();
  phase = Phase::stopped;
  phase_changed.notify_all();
}

void InstanceState::begin_last_recording() {
  if (!config.record.empty()) last_recording = std::thread([this] { write_recorded(); });
}

void InstanceState::write_recording() {
  refuse_own_thread("write_recording");
  write_recorded();
}

void InstanceState::write_recorded() {
  const std::lock_guard writing(recording_mutex);
  const host::Server* recorded = nullptr;
  {
    const std::shared_lock lock(server_mutex);
    recorded = server.get();
  }
  if (recorded == nullptr || config.record.empty()) return;
  const std::string fault = replace_text_file(config.record, recorded->recording());
  if (fault.empty())
    config.logger({LogLevel::info, "recording_written", JsonText().text("file", config.record).take()});
  else
    config.logger(core::log_message(LogLevel::error, "recording_failed", fault));
}

std::uint32_t InstanceState::shard_for(std::string_view key) {
  const std::uint32_t count = server->shard_count();
  return key.empty() ? next_shard.fetch_add(1, std::memory_order_relaxed) % count : core::shard_of(key, count);
}

void InstanceState::ask(std::string_view key, core::ApplicationCall asked, calls::CallDone done) {
  {
    const std::shared_lock lock(server_mutex);
    if (server) return server->ask(shard_for(key), std::move(asked), std::move(done));
  }
  const std::unique_lock lock(server_mutex);
  if (server) return server->ask(shard_for(key), std::move(asked), std::move(done));
  if (phase != Phase::stopped && !stopping) early_calls.push_back({std::string(key), std::move(asked), std::move(done)});
}

void InstanceState::adopt(int descriptor, std::string head, std::string rest) {
  net::Descriptor owned(descriptor);
  const char* why = "the socket was closed already";
  if (descriptor >= 0) {
    const std::unique_lock lock(server_mutex);
    if (server) return server->adopt(owned.release(), std::move(head), std::move(rest));
    const bool is_early = phase != Phase::stopped && !stopping;
    if (is_early && early_sockets.size() < kEarlySocketsMax) {
      early_sockets.push_back({std::move(owned), std::move(head), std::move(rest)});
      return;
    }
    why = is_early ? "too many sockets were adopted before listen(): this one is closed"
                   : "the server was stopped: the socket is closed";
  }
  config.logger(core::log_message(LogLevel::warn, "adopt_refused", std::string("adopt: ") + why));
}

void InstanceState::refuse_late_hook(const char* which) const {
  const std::shared_lock lock(server_mutex);
  if (phase != Phase::created) throw SetupError(which, "hooks cannot be set while the server runs", "Set them before listen().");
}

}  // namespace dialogue
