// The table of frames, and how connections begin and end.
#include "server/core/session/sessions.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/session/hook_client.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kFullRetryMinMs = 1000, kFullRetrySpreadMs = 4000;        ///< a full server asks for patience, spread out
constexpr std::uint64_t kCrowdRetryMinMs = 10'000, kCrowdRetrySpreadMs = 20'000;  ///< and who has too many connections for more
constexpr std::uint16_t kCloseInternal = 1011, kClosePolicy = 1008;               ///< RFC 6455 section 7.4.1

/// The code's own close code; codes that usually leave a connection open end it for good, or for a while when a retry may help.
std::uint16_t close_code_of(ErrorCode code) {
  const ErrorRow& row = error_row(code);
  if (row.close_code != 0) return row.close_code;
  return row.retryable ? kCloseInternal : kClosePolicy;
}

/// Whether who ends by this code may come back to his places: what he could not help.
Memberships::Loss loss_by(ErrorCode code) {
  if (code == ErrorCode::ping_timeout) return Memberships::Loss::silence;
  if (code == ErrorCode::token_expired) return Memberships::Loss::transport;
  return code == ErrorCode::slow_consumer || code == ErrorCode::replaced ? Memberships::Loss::transport : Memberships::Loss::none;
}

bool is_from_client(FrameType type) { return type < FrameType::welcome; }

}  // namespace

struct Sessions::Row {
  SessionState state;
  FrameType type;
  bool has_req;  ///< its first integer, 1 or more
  bool reads;    ///< it counts against the connection's limit of requests that read
  Handled (*handle)(Sessions&, Connection&, const Frame&, std::span<char> payload);
};

