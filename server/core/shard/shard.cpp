// The wiring of one shard: inputs go to the part that decides, and shard messages between its own halves are carried until none
// is left.
#include "server/core/shard/shard.hpp"

#include <algorithm>
#include <utility>

#include "server/core/connection/connection_table.hpp"
#include "server/core/connection/fanout.hpp"
#include "server/core/connection/user_sessions.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/recorder.hpp"
#include "server/core/session/sessions.hpp"
#include "server/core/session/shard_context.hpp"
#include "server/core/shard/shard_query_responder.hpp"
#include "server/core/util/seeded_random.hpp"

namespace dialogue {
namespace {

/// Makes each shard's chance its own.
std::uint64_t seed_of(std::uint64_t seed, std::uint32_t shard) {
  SeededRandom random(seed);
  for (std::uint32_t i = 0; i < shard; ++i) static_cast<void>(random.next());
  return random.next();
}

/// From the beginning of an input to its end, when the recorder hears what came of it. Without a recorder nothing happens.
class Turn {
 public:
  Turn(Recorder* recorder, const Actions& out) : recorder_(recorder), out_(out), begin_(out.size()) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (recorder_ != nullptr) recorder_->decided(std::span(out_).subspan(begin_));
  }

 private:
  Recorder* recorder_;
  const Actions& out_;
  std::size_t begin_;
};

}  // namespace

struct Shard::State {
  State(const ShardConfig& given, std::uint32_t index, std::uint32_t count, std::uint64_t seed)
      : config(given),
        effects(index, count),
        random(seed_of(seed, index)),
        fanout(config.limits, effects, connections),
        context{config, effects, random, connections, greeted, fanout},
        home(config, effects),
        sessions(context, home),
        users(config, effects),
        collecting(context, home, sessions) {}

  void carry(ShardMessageBody&& letter) {
    std::visit([this](auto&& content) { deliver(std::move(content)); }, std::move(letter));
  }
  /// Carries shard messages of this shard to itself, and those that come of them.
  void carry_letters() {
    while (auto letter = effects.take_local()) carry(std::move(*letter));
  }
  /// And sends the publications among them to the logs in memory: those of one call together.
  void carry_local() {
    do carry_letters();
    while (home.pump());
  }
  /// An input begins; `write(recorder)` writes it down.
  template <typename Write>
  [[nodiscard]] Turn turn(const Actions& out, const Write& write) {
    if (recorder != nullptr) write(*recorder);
    return Turn(recorder, out);
  }
  /// An input that is a name and numbers.
  [[nodiscard]] Turn turn(const Actions& out, std::string_view name, Time now, std::initializer_list<std::uint64_t> numbers) {
    return turn(out, [&](Recorder& to) { to.note(name, now, numbers); });
  }
  [[nodiscard]] Connection* begin(ConnectionId id, Time now, Actions& out) {
    effects.begin(now, out);
    return connections.find(id);
  }

  /// Handles a frame, unless one before it ended the connection.
  void frame(Connection& connection, std::span<char> text) {
    if (connection.state == SessionState::closing) return;
    sessions.frame(connection, text);
    carry_letters();
  }

  /// Handles the frames that waited for what was just decided.
  void go_on(Connection& connection, std::vector<std::string> waiting) {
    carry_letters();
    for (std::string& text : waiting) frame(connection, text);
    carry_local();
  }

