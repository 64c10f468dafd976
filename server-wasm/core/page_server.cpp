// See page_server.hpp. The order of things within a turn is that of server/loop/shard_loop.cpp.
#include "server-wasm/core/page_server.hpp"

#include <algorithm>
#include <utility>

#include "server-wasm/core/call_text.hpp"
#include "server/core/access/guest_seal.hpp"
#include "server/core/effects/ask_application.hpp"
#include "server/core/effects/exchange_table.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/store/submit.hpp"

namespace dialogue::page_server {

using namespace core;

namespace {

/// Guests keep their names over restarts.
std::string guest_secret(std::uint64_t seed) { return "guests of " + std::to_string(seed); }

/// A page's socket takes texts only, and HELLO comes after it is open.
PeerFacts page_peer() {
  PeerFacts peer;
  peer.transport = TransportKind::polling;
  return peer;
}

/// Everybody is believed: an identity as it is, and a token as the id of its user.
Authenticator believing() {
  return [named = development_authenticator(true)](const Credentials& credentials, const PeerFacts& peer,
                                                   std::uint64_t random) -> AuthResult {
    if (credentials.token.empty()) return named(credentials, peer, random);
    if (!is_user_id(credentials.token)) return Refusal{ErrorCode::token_invalid, "the token is not the id of a user"};
    Identity identity;
    identity.user_id = identity.name = credentials.token;
    return identity;
  };
}

}  // namespace

/// A server from its start to its end.
class PageServer::Run final : public ShardHost {
 public:
  Run(PageServer& server, std::uint64_t seed)
      : server_(server),
        driver({*server.config_, 0, 1, seed}, *this),
        memory_(seed),
        identify_(with_guest_seals(source_of(believing()), guest_secret(server.seed_))) {}

  [[nodiscard]] Time now() const override { return server_.now_; }
  void perform(Actions& actions) override { perform_each(actions, *this); }

  void perform(SendFrame& send) { put(OutputKind::message, send.to, 0, std::move(send.text)); }
  void perform(SendPing& ping) { put(OutputKind::ping, ping.to, 0, std::move(ping.text)); }
  void perform(CloseConnection& close) {
    put(OutputKind::close, close.to, close.close_code, std::make_shared<const std::string>(std::move(close.reason)));
    drop(close.to);
  }
  void perform(PostMessage& post) { driver.enqueue(ShardMessageReceived{std::move(post.message)}); }
  void perform(StoreRequest& request) {
    store::Store& store = request.durable ? server_.durable_ : memory_;
    std::uint64_t due_ms = server_.now_.monotonic_ms;
    if (request.durable) {
      due_ms += server_.commit_ms_;
      if (!unanswered_.empty()) due_ms = std::max(due_ms, unanswered_.back().due_ms);  // none overtakes another
    }
    store::submit(store, std::move(request), [this, due_ms](StoreResponse answer) {
      if (due_ms <= server_.now_.monotonic_ms) return driver.enqueue(StoreReplied{std::move(answer)});
      unanswered_.push_back({due_ms, std::move(answer)});
    });
  }
  void perform(AskIdentity& ask) {
    identify_(std::move(*ask.question), [this, from = ask.from, ticket = ask.ticket](AuthResult result) {
      driver.enqueue(IdentityResolved{from, ticket, std::move(result)});
    });
  }
  void perform(AskHook& ask) {
    ask_application(server_.config_->hooks, std::move(ask), [this](ConnectionId from, std::uint64_t ticket, HookVerdict verdict) {
      driver.enqueue(HookReplied{from, ticket, std::move(verdict)});
    });
  }
  void perform(BeginExchange& begin) {
    exchanges_.begin(server_.config_->exchanges, std::move(begin),
                     [this](ConnectionId from, std::uint64_t ticket, ExchangeReply reply) {
                       driver.enqueue(ExchangeReplied{from, ticket, std::move(reply)});
                     });
  }
  void perform(TellExchange& tell) { exchanges_.tell(std::move(tell)); }
  void perform(const AskDrained& ask) { driver.enqueue(SendDrained{ask.to}); }  // a message is there when it is sent
  void perform(AnswerCall& answer) {
    server_.put({OutputKind::answer, static_cast<std::uint32_t>(answer.call), 0,
                 std::make_shared<const std::string>(answer_text(*answer.result))});
  }
  void perform(const FollowLog&) {}  // no other server has the store
  void perform(const UnfollowLog&) {}
  void perform(const TellNodes&) {}
  void perform(LogLine& line) {
    if (line.is_swallowed) return;
    server_.put({OutputKind::log, 0, static_cast<std::uint32_t>(line.level),
                 std::make_shared<const std::string>("[\"" + line.event + "\"," + line.fields + "]")});
  }
  void perform(GiveUp& give_up) {
    server_.put({OutputKind::gave_up, 0, 0, std::make_shared<const std::string>(std::move(give_up.reason))});
  }

  /// Hands over what the store has answered by now.
  void answer_stored() {
    for (; answer_due_ms() <= server_.now_.monotonic_ms; unanswered_.pop_front())
      driver.enqueue(StoreReplied{std::move(unanswered_.front().answer)});
  }
  [[nodiscard]] std::uint64_t answer_due_ms() const { return unanswered_.empty() ? kNever : unanswered_.front().due_ms; }

