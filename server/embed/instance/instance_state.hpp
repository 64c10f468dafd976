// The inside of an Instance: the server it runs, what waits for it to start, and who listens to it.
// Thread-safety as said at Instance. `server_mutex` guards the pointer, not the server: posting takes it shared, the ends of
// starting and stopping take it alone, and no foreign code runs under it: no logger, no store, no callback.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dialogue/instance.hpp>
#include "server/embed/answer_once.hpp"
#include "server/embed/audit/server_audit.hpp"
#include "server/embed/capability.hpp"
#include "server/embed/certificate/server_certificate.hpp"
#include "server/embed/drain/drain_tracker.hpp"
#include "server/embed/erasure/event_erasures.hpp"
#include "server/embed/erasure/server_stores.hpp"
#include "server/embed/erasure/user_erasures.hpp"
#include "server/embed/event_listeners.hpp"
#include "server/embed/exchange/call_handlers.hpp"
#include "server/embed/hooks/application_hooks.hpp"
#include "server/embed/hooks/backend_hooks.hpp"
#include "server/embed/identity/token_door.hpp"
#include "server/embed/identity/token_revocations.hpp"
#include "server/embed/observation/change_slot.hpp"
#include "server/embed/routes/routes.hpp"
#include "server/embed/traces/server_traces.hpp"
#include "server/embed/trigger_load.hpp"
#include "server/host/server.hpp"
#include "server/net/socket.hpp"
#include "server/socketio/hub.hpp"
#include "server/store/guard/guarded_store.hpp"

namespace dialogue {

/// The maximum of a host's sockets that may wait for listen().
inline constexpr std::size_t kEarlySocketsMax = 256;

struct InstanceState {
  enum class Phase { created, starting, serving, stopped };
  InstanceState(Config with, std::shared_ptr<AuditSlot> audited, std::shared_ptr<ChangeSlot> changes);
  ~InstanceState() {
    socketio->end();
    calls->end();
  }
  InstanceState(const InstanceState&) = delete;
  InstanceState& operator=(const InstanceState&) = delete;
  /// stop(), then the end. On a thread of the server, which has to go on for that, it comes later.
  static void end(std::unique_ptr<InstanceState> state);

  void listen();
  void run();
  void run_until_signal();
  void stop();
  void write_recording();
  /// The same, on any thread that the server can do without.
  void write_recorded();
  void adopt(int descriptor, std::string head, std::string rest);
  /// Throws SetupError, and says so in the log, on a thread that `call` would wait for.
  void refuse_own_thread(const char* call) const;
  [[nodiscard]] bool is_own_thread() const;
  /// An answer to hand on in place of `done`: see Answer.
  template <typename Result>
  [[nodiscard]] std::shared_ptr<Answer<Result>> answer_to(std::function<void(Result)> done, Result when_dropped) const {
    return std::make_shared<Answer<Result>>(std::move(done), std::move(when_dropped), report, calls);
  }
  /// Calls the shard that `key` leads to: the owner shard for a room's id. Calls with one key are executed in their order.
  /// Without a key the shards take turns. For a call without a result, `answer` has the reason on the instance's thread for
  /// callbacks.
  void ask(std::string_view key, core::ApplicationCall asked, calls::CallDone done);
  /// While there is a server.
  [[nodiscard]] std::uint32_t shard_for(std::string_view key);
  void refuse_late_hook(const char* which) const;
  /// All needs of a server, except for those that require the store.
  [[nodiscard]] std::unique_ptr<host::Server> start();
  /// Has the drain of the server before, and that of this one, accounted for.
  void open_drain_tracker(host::ServerConfig& server_config);

  // instance_reload.cpp
  void reload(const Config& with);
  void take_reload(const Config& with);
  void check_reload(const Config& with) const;
  /// The configuration with what may change taken from `with`. Throws SetupError.
  [[nodiscard]] Config reloaded(const Config& with) const;

