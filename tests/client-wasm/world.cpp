#include "tests/client-wasm/world.hpp"

#include <algorithm>
#include <utility>

#include "server/core/effects/ask_application.hpp"
#include "server/core/effects/exchange_table.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/store/submit.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::client::testing {

using namespace core;
using namespace store;

namespace {
EventDefinition event(std::string name, NodeIndex schema, Delivery delivery = Delivery::reliable) {
  EventDefinition definition;
  definition.name = std::move(name);
  definition.schema = schema;
  definition.delivery = delivery;
  return definition;
}

RoomDefinition room(std::string id) {
  RoomDefinition definition;
  definition.id = std::move(id);
  definition.events = {"message", "note", "typing"};
  return definition;
}
}  // namespace

Definitions World::definitions() {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  definitions.events = {event("message", any), event("note", any), event("typing", any, Delivery::volatile_)};
  definitions.rooms = {room("chat"), room("game-{id}"), room("small")};
  definitions.rooms[2].max_size = 2;
  return definitions;
}

/// The server: one shard, whose requests are answered at once.
class World::Server final : public ShardHost {
 public:
  Server(World& world, std::uint64_t seed) : driver({*world.config_, 0, 1, seed}, *this), world_(world) {}

  [[nodiscard]] Time now() const override { return {world_.now_ms_, 1'700'000'000'000 + world_.now_ms_}; }
  void perform(Actions& actions) override { perform_each(actions, *this); }

  void perform(const SendFrame& send) { world_.hand_over(send.to, *send.text); }
  void perform(const SendPing& ping) {
    world_.hand_over(ping.to, *ping.text);
    // A WebSocket answers pings by itself, also while the page is frozen.
    if (!world_.server_is_deaf_ && world_.peer_of(ping.to)) driver.enqueue(PeerAlive{ping.to});
  }
  void perform(const CloseConnection& close) {
    Peer* const peer = world_.peer_of(close.to);
    if (peer == nullptr || world_.server_is_mute_) return;
    peer->close_code_ = close.close_code;
    peer->inbox_.emplace_back();  // stands for Close
  }
  void perform(StoreRequest& request) {
    submit(*world_.store_, std::move(request), [this](StoreResponse answer) { driver.enqueue(StoreReplied{std::move(answer)}); });
  }
  void perform(AskIdentity& ask) {
    world_.identify_(std::move(*ask.question), [this, &ask](AuthResult result) {
      driver.enqueue(IdentityResolved{ask.from, ask.ticket, std::move(result)});
    });
  }
  void perform(const AskDrained& ask) { driver.enqueue(SendDrained{ask.to}); }
  void perform(AskHook& ask) {
    ask_application(world_.config_->hooks, std::move(ask), [this](ConnectionId from, std::uint64_t ticket, HookVerdict verdict) {
      driver.enqueue(HookReplied{from, ticket, std::move(verdict)});
    });
  }
  void perform(const PostMessage&) {}  // there is no other shard
  void perform(const LogLine&) {}
  void perform(const GiveUp&) {}
  void perform(const FollowLog&) {}
  void perform(const UnfollowLog&) {}
  void perform(const TellNodes&) {}
  void perform(BeginExchange& begin) {
    exchanges.begin(world_.config_->exchanges, std::move(begin),
                    [this](ConnectionId from, std::uint64_t ticket, ExchangeReply reply) {
                      driver.enqueue(ExchangeReplied{from, ticket, std::move(reply)});
                    });
  }
  void perform(TellExchange& tell) { exchanges.tell(std::move(tell)); }
  void perform(const AnswerCall&) {}  // no test here waits for one

  ExchangeTable exchanges;
  ShardDriver driver;

 private:
  World& world_;
};

World::~World() = default;

World::World(std::uint64_t seed) : seed_(seed) { start_server(definitions()); }

World::World(Hooks hooks) : seed_(1), hooks_(std::move(hooks)) { start_server(definitions()); }

void World::start_server(Definitions made) {
  server_.reset();
  config_ = std::make_unique<ShardConfig>();
  config_->definitions = std::move(made);
  config_->catalogue_bytes = make_catalogue(config_->definitions).bytes;
  config_->catalogue = CatalogueView::parse(config_->catalogue_bytes).value();
  config_->hooks = hooks_;
  server_ = std::make_unique<Server>(*this, ++seed_);
  store_ = next_store_ ? std::move(next_store_) : std::make_unique<MemoryStore>(seed_);
}

Peer& World::add(std::string user) {
  peers_.push_back(std::make_unique<Peer>(*this, std::move(user), seed_ + peers_.size()));
  settle();
  return *peers_.back();
}

