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
#include "server/audit/audit_erasure.hpp"
#include "server/auth/revocation_list.hpp"
#include "server/embed/answer_once.hpp"
#include "server/embed/audit_slot.hpp"
#include "server/embed/capability.hpp"
#include "server/embed/change_slot.hpp"
#include "server/embed/drain/drain_tracker.hpp"
#include "server/embed/erasure/event_erasures.hpp"
#include "server/embed/event_listeners.hpp"
#include "server/embed/exchange/call_handlers.hpp"
#include "server/embed/routes/routes.hpp"
#include "server/embed/swappable.hpp"
#include "server/embed/ticker.hpp"
#include "server/embed/trigger_load.hpp"
#include "server/host/server.hpp"
#include "server/net/socket.hpp"
#include "server/ops/metric_exporter.hpp"
#include "server/socketio/hub.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "server/store/guard/guarded_store.hpp"
#include "server/trace/otlp/otlp_exporter.hpp"
#include "server/trace/tracer.hpp"
#include "server/webhooks/webhooks.hpp"

namespace dialogue {

/// The maximum of a host's sockets that may wait for listen().
inline constexpr std::size_t kEarlySocketsMax = 256;

struct InstanceState {
  enum class Phase { created, starting, serving, stopped };
  InstanceState(Config with, std::shared_ptr<AuditSlot> audit, std::shared_ptr<ChangeSlot> changes);
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
  /// For the core; hooks that are not set stay empty, so that the core skips them. This state must outlive the holders.
  [[nodiscard]] core::Hooks make_hooks() const;
  /// All needs of a server, except for those that require the store.
  [[nodiscard]] std::unique_ptr<host::Server> start();
  /// Has the drain of the server before, and that of this one, accounted for.
  void open_drain_tracker(host::ServerConfig& server_config);
  /// Waits, at most the time limit for clients, until the store has answered revocations; later ones are not waited for.
  void settle_revocations();
  /// Lets tokens with `manage` use the HTTP API, and the API revoke tokens.
  void open_api_to_tokens(host::ServerConfig& server_config);
  void log_listening() const;
  /// None without one; throws SetupError.
  [[nodiscard]] std::shared_ptr<net::TlsCertificate> load_certificate() const;
  void reload_certificate() const;
  /// Logs that the certificate ends soon or has ended; null: there is none.
  void warn_of_end(const net::TlsCertificate* certificate) const;

  // instance_reload.cpp
  void reload(const Config& with);
  void take_reload(const Config& with);
  void check_reload(const Config& with) const;
  /// The configuration with what may change taken from `with`. Throws SetupError.
  [[nodiscard]] Config reloaded(const Config& with) const;
  /// The authentication of clients and of callers of the HTTP API, which can be replaced while the server runs.
  void open_doors(host::ServerConfig& server_config);
  /// By these from here on.
  void check_tokens(const TokenSettings& tokens);

  /// The recorder has something to say: why the server cannot go on. Called on a shard's thread.
  void begin_last_recording();

  // instance_revocations.cpp
  /// Stores it, then applies it, then answers. Without a user: everybody's.
  void revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done);
  /// The stored revocations. Throws SetupError if they cannot be read.
  void load_revocations() const;

  // instance_guests.cpp
  /// Guests get their names signed by the store's key. Throws SetupError when it cannot say.
  [[nodiscard]] IdentitySource sealing_guests(IdentitySource source) const;

  // instance_check.cpp
  /// Throws SetupError for what start() would refuse, except an address in use.
  void check() const;
  /// The same for the audit alone.
  void check_audit() const;
  /// The same for addresses that this machine does not have or does not grant, and for the Unix socket's place.
  void check_addresses() const;

  // instance_audit.cpp
  /// Opens the configuration's audit, if it has one, for the HTTP API and the log. Throws SetupError.
  void open_audit(host::ServerConfig& server_config);
  /// Throws SetupError where the audit cannot be written.
  void record_reload() const;
  void note_reload(std::string outcome) const;
  /// Has receipts noted from here on; ends before the server. Null: the configuration wants none.
  [[nodiscard]] std::unique_ptr<Ticker> begin_receipts(host::Server& from) const;
  /// Nothing where there is no audit.
  std::optional<audit::AuditErasure> forget_in_audit(const std::string& user_id,
                                                     const std::vector<std::string>& deleted_rooms) const;

  // instance_capabilities.cpp
  void add_capabilities();

