// The wiring of one shard: inputs go to the part that decides, and shard messages between its own halves are carried until none
// is left.
#include "server/core/shard/shard.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "server/core/connection/connection_table.hpp"
#include "server/core/connection/fanout.hpp"
#include "server/core/connection/filter_table.hpp"
#include "server/core/connection/user_sessions.hpp"
#include "server/core/context/shard_context.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/session/sessions.hpp"
#include "server/core/shard/shard_observer.hpp"
#include "server/core/shard/shard_query_responder.hpp"
#include "server/core/util/seeded_random.hpp"

namespace dialogue::core {
namespace {

/// Makes each shard's chance its own.
std::uint64_t seed_of(std::uint64_t seed, std::uint32_t shard) {
  SeededRandom random(seed);
  for (std::uint32_t i = 0; i < shard; ++i) static_cast<void>(random.next());
  return random.next();
}

metrics::ConnectionStage stage_of(SessionState state) {
  using metrics::ConnectionStage;
  if (state == SessionState::awaiting_hello) return ConnectionStage::awaiting_hello;
  if (state == SessionState::identifying) return ConnectionStage::identifying;
  return state == SessionState::ready ? ConnectionStage::ready : ConnectionStage::closing;
}

}  // namespace

struct Shard::State {
  State(const ShardConfig& given, std::uint32_t index, std::uint32_t count, std::uint64_t seed, EffectLog* effect_log)
      : config(given),
        effects(index, count, given.wants_line),
        random(seed_of(seed, index)),
        filter_fields(config.catalogue, config.definitions.events),
        filters(filter_fields),
        fanout(config.limits, effects, connections, filter_fields),
        refusals(config.catalogue),
        closed(count),
        receipts(config.receipts, effects),
        context{config, effects, random, connections, ready_connections, fanout, requests, filters, refusals, closed, receipts},
        owner(config, effects, refusals),
        sessions(context, owner),
        users(config, effects),
        query_responder(context, owner, sessions),
        observer(context, owner, sessions) {
    effects.set_effect_log(effect_log);
  }

  void carry(ShardMessageBody&& body) {
    std::visit([this](auto&& content) { deliver(std::move(content)); }, std::move(body));
  }
  /// Carries shard messages of this shard to itself, and those that come of them.
  void dispatch_local() {
    while (auto body = effects.take_local()) carry(std::move(*body));
  }
  /// And sends the publications among them to the logs in memory: those of one call together.
  void carry_local() {
    do dispatch_local();
    while (owner.pump());
  }
  [[nodiscard]] Connection* begin(ConnectionId id, Time now, Actions& out) {
    effects.begin(now, out);
    return connections.find(id);
  }

  /// Handles a frame, unless one before it ended the connection.
  void frame(Connection& connection, std::span<char> text) {
    if (connection.state == SessionState::closing) return;
    sessions.frame(connection, text);
    dispatch_local();
  }

  /// Handles the frames that waited for what was just decided.
  void go_on(Connection& connection, std::vector<std::string> waiting) {
    dispatch_local();
    for (std::string& text : waiting) frame(connection, text);
    carry_local();
  }