Peer* World::peer_of(ConnectionId connection) {
  for (const auto& peer : peers_)
    if (peer->is_open_ && peer->connection_ == connection) return peer.get();
  return nullptr;
}

void World::settle() {
  if (is_settling_) return;
  is_settling_ = true;
  for (bool has_moved = true; std::exchange(has_moved, false);) {
    for (const auto& peer : peers_) {
      peer->carry_out();
      if (is_frozen_) continue;
      has_moved |= open(*peer);
      while (!peer->inbox_.empty()) {
        const std::string text = std::exchange(peer->inbox_.front(), {});
        peer->inbox_.pop_front();
        if (!peer->is_open_) continue;
        text.empty() ? lose(*peer, std::exchange(peer->close_code_, std::uint16_t{0})) : peer->receive(text);
        peer->carry_out();
        has_moved = true;
      }
    }
  }
  is_settling_ = false;
}

bool World::open(Peer& peer) {
  if (!std::exchange(peer.wants_socket_, false)) return false;
  if (refuse_sockets_) {
    peer.core.lost(1006, now_ms_);
  } else {
    peer.inbox_.clear();
    peer.connection_ = server_->driver.open({});
    peer.is_open_ = true;
    server_->driver.carry_out();
    finish_turn();
    peer.core.opened(now_ms_);
  }
  peer.carry_out();
  return true;
}

void World::pass(std::uint64_t ms) {
  const std::uint64_t end = now_ms_ + ms;
  for (;;) {
    tick_server();
    settle();
    if (tick_clients()) continue;
    if (now_ms_ == end) return;
    std::uint64_t next = std::min(end, server_due_);
    if (!is_frozen_)
      for (const auto& peer : peers_) next = std::min(next, peer->core.deadline());
    now_ms_ = std::max(next, now_ms_ + 1);
  }
}

bool World::tick_clients() {
  bool has_ticked = false;
  for (const auto& peer : peers_) {
    if (is_frozen_ || peer->core.deadline() > now_ms_) continue;
    peer->core.tick(now_ms_);
    has_ticked = true;
  }
  return has_ticked;
}

void World::freeze(std::uint64_t ms) {
  is_frozen_ = true;
  pass(ms);
  is_frozen_ = false;
}

void World::tick_server() {
  const std::uint64_t due = server_->driver.tick();
  finish_turn();
  server_due_ = due;
}

void World::cut(Peer& peer, std::uint16_t close_code) {
  drop(peer);
  peer.core.lost(close_code, now_ms_);
  peer.carry_out();
  settle();
}

void World::lose(Peer& peer, std::uint16_t close_code) {
  peer.is_open_ = false;
  peer.core.lost(close_code, now_ms_);
}

void World::drop(Peer& peer) {
  peer.wants_socket_ = false;
  peer.inbox_.clear();
  if (!std::exchange(peer.is_open_, false)) return;
  apply(ConnectionClosed{peer.connection_});
}

void World::say(Peer& peer, std::string frame) {
  peer.inbox_.push_back(std::move(frame));
  settle();
}

void World::restart_server() { restart_server(Definitions(config_->definitions)); }

void World::restart_server(Definitions changed) {
  // The old configuration outlives the connections that are cut, as a client may look an event up meanwhile.
  const auto old_config = std::move(config_);
  start_server(std::move(changed));
  for (const auto& peer : peers_) {
    peer->inbox_.clear();
    if (std::exchange(peer->is_open_, false)) peer->core.lost(1006, now_ms_);
    peer->carry_out();
  }
  settle();
}

std::unique_ptr<MemoryStore> World::restart_server_with(std::unique_ptr<MemoryStore> store) {
  std::unique_ptr<MemoryStore> before = std::move(store_);
  next_store_ = std::move(store);
  restart_server();
  return before;
}

void World::post(ShardMessage mail) {
  apply(ShardMessageReceived{std::move(mail)});
  settle();
}

void World::drain(std::uint64_t spread_ms) {
  apply(DrainStarted{spread_ms});
  settle();
}

void World::received(Peer& peer, std::string message) {
  if (!peer.is_open_ || server_is_deaf_) return;
  apply(MessageReceived{peer.connection_, message});
}

void World::apply(Input&& input) {
  server_->driver.apply(std::move(input));
  finish_turn();
}

void World::finish_turn() {
  server_->driver.finish_turn();
  server_due_ = 0;
}

void World::hand_over(ConnectionId to, const std::string& text) {
  Peer* const peer = peer_of(to);
  if (peer == nullptr || server_is_mute_) return;
  FrameSplitter frames(text);
  for (std::string_view frame; frames.next(frame);) peer->inbox_.emplace_back(frame);
}

}  // namespace dialogue::client::testing