  void deliver(Deliver&& letter) {
    home.windows.received(letter.room, bytes_of(letter.record));
    fanout.handle(std::move(letter));
  }
  void deliver(LogGrew&& letter) { fanout.handle(std::move(letter)); }
  void deliver(DeliversTaken&& letter) { home.handle(std::move(letter)); }
  void deliver(PresenceChange&& letter) { fanout.handle(std::move(letter)); }
  void deliver(Join&& letter) { home.handle(std::move(letter)); }
  void deliver(Leave&& letter) { home.handle(std::move(letter)); }
  void deliver(Publish&& letter) { home.handle(std::move(letter)); }
  void deliver(ReadLog&& letter) { home.handle(std::move(letter)); }
  void deliver(HistoryQuery&& letter) { home.handle(std::move(letter)); }
  void deliver(LogPiece&& letter) { sessions.catch_up.handle(std::move(letter)); }
  void deliver(HistoryResponse&& letter) { sessions.memberships.handle(std::move(letter)); }
  void deliver(CreateRoom&& letter) { home.handle(std::move(letter)); }
  void deliver(DeleteRoom&& letter) { home.handle(std::move(letter)); }
  void deliver(ServerPublish&& letter) { home.handle(std::move(letter)); }
  void deliver(JoinResponse&& letter) { sessions.handle(std::move(letter)); }
  void deliver(LeaveResponse&& letter) { sessions.memberships.handle(std::move(letter)); }
  void deliver(RoomEnded&& letter) { sessions.handle(std::move(letter)); }
  void deliver(PublishResponse&& letter) { sessions.handle(std::move(letter)); }
  void deliver(ReplaceSession&& letter) { sessions.handle(std::move(letter)); }
  void deliver(HookCommand&& letter) { sessions.handle(std::move(letter)); }
  void deliver(RoomsQuery&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(ConnectionsQuery&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(UsersQuery&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(MembersQuery&& letter) { home.handle(std::move(letter)); }
  void deliver(KickUser&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(RevokeTokens&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(SendEvent&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(LeaveRoom&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(Collected&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(CollectRooms&& letter) { collecting.handle(std::move(letter)); }
  void deliver(CollectConnections&& letter) { collecting.handle(std::move(letter)); }
  void deliver(CollectUsers&& letter) { collecting.handle(std::move(letter)); }
  void deliver(CollectKicked&& letter) { collecting.handle(std::move(letter)); }
  void deliver(CollectRevoked&& letter) { collecting.handle(std::move(letter)); }
  void deliver(CollectLeft&& letter) { collecting.handle(std::move(letter)); }
  void deliver(CollectSent&& letter) { collecting.handle(std::move(letter)); }
  void deliver(PermissionQuery&& letter) { home.handle(std::move(letter)); }
  void deliver(PermissionResponse&& letter) { sessions.gathering.handle(std::move(letter)); }
  void deliver(EnterUser&& letter) { users.handle(std::move(letter)); }
  void deliver(UserLeft&& letter) { users.handle(letter); }
  void deliver(UserResponse&& letter) {
    std::vector<std::string> waiting = sessions.counted(letter);
    Connection* connection = connections.find(letter.to);
    if (connection != nullptr) go_on(*connection, std::move(waiting));
  }

  Recorder* recorder = nullptr;
  ShardConfig config;
  ShardEffects effects;
  SeededRandom random;
  ConnectionTable connections;
  ConnectionIndex greeted;
  Fanout fanout;
  ShardContext context;
  RoomOwner home;
  Sessions sessions;
  UserSessions users;
  ShardQueryResponder collecting;
};

Shard::Shard(const ShardConfig& config, std::uint32_t index, std::uint32_t count, std::uint64_t seed)
    : state_(std::make_unique<State>(config, index, count, seed)) {}

Shard::~Shard() = default;

ConnectionId Shard::connected(const PeerFacts& peer, Time now, Actions& out) {
  const Turn turn = state_->turn(out, [&](Recorder& to) { to.connected(peer, now); });
  state_->effects.begin(now, out);
  const ConnectionId id = state_->sessions.open(peer);
  if (state_->recorder != nullptr) state_->recorder->opened(id);
  return id;
}

void Shard::received(ConnectionId from, std::span<char> message, Time now, Actions& out) {
  const Turn turn = state_->turn(out, [&](Recorder& to) { to.received(from, {message.data(), message.size()}, now); });
  Connection* connection = state_->begin(from, now, out);
  if (connection == nullptr || connection->state == SessionState::closing) return;
  connection->heard(now.monotonic_ms);
  const std::string_view text(message.data(), message.size());
  if (const auto fault = message_fault(text, state_->context.config.limits)) state_->sessions.end(*connection, *fault);
  FrameSplitter frames(text);
  for (std::string_view frame; connection->state != SessionState::closing && frames.next(frame);)
    state_->frame(*connection, message.subspan(static_cast<std::size_t>(frame.data() - text.data()), frame.size()));
  state_->carry_local();
}

void Shard::identified(ConnectionId from, std::uint64_t ticket, AuthResult&& result, Time now, Actions& out) {
  const Turn turn = state_->turn(out, [&](Recorder& to) { to.identified(from, ticket, result, now); });
  Connection* connection = state_->begin(from, now, out);
  if (connection == nullptr) return;
  state_->go_on(*connection, state_->sessions.identified(*connection, ticket, std::move(result)));
}

void Shard::hook_answered(ConnectionId from, std::uint64_t ticket, HookVerdict&& verdict, Time now, Actions& out) {
  const Turn turn = state_->turn(out, [&](Recorder& to) { to.hook_answered(from, ticket, verdict, now); });
  Connection* connection = state_->begin(from, now, out);
  if (connection == nullptr) return;
  state_->go_on(*connection, state_->sessions.hook_answered(*connection, ticket, std::move(verdict)));
}

void Shard::violated(ConnectionId from, ErrorCode reason, Time now, Actions& out) {
  const Turn turn = state_->turn(out, "violated", now, {from, static_cast<std::uint64_t>(reason)});
  Connection* connection = state_->begin(from, now, out);
  if (connection == nullptr) return;
  const bool is_size = reason == ErrorCode::frame_too_large;
  state_->sessions.end(*connection, {reason, is_size ? std::to_string(state_->context.config.limits.message_bytes_max) : "", {}});
  state_->carry_local();
}

void Shard::allow(std::size_t connections_max, std::size_t connections_per_user_max, Time now, Actions& out) {
  const Turn turn = state_->turn(out, "allow", now, {connections_max, connections_per_user_max});
  ShardLimits& limits = state_->config.limits;
  limits.connections_max = connections_max;
  limits.connections_per_user_max = connections_per_user_max;
}

void Shard::alive(ConnectionId from, Time now) {
  if (state_->recorder != nullptr) state_->recorder->note("alive", now, {from});
  if (Connection* connection = state_->connections.find(from)) connection->heard(now.monotonic_ms);
}

void Shard::said_goodbye(ConnectionId from) {
  if (state_->recorder != nullptr) state_->recorder->note("said_goodbye", {}, {from});
  if (Connection* connection = state_->connections.find(from)) connection->said_goodbye = true;
}

void Shard::disconnected(ConnectionId from, Time now, Actions& out) {
  const Turn turn = state_->turn(out, "disconnected", now, {from});
  Connection* connection = state_->begin(from, now, out);
  if (connection == nullptr) return;
  state_->sessions.gone(*connection);
  state_->carry_local();
}

void Shard::backlog(ConnectionId from, std::size_t queued_bytes, std::uint64_t stalled_ms, Time now, Actions& out) {
  const Turn turn = state_->turn(out, "backlog", now, {from, queued_bytes, stalled_ms});
  Connection* connection = state_->begin(from, now, out);
  const ShardLimits& limits = state_->context.config.limits;
  if (connection == nullptr) return;
  if (queued_bytes > limits.backlog_bytes_max || stalled_ms > limits.write_stall_timeout_ms)
    state_->sessions.end(*connection, {ErrorCode::slow_consumer, {}, {}});
  else
    connection->took(now.monotonic_ms - std::min(now.monotonic_ms, stalled_ms), queued_bytes);
  state_->carry_local();
}

void Shard::drained(ConnectionId from, Time now, Actions& out) {
  const Turn turn = state_->turn(out, "drained", now, {from});
  Connection* connection = state_->begin(from, now, out);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  state_->sessions.catch_up.drained(*connection);
  state_->carry_local();
}

void Shard::answered(StoreResponse&& answer, Time now, Actions& out) {
  const Turn turn = state_->turn(out, [&](Recorder& to) { to.answered(answer, now); });
  state_->effects.begin(now, out);
  state_->home.answered(std::move(answer));
  state_->carry_local();
}

void Shard::mail(ShardMessage&& mail, Time now, Actions& out) {
  const Turn turn = state_->turn(out, [&](Recorder& to) { to.mail(mail, now); });
  state_->effects.begin(now, out);
  state_->carry(std::move(mail).open());
  state_->carry_local();
}

std::uint64_t Shard::tick(Time now, Actions& out) {
  const Turn turn = state_->turn(out, "tick", now, {});
  state_->effects.begin(now, out);
  std::uint64_t next = std::min(state_->sessions.tick(), state_->sessions.catch_up.tick());
  state_->carry_local();  // who was found dead changes presence, which is then told in its own time
  next = std::min(next, state_->fanout.tick());
  next = std::min({next, state_->home.tick(), state_->users.tick()});
  state_->carry_local();
  return next;
}

void Shard::end_turn(Time now, Actions& out) {
  const Turn turn = state_->turn(out, "end_turn", now, {});
  state_->effects.begin(now, out);
  state_->fanout.flush();
  state_->home.commit();
  state_->carry_local();
  state_->effects.end_turn();
}

bool Shard::owes_turn_end() const { return state_->fanout.has_kept() || owes_commit(); }

bool Shard::owes_commit() const { return state_->home.has_to_commit(); }

void Shard::drain(std::uint64_t spread_ms, Time now, Actions& out) {
  const Turn turn = state_->turn(out, "drain", now, {spread_ms});
  state_->effects.begin(now, out);
  state_->sessions.drain(spread_ms);
  state_->carry_local();
}

void Shard::record(Recorder& recorder) {
  state_->recorder = &recorder;
  attend(recorder);
}

void Shard::attend(Witness& witness) { state_->effects.set_witness(&witness); }

void Shard::expect(ConnectionId from) const { state_->connections.prefetch(from); }

std::size_t Shard::connection_count() const { return state_->connections.size(); }

StateCounts Shard::state_counts() const {
  StateCounts counts;
  state_->connections.for_each([&counts](const Connection& connection) {
    switch (connection.state) {
      case SessionState::awaiting_hello:
        ++counts.awaiting_hello;
        break;
      case SessionState::identifying:
        ++counts.identifying;
        break;
      case SessionState::ready:
        ++counts.ready;
        break;
      default:
        ++counts.closing;
    }
  });
  return counts;
}

}  // namespace dialogue