  void deliver(Deliver&& body) {
    owner.windows.received(body.room, bytes_of(body.record));
    fanout.handle(std::move(body));
  }
  void deliver(LogGrew&& body) { fanout.handle(std::move(body)); }
  void deliver(VolatileEvent&& body) { owner.handle(std::move(body)); }
  void deliver(OtherMembers&& body) { owner.handle(std::move(body)); }
  void deliver(PlaceVerdict&& body) { owner.handle(body); }
  void deliver(RoomMade&& body) { owner.handle(body); }
  void deliver(RoomRemoved&& body) { owner.handle(body); }
  void deliver(WatchStates&& body) { owner.handle(std::move(body)); }
  void deliver(UnwatchStates&& body) { owner.handle(body); }
  void deliver(SetState&& body) { owner.handle(std::move(body)); }
  void deliver(StatesPage&& body) { sessions.states.handle(std::move(body)); }
  void deliver(StateRefused&& body) { sessions.states.handle(body); }
  void deliver(StatesReport&& body) { sessions.states.handle(body); }
  void deliver(StatesEnded&& body) { sessions.states.handle(body); }
  void deliver(LogMoved&& body) { owner.handle(body); }
  void deliver(DeliversTaken&& body) { owner.handle(std::move(body)); }
  void deliver(PresenceChange&& body) { fanout.handle(std::move(body)); }
  void deliver(Join&& body) {
    if (sessions.resumed_joins.takes(body)) return;
    // The session may have ended in this turn, and have reported that to the owner of the room, which may be this shard.
    if (!body.resumption || std::exchange(body.comes_after_loss, true)) return owner.handle(std::move(body));
    const std::uint32_t to = shard_of(body.room_id, effects.shard_count());
    effects.post(to, std::move(body));
  }
  void deliver(JoinQuestion&& body) { owner.handle(std::move(body)); }
  void deliver(JoinPermitted&& body) {
    sessions.memberships.handle(std::move(body));
    sessions.resumed_joins.release();
  }
  void deliver(Leave&& body) { owner.handle(std::move(body)); }
  void deliver(Publish&& body) { owner.handle(std::move(body)); }
  void deliver(ReadLog&& body) { owner.handle(std::move(body)); }
  void deliver(HistoryQuery&& body) { owner.handle(std::move(body)); }
  void deliver(DocumentQuery&& body) { owner.handle(std::move(body)); }
  void deliver(CompactDocument&& body) { owner.handle(std::move(body)); }
  void deliver(LogPiece&& body) { sessions.catch_up.handle(std::move(body)); }
  void deliver(HistoryResponse&& body) { sessions.requests.handle(std::move(body)); }
  void deliver(CreateRoom&& body) { owner.handle(std::move(body)); }
  void deliver(DeleteRoom&& body) { owner.handle(std::move(body)); }
  void deliver(ServerPublish&& body) { owner.handle(std::move(body)); }
  void deliver(JoinResponse&& body) {
    sessions.handle(std::move(body));
    sessions.resumed_joins.release();
  }
  void deliver(LeaveResponse&& body) { sessions.memberships.handle(std::move(body)); }
  void deliver(RoomEnded&& body) { sessions.handle(std::move(body)); }
  void deliver(PublishResponse&& body) { sessions.handle(std::move(body)); }
  void deliver(ReplaceSession&& body) { sessions.handle(std::move(body)); }
  void deliver(SessionReplaced&& body) { sessions.resumed_joins.handle(body); }
  void deliver(HookCommandsReady&& body) { sessions.handle(std::move(body)); }
  template <typename Query>
  requires requires(ShardQueries& queries, Query&& query) { queries.handle(std::move(query)); }
  void deliver(Query&& body) { sessions.queries.handle(std::move(body)); }
  template <typename Query>
  void deliver(Gather<Query>&& body) {
    if constexpr (std::is_same_v<Query, ObserveQuery>)
      observer.handle(std::move(body));
    else
      query_responder.handle(std::move(body));
  }
  void deliver(MembersQuery&& body) { owner.handle(std::move(body)); }
  void deliver(ForgetUser&& body) {
    receipts.flush();  // so that forgetting a user includes them all
    owner.handle(std::move(body));
  }
  void deliver(ScanOn&& body) { observer.handle(body); }
  void deliver(PermissionQuery&& body) { owner.handle(std::move(body)); }
  void deliver(EnterUser&& body) { users.handle(std::move(body)); }
  void deliver(UserLeft&& body) { users.handle(body); }
  void deliver(UserResponse&& body) {
    std::vector<std::string> waiting = sessions.counted(body);
    Connection* connection = connections.find(body.to);
    if (connection != nullptr) go_on(*connection, std::move(waiting));
  }

  // --- Inputs ---

