// The table of frames, and how connections begin and end.
#include "server/core/session/sessions.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/session/hook_client.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {
namespace {

bool is_from_client(FrameType type) { return type < FrameType::welcome; }

Error unreadable(FrameType type) {
  const auto shape = std::find_if(kFrameShapes.begin(), kFrameShapes.end(), [type](const auto& row) { return row.type == type; });
  return {ErrorCode::request_invalid, std::string(shape->name) + ": it cannot be read behind its first integers", {}};
}

}  // namespace

struct Sessions::Row {
  SessionState state;
  FrameType type;
  std::string_view request;  ///< what it is called where its first integer is a request's number, 1 or more
  bool reads;                ///< it counts against the connection's limit of requests that read
  Handled (*handle)(Sessions&, Connection&, const Frame&, std::span<char> payload);
};

const Sessions::Row
    Sessions::kRows[] =
        {
            {SessionState::awaiting_hello, FrameType::hello, "", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               return self.handshake_.ask(connection, frame);
             }},
            {SessionState::ready, FrameType::hello, "", false,
             [](Sessions&, Connection&, const Frame&, auto) -> Handled {
               return Error{ErrorCode::hello_repeated, {}, {}};
             }},
            {SessionState::ready, FrameType::publish, "", false,
             [](Sessions& self, Connection& connection, const Frame& frame, std::span<char> payload) {
               self.publishing.publish(connection, frame, payload);
               return Handled();
             }},
            {SessionState::ready, FrameType::join, "join", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.join(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::leave, "leave", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.leave(connection, frame);
               self.run_commands(connection);  // which waited for a JOIN that ends with the membership
               return Handled();
             }},
            {SessionState::ready, FrameType::subscribe, "subscribe", true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.requests.subscribe(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::unsubscribe, "subscribe", true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.requests.unsubscribe(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::history, "history", true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.requests.history(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::credit, "", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.catch_up.set_credit(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::list, "list", true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.queries.list(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::can, "can", true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.queries.can(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::call, "call", false,
             [](Sessions& self, Connection& connection, const Frame& frame, std::span<char> payload) {
               return self.exchanges.call(connection, frame, payload);
             }},
            {SessionState::ready, FrameType::cancel, "call", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.exchanges.cancel(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::write, "call", false,
             [](Sessions& self, Connection& connection, const Frame& frame, std::span<char> payload) {
               self.exchanges.write(connection, frame, payload);
               return Handled();
             }},
            {SessionState::ready, FrameType::grant, "call", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.exchanges.grant(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::finish, "call", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.exchanges.finish(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::watch, "watch", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.states.watch(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::unwatch, "", false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.states.unwatch(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::state, "state", false,
             [](Sessions& self, Connection& connection, const Frame& frame, std::span<char> payload) {
               self.states.set(connection, frame, payload);
               return Handled();
             }},
            {SessionState::ready, FrameType::refresh, "refresh", true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.handshake_.ask_again(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::pong, "", false,  // it only shows that the peer is alive
             [](Sessions&, Connection&, const Frame&, auto) { return Handled(); }},
};

Sessions::Sessions(const ShardContext& context, const RoomOwner& owner)
    : catch_up(context),
      memberships(context, owner, hooks_, catch_up),
      requests(context, hooks_, memberships),
      resumed_joins(context, owner),
      publishing(context),
      exchanges(context),
      states(context),
      queries(context),
      context_(context),
      hooks_(context),
      handshake_(context, hooks_),
      liveness_(context) {}

ConnectionId Sessions::open(const PeerFacts& peer, std::size_t server_connections) {
  Connection& connection = context_.connections.open();
  connection.last_heard_ms = connection.last_sent_ms = context_.effects.now().monotonic_ms;
  connection.opened_ns = context_.effects.now().monotonic_ns;
  context_.effects.metrics().count(metrics::Metric::connections_total, peer.transport);
  connection.peer = std::make_unique<PeerFacts>(peer);
  connection.transport = peer.transport;
  connection.keeps_places = !transport_row(peer.transport).is_one_way;
  ++open_count_;
  const std::size_t among = server_connections > 0 ? server_connections : open_count_;
  if (draining_)
    end(connection, {ErrorCode::draining, {}, {}}, kFullRetryMinMs);
  else if (among > context_.config.limits.connections_max)
    end(connection, {ErrorCode::server_full, {}, {}}, kFullRetryMinMs + context_.random.below(kFullRetrySpreadMs));
  else
    liveness_.watch(connection);
  return connection.id;
}

void Sessions::frame(Connection& connection, std::span<char> text) {
  if (connection.state == SessionState::identifying) {
    if (const Handled fault = Handshake::hold(connection, {text.data(), text.size()})) end(connection, *fault);
    return;
  }
  Frame frame;
  const ErrorCode code = read_frame({text.data(), text.size()}, frame);
  if (code != ErrorCode::ok && code != ErrorCode::request_invalid)
    return end(connection, {code, code == ErrorCode::frame_unknown ? std::to_string(frame.integers[0]) : std::string(), {}});
  context_.effects.metrics().count(metrics::Metric::frames_total,
                                   metrics::index_in(metrics::Metric::frames_total, metrics::Direction::in, frame.type));
  std::span<char> payload;
  if (!frame.payload.empty()) payload = text.subspan(frame.payload.data() - text.data(), frame.payload.size());
  if (const Handled fault = handle_frame(connection, frame, payload, code == ErrorCode::ok)) end(connection, *fault);
}

Sessions::Handled Sessions::handle_frame(Connection& connection, const Frame& frame, std::span<char> payload, bool is_whole) {
  if (!is_from_client(frame.type)) return Error{ErrorCode::frame_unknown, std::to_string(static_cast<int>(frame.type)), {}};
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& candidate) {
    return candidate.state == connection.state && candidate.type == frame.type;
  });
  if (row == std::end(kRows)) return Error{ErrorCode::hello_required, {}, {}};
  const bool is_request = !row->request.empty();
  if (is_request && frame.integers[0] == 0) return Error{ErrorCode::frame_malformed, {}, {}};
  if (row->reads && refuse_read(connection, frame)) return std::nullopt;
  if (is_whole) return row->handle(*this, connection, frame, payload);
  const Error fault = unreadable(frame.type);
  if (frame.type == FrameType::call) return exchanges.call(connection, frame, {}, &fault);
  if (frame.type == FrameType::write)
    exchanges.write(connection, frame, {}, &fault);
  else if (frame.type == FrameType::watch || frame.type == FrameType::state)
    states.refuse(connection, frame, fault);
  else if (is_request)
    memberships.refuse(connection, frame.integers[0], row->request, fault);
  else
    publishing.publish(connection, frame, {}, &fault);
  return std::nullopt;
}

bool Sessions::refuse_read(Connection& connection, const Frame& frame) const {
  const RateLimit limit = read_limit(context_.config);
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms, wait_ms = connection.reads.wait_ms(limit, now_ms);
  if (wait_ms == 0) {
    connection.reads.take(limit, now_ms);
    return false;
  }
  context_.effects.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::read);
  context_.answer(connection, refusal_frame(frame.integers[0], {ErrorCode::rate_limited, {}, {}}, wait_ms));
  context_.effects.log(LogLevel::info, "refused",
                       {{"request", "read"}, {"code", error_name(ErrorCode::rate_limited)}, {"session", connection.session_id}});
  return true;
}

std::vector<std::string> Sessions::identified(Connection& connection, std::uint64_t ticket, AuthResult&& result) {
  if (ticket != 0) {
    if (connection.state == SessionState::ready) {
      memberships.token_judged(connection, ticket, std::move(result));
      states.end_forbidden(connection);
      if (memberships.take_lost_history()) exchanges.end_heads(connection);
    }
    run_commands(connection);
    liveness_.watch(connection);
    return {};
  }
  if (connection.state == SessionState::ready && connection.refresh_req() != 0) {
    handshake_.refresh(connection, std::move(result));
    connection.verdict_used();
    judge(connection);
    liveness_.watch(connection);
  }
  if (connection.state != SessionState::identifying) return {};
  return end_handshake(connection, handshake_.authenticated(connection, std::move(result)));
}

std::vector<std::string> Sessions::hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) {
  verdict.reason = bounded_reason(std::move(verdict.reason));
  // A rejected connection has its own log line.
  if (error_row(verdict.code).retryable && connection.state != SessionState::identifying)
    context_.effects.log(LogLevel::warn, "hook_failed",
                         {{"code", error_name(verdict.code)}, {"reason", verdict.reason}, {"session", connection.session_id}});
  if (connection.state == SessionState::identifying)
    return end_handshake(connection, handshake_.hook_answered(connection, ticket, std::move(verdict)));
  if (connection.state == SessionState::ready && !memberships.hook_answered(connection, ticket, std::move(verdict)) &&
      !requests.hook_answered(connection, ticket, std::move(verdict)))
    publishing.hook_answered(connection, ticket, std::move(verdict));
  judge(connection);
  run_commands(connection);
  return {};
}

void Sessions::handle(JoinResponse&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  memberships.handle(std::move(answer));
  if (connection == nullptr) return;
  if (memberships.take_lost_history()) exchanges.end_heads(*connection);
  run_commands(*connection);
  liveness_.watch(*connection);  // there may be a token to be renewed
}

std::vector<std::string> Sessions::counted(const UserResponse& answer) {
  Connection* connection = context_.connections.find(answer.to);
  if (connection != nullptr && connection->state == SessionState::identifying)
    return end_handshake(*connection, handshake_.counted(*connection, answer));
  if (answer.granted)  // it has ended meanwhile
    context_.effects.post(shard_of(answer.user_id, context_.effects.shard_count()), UserLeft{answer.user_id, false, nullptr});
  return {};
}

void Sessions::leave_user(Connection& connection, Memberships::Loss lost) const {
  if (!std::exchange(connection.is_counted, false)) return;
  const bool is_lost = lost != Memberships::Loss::none && connection.keeps_places && connection.may_have_places();
  std::shared_ptr<const Allowance> used;
  if (connection.allowance &&
      connection.allowance->whole_in_ms(context_.config.definitions, context_.effects.now().monotonic_ms) > 0)
    used = std::make_shared<const Allowance>(*connection.allowance);  // a copy: others of the user may go on with it
  context_.effects.post(shard_of(connection.user_id(), context_.effects.shard_count()),
                        UserLeft{std::string(connection.user_id()), is_lost, std::move(used)});
}

std::vector<std::string> Sessions::end_handshake(Connection& connection, const Handled& fault) {
  if (!fault && connection.state == SessionState::identifying) return {};  // the application is asked
  const std::unique_ptr<WaitingHello> waiting = std::move(connection.hello);
  if (fault)
    end(connection, *fault, retry_after_ms(fault->code));
  else
    liveness_.watch(connection);
  run_commands(connection);  // of on_connect, where its shard message came before the handshake was over
  return std::move(waiting->frames);
}

void Sessions::handle(PublishResponse&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  publishing.handle(std::move(answer));
  if (connection != nullptr && connection->draining && !connection->has_in_flight()) end_drained(*connection, true);
}

void Sessions::exchange_replied(Connection& connection, std::uint64_t ticket, ExchangeReply&& reply) {
  exchanges.replied(connection, ticket, std::move(reply));
  if (connection.draining && !connection.has_in_flight()) end_drained(connection, true);
}

// The hook's commands are in the connection's list, and it may have changed the identity; the operation of the hook is done.
void Sessions::handle(HookCommandsReady&& ready) {
  Connection* connection = context_.connections.find(ready.connection);
  if (connection == nullptr) return;
  judge(*connection);
  run_commands(*connection);
}

void Sessions::run_commands(Connection& connection) {
  while (connection.state == SessionState::ready && connection.asked && !connection.asked->commands.empty()) {
    auto& commands = connection.asked->commands;
    if (Memberships::is_pending(connection, commands.front().room_id)) return;
    const HookCommand command = std::move(commands.front());
    commands.pop_front();
    run_command(connection, command);
  }
  if (connection.asked && connection.asked->empty()) connection.asked.reset();  // idle connections hold no buffers
}

void Sessions::run_command(Connection& connection, const HookCommand& command) {
  switch (command.kind) {
    case HookCommand::Kind::join:
      return memberships.join_for_application(connection, command.room_id, command.newest);
    case HookCommand::Kind::leave:
      if (!command.room_id.empty()) memberships.expel(connection, command.room_id);
      return;
    case HookCommand::Kind::send:
      if (auto event = ConnectionHookClient::event_for(context_, connection, command)) return context_.answer(connection, *event);
      return context_.effects.log(LogLevel::warn, "hook_event_not_sent",
                                  {{"session", connection.session_id}, {"room", command.room_id}});
    case HookCommand::Kind::disconnect:
      return end(connection, {ErrorCode::denied_by_hook, command.text, {}});
  }
}

void Sessions::handle(RoomEnded&& ended) {
  if (!error_row(ended.code).retryable) return memberships.handle(std::move(ended));
  if (const LocalRoom* room = context_.fanout.find(ended.room))
    for (const Member& member : std::vector(room->members))
      if (Connection* connection = context_.connections.find(member.connection)) end(*connection, {ended.code, {}, {}});
}

void Sessions::expired(const RequestKey& key) {
  context_.effects.log(LogLevel::warn, "shard_unanswered", {{"request", request_name(key.kind)}});
  if (key.kind == RequestKind::gather || key.kind == RequestKind::permission) return queries.expired(key);
  if (key.kind == RequestKind::history) return requests.expired(key);
  if (key.kind == RequestKind::watch) return states.expired(key);
  Connection* connection = context_.connections.find(key.connection);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (key.kind == RequestKind::join || key.kind == RequestKind::release) {
    memberships.expired(key);
    return run_commands(*connection);
  }
  if (key.kind == RequestKind::leave || CatchUp::awaits_page(*connection, key.number))
    end(*connection, {ErrorCode::store_unavailable, {}, {}});
}

std::uint64_t Sessions::tick() {
  const auto end_by = [this](Connection& connection, const Error& fault) { end(connection, fault); };
  const std::uint64_t requests_ms =
      context_.requests.tick(context_.effects.now().monotonic_ms, [this](const RequestKey& key) { expired(key); });
  return std::min({end_unsettled(), requests_ms, resumed_joins.tick(), publishing.tick(end_by), exchanges.tick(),
                   liveness_.tick(end_by, [this](Connection& connection) { memberships.renew_tokens(connection); })});
}

std::optional<Error> message_fault(std::string_view message, const ShardLimits& limits) {
  if (message.size() > limits.message_bytes_max)
    return Error{ErrorCode::frame_too_large, std::to_string(limits.message_bytes_max), {}};
  const auto line_feeds = static_cast<std::size_t>(std::count(message.begin(), message.end(), '\n'));
  if (line_feeds >= kBatchFramesMax || (line_feeds > 0 && message.size() > kBatchBytesMax))
    return Error{ErrorCode::batch_too_large, std::to_string(kBatchFramesMax), {}};
  return std::nullopt;
}

}  // namespace dialogue::core