  // instance_erasure.cpp
  /// Lets the HTTP API read and erase what the stores have of a user.
  void open_user_data(host::ServerConfig& server_config);
  /// The stores of the server: the configuration's, and those of the shards for rooms in memory.
  [[nodiscard]] std::vector<std::shared_ptr<store::Store>> all_parts();
  void erase_user(api::ErasureRequest what, std::function<void(api::ErasureReport)> done);
  [[nodiscard]] EventErasures::Settings erasure_settings();
  /// Blocking, on the thread `erasing`.
  [[nodiscard]] api::ErasureReport erase_now(const api::ErasureRequest& what);
  /// In all stores; rooms that are named after the user in a second pass, when their shards have deleted them.
  void erase_in_stores(const api::ErasureRequest& what, store::UserErasure& erasure, api::ErasureReport& outcome);
  /// Deletes what the user wrote in documents, of any room. False: not in all of them.
  [[nodiscard]] bool erase_in_documents(const std::string& user_id);
  /// Has a room's documents need no record of its log but their newest snapshots.
  void compact_documents(const std::string& room);
  [[nodiscard]] bool compact_document(const std::string& room, const std::string& event, const std::string& erased_user);
  using EraseStep = bool (Capability::*)(const std::string& user_id, const std::function<bool()>& is_cancelled);
  [[nodiscard]] bool erase_in_capabilities(EraseStep step, const std::string& user_id);
  /// In the audit and in the files.
  void erase_traces(const std::string& user_id, const store::UserErasure& erasure, api::ErasureReport& outcome);
  /// In what operators see. Last, since erasing is seen, too.
  void forget_observed(const std::string& user_id, store::UserErasure& erasure, api::ErasureReport& outcome);
  /// In the open rooms of all shards; adds those that are named after the user.
  void forget_in_shards(const std::string& user_id, store::UserErasure& erasure);
  void await_start();
  [[nodiscard]] std::uint32_t shards();
  /// Publishes in a room what of it was erased, where the room lists the event.
  [[nodiscard]] store::UserErasure::Notified notify_erased(const store::ErasedRoom& room);
  /// What the store keeps of earlier erasures that members were not notified of.
  void notify_kept();
  /// The same on the thread `erasing`, where there is anything.
  void begin_notifying();
  /// Does `work` on the thread `erasing`, and answers who waits. erasure_mutex is locked.
  void begin_erasing(const api::ErasureRequest& what, const std::function<api::ErasureReport()>& work);
  void log_not_notified(ErrorCode code) const;
  /// That a room's log has, wherever it is kept.
  [[nodiscard]] std::uint64_t events_of(const std::string& room_id);
  /// Breaks off an erasure that is under way, and takes no more.
  void end_erasure();
  /// Asks one shard and waits; an empty result where there is none. `is_whole`: false if a node of the cluster is missing in it.
  template <typename Call>
  [[nodiscard]] typename Call::Result result_of(std::uint32_t shard, Call call, typename Call::Result otherwise = {},
                                                bool* is_whole = nullptr);

  // instance_rooms.cpp
  /// The rooms that the store keeps, as far as they can be served. Throws SetupError when it cannot say.
  [[nodiscard]] std::vector<core::KeptRoom> load_rooms(const core::ShardConfig& shard) const;

  // instance_socketio.cpp
  /// Has the namespaces of the application served, and emitted to by the HTTP API.
  void open_namespaces(host::ServerConfig& server_config);
  // metric_setup.cpp
  /// StatsD, if there is one, and the sinks of the configuration. Throws SetupError.
  [[nodiscard]] std::unique_ptr<ops::MetricExporter> export_metrics(const host::Server& from) const;

  // observation_setup.cpp
  /// Has the HTTP API tell operators of the server as a whole. After all others.
  void open_observation(host::ServerConfig& server_config);
  /// Samples the server from here on; ends before it.
  [[nodiscard]] std::unique_ptr<ops::MetricExporter> begin_observation(const host::Server& from) const;

  // trace_setup.cpp
  /// Has requests of the HTTP API and of hooks traced, if traces go anywhere. Before open_webhooks().
  void open_traces(host::ServerConfig& server_config);
  /// Sends what waits. When nothing is traced any more.
  void end_traces();

  // webhook_setup.cpp
  /// Has the backend of the settings asked after the application's own hooks, if there is one.
  void open_webhooks();