  Applied apply(ConnectionOpened&& input, Time now, Actions& out) {
    effects.begin(now, out);
    return {.opened = sessions.open(input.peer, input.server_connections)};
  }
  void apply(MessageReceived&& input, Time now, Actions& out);
  void apply(ProtocolViolation&& input, Time now, Actions& out);
  void apply(PeerAlive&& input, Time now, Actions&) {
    if (Connection* connection = connections.find(input.from)) note_life(*connection, now);
  }
  void apply(PeerClosing&& input, Time, Actions&) {
    if (Connection* connection = connections.find(input.from)) connection->said_goodbye = true;
  }
  void apply(ConnectionClosed&& input, Time now, Actions& out);
  void apply(BacklogChanged&& input, Time now, Actions& out);
  void apply(SendDrained&& input, Time now, Actions& out);
  void apply(StoreReplied&& input, Time now, Actions& out) {
    effects.begin(now, out);
    owner.answered(std::move(input.answer));
    carry_local();
  }
  void apply(IdentityResolved&& input, Time now, Actions& out);
  void apply(HookReplied&& input, Time now, Actions& out);
  void apply(ExchangeReplied&& input, Time now, Actions& out);
  void apply(ShardMessageReceived&& input, Time now, Actions& out) {
    effects.begin(now, out);
    carry(std::move(input.message).open());
    carry_local();
  }
  void apply(LimitsChanged&& input, Time, Actions&) {
    config.limits.connections_max = input.connections_max;
    config.limits.connections_per_user = input.connections_per_user;
  }
  void apply(DrainStarted&& input, Time now, Actions& out) {
    effects.begin(now, out);
    sessions.drain(input);
    carry_local();
  }
  void apply(TurnEnded&& input, Time now, Actions& out);
  Applied apply(TimerFired&&, Time now, Actions& out);

  void measure();
  /// It answers to a ping, or shows life otherwise.
  void note_life(Connection& connection, Time now) {
    if (connection.ping_outstanding && now.monotonic_ms >= connection.ping_sent_ms)
      effects.metrics().observe(metrics::Metric::ping_rtt_seconds, 0,
                                (now.monotonic_ms - connection.ping_sent_ms) * metrics::kMillisecond);
    connection.heard(now.monotonic_ms);
  }

  ShardConfig config;
  ShardEffects effects;
  SeededRandom random;
  ConnectionTable connections;
  ConnectionIndex ready_connections;
  const FilterFields filter_fields;
  FilterTable filters;
  Fanout fanout;
  OutstandingRequests requests;
  RefusalTable refusals;
  ClosedConnections closed;
  ReceiptBook receipts;
  ShardContext context;
  RoomOwner owner;
  Sessions sessions;
  UserSessions users;
  ShardQueryResponder query_responder;
  ShardObserver observer;
};

void Shard::State::apply(MessageReceived&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr || connection->state == SessionState::closing) return;
  note_life(*connection, now);
  const std::string_view text(input.message.data(), input.message.size());
  if (const auto fault = message_fault(text, config.limits)) sessions.end(*connection, *fault);
  FrameSplitter frames(text);
  for (std::string_view each; connection->state != SessionState::closing && frames.next(each);)
    frame(*connection, input.message.subspan(static_cast<std::size_t>(each.data() - text.data()), each.size()));
  carry_local();
}

void Shard::State::apply(IdentityResolved&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr) return;
  go_on(*connection, sessions.identified(*connection, input.ticket, std::move(input.result)));
}

void Shard::State::apply(HookReplied&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (input.from == 0) {
    owner.hook_answered(input.ticket, std::move(input.verdict));
    return carry_local();
  }
  if (connection == nullptr) return;
  go_on(*connection, sessions.hook_answered(*connection, input.ticket, std::move(input.verdict)));
}

void Shard::State::apply(ExchangeReplied&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr) return;
  sessions.exchange_replied(*connection, input.ticket, std::move(input.reply));
  carry_local();
}

void Shard::State::apply(ProtocolViolation&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr) return;
  const bool is_size = input.reason == ErrorCode::frame_too_large;
  sessions.end(*connection, {input.reason, is_size ? std::to_string(config.limits.message_bytes_max) : "", {}});
  carry_local();
}

void Shard::State::apply(ConnectionClosed&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr) return;
  sessions.gone(*connection);
  carry_local();
}

