// The sockets of a loop, from being given to it until they leave, and what the Shard is told of them. What it decides is carried
// out in shard_loop_actions.cpp.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/core/connection/hello.hpp"
#include "server/core/messages/handles.hpp"
#include "server/net/arrival.hpp"
#include "server/net/shard_loop.hpp"
#include "server/net/websocket_connection.hpp"

namespace dialogue {
namespace {

/// Connections come to their first room's owner shard while that has fewer than so many, and a quarter more than its share of
/// those that there are: docs/decisions/232-connection-placement.md.
constexpr std::size_t kFreeLoad = 16;

}  // namespace

void ShardLoop::admit(Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer, ListenerKind listener,
                      bool loopback_listener, std::string received, std::shared_ptr<LastPlace> place) {
  post(NewSocket{std::move(descriptor), peer, LoadToken(load_), listener, loopback_listener, std::move(received),
                 std::move(place)});
}

// TLS in a turn of its own: many come at once, and other mail waits for them.
void ShardLoop::handle(NewSocket& socket) {
  if (draining_ || stopped_) return;  // its descriptor is closed with it
  if (socket.listener == ListenerKind::plain) return Arrival::begin(*this, std::move(socket));
  boost::asio::post(io_, [this, socket = std::move(socket)]() mutable {
    if (!draining_ && !stopped_) Arrival::begin(*this, std::move(socket));  // else its descriptor is closed with it
  });
}

void ShardLoop::handle(std::unique_ptr<NewWebSocket>& websocket) {
  if (draining_ || stopped_) return;  // its descriptor is closed with it
  open_websocket(Channel(std::move(websocket->descriptor)), std::move(websocket->counted), websocket->peer,
                 std::move(websocket->opening));
}

ShardLoop& ShardLoop::loop_for(std::string_view first_message) {
  if (peers_.size() < 2) return *this;
  const std::string room = first_room(first_message);
  if (room.empty()) return *this;
  ShardLoop& home = *peers_[shard_of(room, static_cast<std::uint32_t>(peers_.size()))];
  const std::size_t load = home.load(), share = load_of_all() / peers_.size();
  const bool has_place = load < connections_max_ / peers_.size();
  return has_place && load < share + share / 4 + kFreeLoad ? home : *this;
}

void ShardLoop::hand_over(NewWebSocket websocket, ShardLoop& to) {
  websocket.counted.load = LoadToken(to.load_);
  to.post(std::make_unique<NewWebSocket>(std::move(websocket)));
}

void ShardLoop::open_websocket(Channel channel, CountedIn counted, const PeerFacts& peer, Opening opening) {
  const auto connection =
      std::make_shared<WebSocketConnection>(*this, std::move(channel), std::move(counted), context_.config.websocket);
  const ConnectionId id = driver_->open(peer);
  connections_.resize(std::max(connections_.size(), slot_of(id) + 1));
  connections_[slot_of(id)] = connection;
  connection->open(id, std::move(opening));
  driver_->carry_out();
}

void ShardLoop::received(ConnectionId from, std::span<char> message) { driver_->apply(MessageReceived{from, message}); }

void ShardLoop::violated(ConnectionId from, ErrorCode reason) { driver_->apply(ProtocolViolation{from, reason}); }

void ShardLoop::alive(ConnectionId from) { driver_->apply(PeerAlive{from}); }

void ShardLoop::drained(ConnectionId from) { driver_->apply(SendDrained{from}); }

void ShardLoop::backlog(ConnectionId from, std::size_t queued_bytes, std::uint64_t stalled_ms) {
  driver_->apply(BacklogChanged{from, queued_bytes, stalled_ms});
}

void ShardLoop::leave(ConnectionId id) {
  if (const auto connection = find(id)) {
    connection->reset();
    driver_->close_later(id);
  }
}

std::shared_ptr<WebSocketConnection>* ShardLoop::find(ConnectionId id) {
  if (slot_of(id) >= connections_.size()) return nullptr;
  auto& connection = connections_[slot_of(id)];
  return connection && connection->id() == id ? &connection : nullptr;
}

}  // namespace dialogue
