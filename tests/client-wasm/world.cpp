#include "tests/client-wasm/world.hpp"

#include <algorithm>
#include <utility>

#include "server/store/carry.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::client::testing {

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

World::World(std::uint64_t seed) : seed_(seed) { start_server(definitions()); }

World::World(Hooks hooks) : seed_(1), hooks_(std::move(hooks)) { start_server(definitions()); }

void World::start_server(Definitions made) {
  shard_.reset();
  config_ = std::make_unique<ShardConfig>();
  config_->definitions = std::move(made);
  config_->catalogue_bytes = make_catalogue(config_->definitions).bytes;
  config_->catalogue = CatalogueView::parse(config_->catalogue_bytes).value();
  config_->hooks = hooks_;
  shard_ = std::make_unique<Shard>(*config_, 0, 1, ++seed_);
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
    Actions actions;
    peer.inbox_.clear();
    peer.connection_ = shard_->connected({}, time(), actions);
    peer.is_open_ = true;
    carry_out(actions);
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
    std::uint64_t next = std::min(end, shard_due_);
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
  Actions actions;
  const std::uint64_t due = shard_->tick(time(), actions);
  carry_out(actions);
  shard_due_ = due;
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
  Actions actions;
  shard_->disconnected(peer.connection_, time(), actions);
  carry_out(actions);
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
  Actions actions;
  shard_->mail(std::move(mail), time(), actions);
  carry_out(actions);
  settle();
}

void World::drain(std::uint64_t spread_ms) {
  Actions actions;
  shard_->drain(spread_ms, time(), actions);
  carry_out(actions);
  settle();
}

void World::received(Peer& peer, std::string message) {
  if (!peer.is_open_ || server_is_deaf_) return;
  Actions actions;
  shard_->received(peer.connection_, message, time(), actions);
  carry_out(actions);
}

void World::carry_out(Actions& actions) {
  const auto is_done = [&](std::size_t i) {
    if (i == actions.size() && shard_->owes_turn_end()) shard_->end_turn(time(), actions);
    return i == actions.size();
  };
  for (std::size_t i = 0; !is_done(i); ++i) {
    dialogue::Action action = std::move(actions[i]);
    if (auto* request = std::get_if<StoreRequest>(&action))
      carry(*store_, std::move(*request), [&](StoreResponse answer) { shard_->answered(std::move(answer), time(), actions); });
    if (auto* ask = std::get_if<AskIdentity>(&action))
      identify_(std::move(*ask->question),
                [&](AuthResult result) { shard_->identified(ask->from, ask->ticket, std::move(result), time(), actions); });
    if (const auto* ask = std::get_if<AskDrained>(&action)) shard_->drained(ask->to, time(), actions);
    if (const auto* send = std::get_if<SendFrame>(&action)) hand_over(send->to, *send->text);
    if (const auto* ping = std::get_if<SendPing>(&action)) {
      hand_over(ping->to, *ping->text);
      // A WebSocket answers pings by itself, also while the page is frozen.
      if (!server_is_deaf_ && peer_of(ping->to)) shard_->alive(ping->to, time());
    }
    if (const auto* close = std::get_if<CloseConnection>(&action)) {
      Peer* const peer = peer_of(close->to);
      if (peer == nullptr || server_is_mute_) continue;
      peer->close_code_ = close->close_code;
      peer->inbox_.emplace_back();  // stands for Close
    }
  }
  shard_due_ = 0;
}

void World::hand_over(ConnectionId to, const std::string& text) {
  Peer* const peer = peer_of(to);
  if (peer == nullptr || server_is_mute_) return;
  FrameSplitter frames(text);
  for (std::string_view frame; frames.next(frame);) peer->inbox_.emplace_back(frame);
}

}  // namespace dialogue::client::testing