void Shard::State::apply(BacklogChanged&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr) return;
  connection->took(now.monotonic_ms - std::min(now.monotonic_ms, input.stalled_ms), input.queued_bytes);
  if (input.queued_bytes > config.limits.backlog_bytes_max || input.stalled_ms > config.limits.write_stall_timeout_ms)
    sessions.end(*connection, {ErrorCode::slow_consumer, {}, {}});
  carry_local();
}

void Shard::State::apply(SendDrained&& input, Time now, Actions& out) {
  Connection* connection = begin(input.from, now, out);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  sessions.catch_up.drained(*connection);
  carry_local();
}

Applied Shard::State::apply(TimerFired&&, Time now, Actions& out) {
  effects.begin(now, out);
  std::uint64_t next_ms = std::min(sessions.tick(), sessions.catch_up.tick());
  carry_local();  // connections that were found dead change presence, whose notifications have deadlines of their own
  next_ms = std::min(next_ms, fanout.tick());
  next_ms = std::min({next_ms, owner.tick(), users.tick(), sessions.states.tick()});
  carry_local();
  return {.next_timer_ms = next_ms};
}

void Shard::State::apply(TurnEnded&& input, Time now, Actions& out) {
  effects.begin(now, out);
  fanout.flush();
  owner.commit();
  carry_local();
  if (!input.goes_on) effects.end_turn();
}

void Shard::State::measure() {
  using metrics::Metric, metrics::ConnectionStage;
  metrics::MetricCells& cells = effects.metrics();
  for (std::size_t i = 0; i < kTransports.size(); ++i) cells.set(Metric::connections_active, i, 0);
  for (std::size_t i = 0; i < metrics::kStates.size(); ++i) cells.set(Metric::connection_states, i, 0);
  for (std::size_t i = 0; i < metrics::kClients.size(); ++i) cells.set(Metric::clients_active, i, 0);
  std::uint64_t queued_bytes = 0;
  connections.for_each([&](const Connection& connection) {
    const bool is_ready = connection.state == SessionState::ready;
    cells.change(Metric::connections_active, connection.transport, 1);
    cells.change(Metric::connection_states, stage_of(connection.state), 1);
    if (is_ready) cells.change(Metric::clients_active, connection.client, 1);
    queued_bytes += connection.unsent.left();
  });
  cells.set(Metric::send_queue_bytes, 0, queued_bytes);
  const bool counts_users = config.limits.connections_per_user > 0 || Allowance::is_needed(config.definitions);
  if (!counts_users) cells.set(Metric::users_online, 0, ready_connections.user_count());
}

Shard::Shard(const ShardConfig& config, std::uint32_t index, std::uint32_t count, std::uint64_t seed, EffectLog* effect_log)
    : state_(std::make_unique<State>(config, index, count, seed, effect_log)) {}

Shard::~Shard() = default;

Applied Shard::apply(Input&& input, Time now, Actions& out) {
  return std::visit(
      [&](auto&& known) -> Applied {
        if constexpr (std::is_void_v<decltype(state_->apply(std::move(known), now, out))>) {
          state_->apply(std::move(known), now, out);
          return {};
        } else {
          return state_->apply(std::move(known), now, out);
        }
      },
      std::move(input));
}

bool Shard::owes_turn_end() const { return state_->fanout.has_kept() || owes_commit(); }

bool Shard::owes_commit() const { return state_->owner.has_to_commit(); }

void Shard::expect(ConnectionId from) const { state_->connections.prefetch(from); }

std::size_t Shard::connection_count() const { return state_->connections.size(); }

metrics::MetricCells& Shard::metrics() { return state_->effects.metrics(); }

bool Shard::awaits_writing() const { return state_->effects.awaits_writing(); }

void Shard::note_written(std::uint64_t now_ns) { state_->effects.note_written(now_ns); }

std::unique_ptr<metrics::ShardReading> Shard::read_metrics() {
  state_->measure();
  return std::make_unique<metrics::ShardReading>(
      metrics::ShardReading{state_->effects.metrics().values(), state_->effects.users_seen(), state_->effects.examples()});
}

}  // namespace dialogue::core