  Config config;
  const std::shared_ptr<store::GuardedStore> store;  ///< `config.store`, which is a guard; null: none
  const std::shared_ptr<TriggerLoad> load;
  const std::shared_ptr<CallbackThread> calls = std::make_shared<CallbackThread>();
  const CallbackError report;  ///< a callback threw
  const std::shared_ptr<EventListeners> listeners;
  const std::shared_ptr<socketio::Hub> socketio;  ///< namespaces of the application
  std::vector<std::function<HookDecision(Client&)>> connect_hooks;
  std::vector<std::function<HookDecision(Client&, std::string_view)>> join_hooks;
  std::vector<std::function<void(Client&, std::string_view)>> joined_hooks, leave_hooks, disconnect_hooks;
  std::vector<core::HookSource> waiting_connect_hooks, waiting_join_hooks;
  std::vector<core::Middleware> middleware;
  const std::shared_ptr<RouteServer> routes;
  std::unique_ptr<webhooks::Webhooks> webhooks;
  std::shared_ptr<trace::OtlpExporter> span_exporter;  ///< set with the server, like the next one; null: nothing is traced
  std::shared_ptr<trace::Tracer> tracer;

  using TokenDoor = Swappable<const IdentitySource>;
  using TokenKeys = Swappable<const std::function<bool()>>;
  const std::shared_ptr<TokenDoor> token_door = std::make_shared<TokenDoor>();
  const std::shared_ptr<TokenKeys> has_token_keys = std::make_shared<TokenKeys>();
  const std::shared_ptr<AuditSlot> audit_slot;
  const std::shared_ptr<ChangeSlot> change_slot;
  std::shared_ptr<observe::Observer> observer;  ///< set with the server
  const std::shared_ptr<auth::RevocationList> revocations = std::make_shared<auth::RevocationList>();

  std::vector<std::unique_ptr<Capability>> capabilities;  ///< in start order
  CallHandlers* call_handlers = nullptr;                  ///< one of them, like the next one
  EventErasures* event_erasures = nullptr;

  mutable std::shared_mutex server_mutex;
  std::condition_variable_any phase_changed;
  Phase phase = Phase::created;
  bool stopping = false;
  std::size_t revoking = 0;  ///< revocations that the store has not answered
  std::unique_ptr<host::Server> server;
  std::unique_ptr<ops::MetricExporter> exporter;  ///< reads the server, so it ends before; null: metrics go nowhere
  std::unique_ptr<ops::MetricExporter> sampler;   ///< the same, for `observer`
  std::unique_ptr<Ticker> receipts;               ///< the same
  std::shared_ptr<api::ApiKeyRing> api_keys;      ///< the server's; set with it
  std::shared_ptr<net::TlsCertificate> tls;       ///< what the server speaks; set with it
  std::shared_ptr<DrainTracker> drains;           ///< set with the server
  std::mutex erasure_mutex;                       ///< of `parts`, and of the beginning and the end of an erasure
  std::vector<std::shared_ptr<store::Store>> parts;
  api::ErasureRequest under_erasure;  ///< no user: nothing is erased
  api::ErasureRequest next_erased;    ///< the one that begins once members are notified of earlier erasures
  std::vector<std::function<void(api::ErasureReport)>> erasure_waits;  ///< for its report, at most kErasureWaitsMax
  std::atomic<bool> ends_erasing{false};
  std::thread erasing;
  std::mutex recording_mutex;       ///< one writes at a time, and the server stays meanwhile
  mutable std::mutex reload_mutex;  ///< the same for reload()
  std::thread last_recording;       ///< writes it when the server gives up
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

/// Receives notices, which have no answer.
using HookNotifier = std::function<void(core::HookQuestion)>;

/// A hook for leaving or disconnecting that reports it to `tell`, with the room or the reason.
[[nodiscard]] std::function<void(Client&, std::string_view)> notifying_hook(HookVerb verb, HookNotifier tell);

/// The settings' source, as the HTTP API asks it. instance_reload.cpp.
[[nodiscard]] std::function<void(bool is_dry_run, std::function<void(std::string refusal, std::string diff, bool is_busy)> done)>
reload_for_api(ReloadSource source);

/// What contradicts itself or others. Throws SetupError.
void refuse_contradictions(const Config& config);

/// Throws SetupError. trace_setup.cpp.
void refuse_bad_traces(const Config& config);

/// Throws SetupError. push_setup.cpp.
void refuse_bad_push(const Config& config);

/// Throws SetupError. webhook_setup.cpp.
void refuse_bad_webhooks(const Config& config);

/// What a reading of the server still lacks. Safe from any thread.
[[nodiscard]] std::function<void(metrics::Reading&)> metric_completion(const Config& config);

/// Throws SetupError for an invalid one; server_setup.cpp.
[[nodiscard]] api::ApiKeySet api_key_set(const std::vector<std::string>& lines);
[[nodiscard]] RateLimit api_key_limit(const Config& config);

/// The settings of the network side. Throws SetupError as create_dialogue says; the hooks come later.
[[nodiscard]] host::ServerConfig make_server_config(const Config& config);

}  // namespace dialogue