  /// The connection of this number; 0: it is gone.
  [[nodiscard]] ConnectionId id_of(ConnectionNumber number) const {
    const auto found = ids_.find(number);
    return found == ids_.end() ? 0 : found->second;
  }
  void add(ConnectionNumber number, ConnectionId id) {
    ids_[number] = id;
    numbers_[id] = number;
  }
  void drop(ConnectionId id) {
    const auto found = numbers_.find(id);
    if (found == numbers_.end()) return;
    ids_.erase(found->second);
    numbers_.erase(found);
    driver.close_later(id);
  }

 private:
  void put(OutputKind kind, ConnectionId to, std::uint32_t code, SharedBytes text) {
    const auto found = numbers_.find(to);
    if (found != numbers_.end()) server_.put({kind, found->second, code, std::move(text)});
  }

  struct Unanswered {
    std::uint64_t due_ms;
    StoreResponse answer;
  };

  PageServer& server_;

 public:
  ShardDriver driver;

 private:
  std::deque<Unanswered> unanswered_;
  store::MemoryStore memory_;  ///< of rooms in memory
  IdentitySource identify_;
  ExchangeTable exchanges_;
  std::map<ConnectionNumber, ConnectionId> ids_;
  std::map<ConnectionId, ConnectionNumber> numbers_;
};

PageServer::PageServer(std::unique_ptr<ShardConfig> config, std::uint64_t seed, Time now)
    : config_(std::move(config)), seed_(seed), now_(now), durable_(seed) {
  config_->has_durable_store = true;
  config_->hooks.on_connect = [this](HookClient& client) {
    for (const std::string& room : joined_) client.join(room);
    return HookDecision::allow();
  };
  start();
}

PageServer::~PageServer() = default;

void PageServer::start() {
  if (run_) return;
  const std::uint64_t seed = seed_ + ++starts_;
  config_->session_secret = std::to_string(seed);
  config_->made_rooms.clear();
  durable_.list_kept({store::KeptKind::room}, [this](const store::KeptList& kept) {
    for (const store::KeptEntry& entry : kept.entries) config_->made_rooms.push_back(store::room_of(entry));
  });
  run_ = std::make_unique<Run>(*this, seed);
  end_turn();
}

void PageServer::crash() {
  run_ = nullptr;
  due_ms_ = kNever;
}

void PageServer::set_time(Time now) {
  now_.monotonic_ms = std::max(now_.monotonic_ms, now.monotonic_ms);
  now_.unix_ms = now.unix_ms;
}

ConnectionNumber PageServer::open() {
  if (!run_) return 0;
  const ConnectionId id = run_->driver.open(page_peer());
  run_->add(++last_connection_, id);
  run_->driver.carry_out();
  end_turn();
  return last_connection_;
}

void PageServer::receive(ConnectionNumber from, std::span<char> message) {
  if (!run_) return;
  const ConnectionId id = run_->id_of(from);
  if (message.size() > config_->limits.message_bytes_max)
    run_->driver.apply(ProtocolViolation{id, ErrorCode::frame_too_large});
  else
    run_->driver.apply(MessageReceived{id, message});
  end_turn();
}

void PageServer::violate(ConnectionNumber from, ErrorCode reason) {
  if (!run_) return;
  run_->driver.apply(ProtocolViolation{run_->id_of(from), reason});
  end_turn();
}

void PageServer::pong(ConnectionNumber from) {
  if (!run_) return;
  run_->driver.apply(PeerAlive{run_->id_of(from)});
  end_turn();
}

void PageServer::backlog(ConnectionNumber from, std::size_t queued_bytes, std::uint64_t stalled_ms) {
  if (!run_) return;
  run_->driver.apply(BacklogChanged{run_->id_of(from), queued_bytes, stalled_ms});
  end_turn();
}

void PageServer::close(ConnectionNumber from, bool in_order) {
  if (!run_) return;
  const ConnectionId id = run_->id_of(from);
  if (in_order) run_->driver.apply(PeerClosing{id});
  run_->drop(id);
  end_turn();
}

void PageServer::call(std::uint32_t number, std::string_view text) {
  if (!run_) return;
  auto asked = call_of(text, number);
  if (auto* fault = std::get_if<Error>(&asked)) {
    put({OutputKind::answer, number, 0, std::make_shared<const std::string>(answer_text(*fault))});
    return;
  }
  run_->driver.apply(ShardMessageReceived{std::move(std::get<ShardMessage>(asked))});
  end_turn();
}

void PageServer::tick() {
  if (run_) end_turn();
}

void PageServer::end_turn() {
  run_->answer_stored();
  run_->driver.carry_out();
  run_->driver.finish_turn();
  due_ms_ = run_->driver.tick();
  run_->driver.finish_turn();
  due_ms_ = std::min(due_ms_, run_->answer_due_ms());
}

const Output* PageServer::next() {
  if (outputs_.empty()) return nullptr;
  taken_ = std::move(outputs_.front());
  outputs_.pop_front();
  return &taken_;
}

}  // namespace dialogue::page_server