  /// The recorder has something to say: why the server cannot go on. Called on a shard's thread.
  void begin_last_recording();

  // instance_check.cpp
  /// Throws SetupError for what start() would refuse, except an address in use.
  void check() const;

  // instance_capabilities.cpp
  void add_capabilities();

  // erasure_setup.cpp
  void add_erasures();

  Config config;
  const std::shared_ptr<store::GuardedStore> store;  ///< `config.store`, which is a guard; null: none
  const std::shared_ptr<ServerStores> stores;
  const std::shared_ptr<TriggerLoad> load;
  const std::shared_ptr<CallbackThread> calls = std::make_shared<CallbackThread>();
  const CallbackError report;  ///< a callback threw
  const std::shared_ptr<EventListeners> listeners;
  const std::shared_ptr<socketio::Hub> socketio;  ///< namespaces of the application
  ApplicationHooks hooks;
  const std::shared_ptr<RouteServer> routes;

  TokenDoor token_door;
  TokenRevocations revocations;
  const std::shared_ptr<AuditSlot> audit_slot;
  ServerAudit audit;
  const std::shared_ptr<ChangeSlot> change_slot;
  BackendHooks backend_hooks;
  ServerCertificate certificate;
  ServerTraces traces;

  std::vector<std::unique_ptr<Capability>> capabilities;  ///< in start order
  CallHandlers* call_handlers = nullptr;                  ///< one of them, like the next one
  EventErasures* event_erasures = nullptr;
  std::unique_ptr<UserErasures> user_erasures;

  mutable std::shared_mutex server_mutex;
  std::condition_variable_any phase_changed;
  Phase phase = Phase::created;
  bool stopping = false;
  std::unique_ptr<host::Server> server;
  std::shared_ptr<api::ApiKeyRing> api_keys;  ///< the server's; set with it
  std::shared_ptr<DrainTracker> drains;       ///< set with the server
  std::mutex recording_mutex;                 ///< one writes at a time, and the server stays meanwhile
  mutable std::mutex reload_mutex;            ///< the same for reload()
  std::thread last_recording;                 ///< writes it when the server gives up
  struct EarlyCall {
    std::string key;
    core::ApplicationCall asked;
    calls::CallDone done;
  };
  std::vector<EarlyCall> early_calls;  ///< asked before listen()
  struct EarlySocket {
    net::Descriptor descriptor;
    std::string head, rest;
  };
  std::vector<EarlySocket> early_sockets;     ///< adopted before listen()
  std::atomic<std::uint32_t> next_shard = 0;  ///< of calls without a key
};

/// The rooms that the configuration's store keeps, as far as they can be served. Throws SetupError when it cannot say.
[[nodiscard]] std::vector<core::KeptRoom> load_rooms(const Config& config, const core::ShardConfig& shard);

/// Has the namespaces of the application served, and emitted to by the HTTP API. instance_socketio.cpp.
void serve_namespaces(host::ServerConfig& server_config, const std::shared_ptr<socketio::Hub>& hub);

/// The settings' source, as the HTTP API asks it. instance_reload.cpp.
[[nodiscard]] std::function<void(bool is_dry_run, std::function<void(std::string refusal, std::string diff, bool is_busy)> done)>
reload_for_api(ReloadSource source);

/// What contradicts itself or others. Throws SetupError.
void refuse_contradictions(const Config& config);

/// Throws SetupError. push_setup.cpp.
void refuse_bad_push(const Config& config);

/// Throws SetupError for an invalid one; server_setup.cpp.
[[nodiscard]] api::ApiKeySet api_key_set(const std::vector<std::string>& lines);
[[nodiscard]] RateLimit api_key_limit(const Config& config);

/// The settings of the network side. Throws SetupError as create_dialogue says; the hooks come later.
[[nodiscard]] host::ServerConfig make_server_config(const Config& config);

}  // namespace dialogue