const Sessions::Row
    Sessions::kRows[] =
        {
            {SessionState::awaiting_hello, FrameType::hello, false, false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               return self.greeting_.ask(connection, frame);
             }},
            {SessionState::ready, FrameType::hello, false, false,
             [](Sessions&, Connection&, const Frame&, auto) -> Handled {
               return Error{ErrorCode::hello_repeated, {}, {}};
             }},
            {SessionState::ready, FrameType::publish, false, false,
             [](Sessions& self, Connection& connection, const Frame& frame, std::span<char> payload) {
               self.publishing.publish(connection, frame, payload);
               return Handled();
             }},
            {SessionState::ready, FrameType::join, true, false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.join(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::leave, true, false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.leave(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::subscribe, true, true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.subscribe(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::unsubscribe, true, true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.unsubscribe(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::history, true, true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.memberships.history(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::credit, false, false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.catch_up.set_credit(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::list, true, true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.gathering.list(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::can, true, true,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.gathering.can(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::refresh, true, false,
             [](Sessions& self, Connection& connection, const Frame& frame, auto) {
               self.greeting_.ask_again(connection, frame);
               return Handled();
             }},
            {SessionState::ready, FrameType::pong, false, false,  // that something was heard is all that it says
             [](Sessions&, Connection&, const Frame&, auto) { return Handled(); }},
};

Sessions::Sessions(const ShardContext& context, const RoomOwner& home)
    : catch_up(context),
      memberships(context, home, hooks_, catch_up),
      publishing(context),
      gathering(context),
      context_(context),
      hooks_(context),
      greeting_(context, hooks_),
      liveness_(context) {}

ConnectionId Sessions::open(const PeerFacts& peer) {
  Connection& connection = context_.connections.open();
  connection.last_heard_ms = connection.last_sent_ms = context_.effects.now().monotonic_ms;
  connection.peer = std::make_unique<PeerFacts>(peer);
  ++open_count_;
  const std::size_t shards = context_.effects.shard_count();
  const std::size_t share = (context_.config.limits.connections_max + shards - 1) / shards;
  if (draining_)
    end(connection, {ErrorCode::draining, {}, {}}, kFullRetryMinMs);
  else if (open_count_ > share)
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
  if (code != ErrorCode::ok) {
    const bool unknown = code == ErrorCode::frame_unknown;
    return end(connection, {code, unknown ? std::to_string(frame.integers[0]) : std::string(), {}});
  }
  std::span<char> payload;
  if (!frame.payload.empty()) payload = text.subspan(frame.payload.data() - text.data(), frame.payload.size());
  if (const Handled fault = handle_frame(connection, frame, payload)) end(connection, *fault);
}

Sessions::Handled Sessions::handle_frame(Connection& connection, const Frame& frame, std::span<char> payload) {
  if (!is_from_client(frame.type)) return Error{ErrorCode::frame_unknown, std::to_string(static_cast<int>(frame.type)), {}};
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& candidate) {
    return candidate.state == connection.state && candidate.type == frame.type;
  });
  if (row == std::end(kRows)) return Error{ErrorCode::hello_required, {}, {}};
  if (row->has_req && frame.integers[0] == 0) return Error{ErrorCode::frame_malformed, {}, {}};
  if (row->reads && refuse_read(connection, frame)) return std::nullopt;
  return row->handle(*this, connection, frame, payload);
}

bool Sessions::refuse_read(Connection& connection, const Frame& frame) const {
  const RateLimit limit = read_limit(context_.config);
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms, wait_ms = connection.reads.wait_ms(limit, now_ms);
  if (wait_ms == 0) {
    connection.reads.take(limit, now_ms);
    return false;
  }
  context_.answer(connection, refusal_frame(frame.integers[0], {ErrorCode::rate_limited, {}, {}}, wait_ms));
  context_.effects.log(LogLevel::info, "refused",
                       {{"request", "read"}, {"code", error_name(ErrorCode::rate_limited)}, {"session", connection.session_id}});
  return true;
}

std::vector<std::string> Sessions::identified(Connection& connection, std::uint64_t ticket, AuthResult&& result) {
  if (ticket != 0) {
    if (connection.state == SessionState::ready) memberships.token_judged(connection, ticket, std::move(result));
    grant_wishes(connection);
    liveness_.watch(connection);
    return {};
  }
  if (connection.state == SessionState::ready && connection.refresh_req != 0) {
    const std::shared_ptr<const Identity> before = connection.identity;
    greeting_.refresh(connection, std::move(result));
    connection.verdict_used();
    memberships.end_forbidden(connection, before);
    liveness_.watch(connection);
  }
  if (connection.state != SessionState::identifying) return {};
  return greeted(connection, greeting_.greet(connection, std::move(result)));
}

std::vector<std::string> Sessions::hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) {
  verdict.reason = bounded_reason(std::move(verdict.reason));
  // Of one that is turned away its own line says it.
  if (error_row(verdict.code).retryable && connection.state != SessionState::identifying)
    context_.effects.log(LogLevel::warn, "hook_failed",
                         {{"code", error_name(verdict.code)}, {"reason", verdict.reason}, {"session", connection.session_id}});
  if (connection.state == SessionState::identifying)
    return greeted(connection, greeting_.hook_answered(connection, ticket, std::move(verdict)));
  if (connection.state == SessionState::ready && !memberships.hook_answered(connection, ticket, std::move(verdict)))
    publishing.hook_answered(connection, ticket, std::move(verdict));
  grant_wishes(connection);
  if (connection.asked && connection.asked->empty()) connection.asked.reset();  // idle connections hold no buffers
  return {};
}

void Sessions::handle(JoinResponse&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  memberships.handle(std::move(answer));
  if (connection == nullptr) return;
  grant_wishes(*connection);
  liveness_.watch(*connection);  // there may be a token to be renewed
}

std::vector<std::string> Sessions::counted(const UserResponse& answer) {
  Connection* connection = context_.connections.find(answer.to);
  if (connection != nullptr && connection->state == SessionState::identifying)
    return greeted(*connection, greeting_.counted(*connection, answer));
  if (answer.granted) post_user_left({answer.user_id, false, nullptr});  // it has ended meanwhile
  return {};
}

void Sessions::post_user_left(UserLeft&& left) const {
  const std::uint32_t shard = shard_of(left.user_id, context_.effects.shard_count());
  context_.effects.post(shard, std::move(left));
}

void Sessions::leave_user(Connection& connection, Memberships::Loss lost) const {
  if (!std::exchange(connection.is_counted, false)) return;
  const bool is_lost = lost != Memberships::Loss::none && connection.keeps_places && !connection.memberships.empty();
  std::shared_ptr<const Allowance> used;
  if (connection.allowance &&
      connection.allowance->whole_in_ms(context_.config.definitions, context_.effects.now().monotonic_ms) > 0)
    used = std::make_shared<const Allowance>(*connection.allowance);  // a copy: others of the user may go on with it
  post_user_left({std::string(connection.user_id()), is_lost, std::move(used)});
}

std::vector<std::string> Sessions::greeted(Connection& connection, const Handled& fault) {
  if (!fault && connection.state == SessionState::identifying) return {};  // the application is asked
  const std::unique_ptr<WaitingHello> waiting = std::move(connection.hello);
  if (fault)
    end(connection, *fault, retry_after_ms(fault->code));
  else
    liveness_.watch(connection);
  grant_wishes(connection);  // of on_connect, where its shard message came before the greeting was over
  return std::move(waiting->frames);
}

std::uint64_t Sessions::retry_after_ms(ErrorCode code) {
  if (code == ErrorCode::too_many_connections) return kCrowdRetryMinMs + context_.random.below(kCrowdRetrySpreadMs);
  return code == ErrorCode::rate_limited ? kFullRetryMinMs + context_.random.below(kFullRetrySpreadMs) : 0;
}

void Sessions::end(Connection& connection, const Error& fault, std::uint64_t retry_after_ms) {
  if (connection.state == SessionState::closing) return;
  connection.hello.reset();
  const bool was_ready = std::exchange(connection.state, SessionState::closing) == SessionState::ready;
  --open_count_;
  context_.fanout.flush_rooms_of(connection);
  leave_user(connection, was_ready ? loss_by(fault.code) : Memberships::Loss::none);
  context_.effects.send(connection.id, bye_frame(fault, retry_after_ms));
  context_.effects.close(connection.id, close_code_of(fault.code), error_name(fault.code));
  if (was_ready)
    leave_service(connection, error_name(fault.code), loss_by(fault.code));
  else
    context_.effects.log(LogLevel::info, "turned_away",
                         {{"code", error_name(fault.code)},
                          {"reason", fault.argument},
                          {"address", connection.peer ? connection.peer->address : std::string()}});
}

void Sessions::leave_service(Connection& connection, std::string_view reason, Memberships::Loss lost) {
  context_.greeted.remove(connection);
  connection.asked.reset();
  connection.list.reset();
  memberships.abandon_all(connection, connection.keeps_places ? lost : Memberships::Loss::none);
  context_.effects.log(LogLevel::info, "disconnected",
                       {{"session", connection.session_id}, {"user", connection.user_id()}, {"reason", reason}});
  hooks_.on_disconnect(connection, reason);
}

void Sessions::gone(Connection& connection) {
  const SessionState was = std::exchange(connection.state, SessionState::closing);
  if (was != SessionState::closing) --open_count_;
  const auto lost =
      was != SessionState::ready || connection.said_goodbye ? Memberships::Loss::none : Memberships::Loss::transport;
  leave_user(connection, lost);
  if (was == SessionState::ready) leave_service(connection, connection.said_goodbye ? "closed" : "connection_lost", lost);
  context_.connections.close(connection);
}

std::size_t Sessions::kick(std::string_view user_id, const std::string& reason) {
  const std::vector<Connection*> connections = context_.greeted.of_user(user_id);
  for (Connection* connection : connections) end(*connection, {ErrorCode::denied_by_hook, bounded_reason(reason), {}});
  return connections.size();
}

std::size_t Sessions::revoke(const Revocation& revocation) {
  std::size_t count = 0;
  context_.connections.for_each([&](Connection& connection) {
    if (connection.state == SessionState::ready && is_covered(*connection.identity, revocation)) {
      ++count;
      return end(connection, {ErrorCode::token_revoked, {}, {}});
    }
    if (connection.state == SessionState::ready) memberships.end_revoked(connection, revocation);
    if (connection.awaits_verdict()) connection.revoked_meanwhile.push_back(revocation);
  });
  return count;
}

void Sessions::drain(std::uint64_t spread_ms) {
  draining_ = true;
  drain_spread_ms_ = spread_ms;
  context_.connections.for_each([&](Connection& connection) {
    connection.draining = true;
    if (!connection.has_in_flight()) end(connection, {ErrorCode::draining, {}, {}}, context_.random.below(spread_ms));
  });
}

void Sessions::handle(PublishResponse&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  publishing.handle(std::move(answer));
  if (connection != nullptr && connection->draining && !connection->has_in_flight())
    end(*connection, {ErrorCode::draining, {}, {}}, context_.random.below(drain_spread_ms_));
}

void Sessions::handle(ReplaceSession&& replace) {
  Connection* connection = context_.connections.find(replace.connection);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (connection->secret.view() == replace.secret && connection->user_id() == replace.user_id)
    end(*connection, {ErrorCode::replaced, {}, {}});
}

// What the hook asked stands in the connection's list; this says that what the hook is about is done.
void Sessions::handle(HookCommand&& command) {
  if (Connection* connection = context_.connections.find(command.connection)) grant_wishes(*connection);
}

void Sessions::grant_wishes(Connection& connection) {
  while (connection.state == SessionState::ready && connection.asked && !connection.asked->wishes.empty()) {
    auto& wishes = connection.asked->wishes;
    if (Memberships::is_pending(connection, wishes.front().room_id)) return;
    const HookWish wish = std::move(wishes.front());
    wishes.pop_front();
    grant(connection, wish);
  }
  if (connection.asked && connection.asked->empty()) connection.asked.reset();
}

void Sessions::grant(Connection& connection, const HookWish& wish) {
  switch (wish.kind) {
    case HookWish::Kind::join:
      return memberships.join_for_application(connection, wish.room_id, wish.newest);
    case HookWish::Kind::leave:
      if (!wish.room_id.empty()) memberships.expel(connection, wish.room_id);
      return;
    case HookWish::Kind::send:
      if (auto event = ConnectionHookClient::event_for(context_, connection, wish)) return context_.answer(connection, *event);
      return context_.effects.log(LogLevel::warn, "hook_event_not_sent",
                                  {{"session", connection.session_id}, {"room", wish.room_id}});
    case HookWish::Kind::disconnect:
      return end(connection, {ErrorCode::denied_by_hook, wish.text, {}});
  }
}

void Sessions::handle(RoomEnded&& ended) {
  if (!error_row(ended.code).retryable) return memberships.handle(std::move(ended));
  const LocalRoom* room = context_.fanout.find(ended.room);
  if (room == nullptr) return;
  for (const Member& member : std::vector(room->members))
    if (Connection* connection = context_.connections.find(member.connection)) end(*connection, {ended.code, {}, {}});
}

std::uint64_t Sessions::tick() {
  return liveness_.tick([this](Connection& connection, const Error& fault) { end(connection, fault); },
                        [this](Connection& connection) { memberships.renew_tokens(connection); });
}

std::optional<Error> message_fault(std::string_view message, const ShardLimits& limits) {
  if (message.size() > limits.message_bytes_max)
    return Error{ErrorCode::frame_too_large, std::to_string(limits.message_bytes_max), {}};
  const auto line_feeds = static_cast<std::size_t>(std::count(message.begin(), message.end(), '\n'));
  if (line_feeds >= kBatchFramesMax || (line_feeds > 0 && message.size() > kBatchBytesMax))
    return Error{ErrorCode::batch_too_large, std::to_string(kBatchFramesMax), {}};
  return std::nullopt;
}

}  // namespace dialogue
