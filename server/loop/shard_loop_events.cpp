// Turns the transports' reports about their connections into inputs of the shard, and decides the loop of a connection.
#include <algorithm>
#include <utility>

#include "server/core/connection/hello.hpp"
#include "server/core/messages/handles.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::loop {
namespace {

/// Connections move to their first room's owner shard while its load is below its share of the existing ones, plus a quarter,
/// plus this number: docs/decisions/232-connection-placement.md.
constexpr std::size_t kFreeLoad = 16;

}  // namespace

ShardLoop& ShardLoop::loop_for(std::string_view first_message) {
  if (peers_.size() < 2) return *this;
  const std::string room = core::first_room(first_message);
  if (room.empty()) return *this;
  ShardLoop& owner = *peers_[core::shard_of(room, static_cast<std::uint32_t>(peers_.size()))];
  const std::size_t load = owner.load(), share = load_of_all() / peers_.size();
  const bool has_place = load < connections_max_ / peers_.size();
  return has_place && load < share + share / 4 + kFreeLoad ? owner : *this;
}

void ShardLoop::hand_over(std::unique_ptr<transport::Handoff> handoff, ShardLoop& to) {
  handoff->count_in(net::ConnectionCountGuard(to.load_));
  to.post(std::move(handoff));
}

void ShardLoop::open(const std::shared_ptr<transport::Transport>& transport, const core::PeerFacts& peer,
                     const std::function<void(core::ConnectionId)>& begin) {
  const std::size_t server_connections = context_.connections.fetch_add(1, std::memory_order_relaxed) + 1;
  const core::ConnectionId id = driver_->open(peer, server_connections);
  transport->set_kind(peer.transport);
  table_.add(id, transport);
  begin(id);
  driver_->carry_out();
}

void ShardLoop::received(core::ConnectionId from, std::span<char> message) {
  using metrics::Metric, metrics::Direction;
  if (const transport::Transport* const transport = table_.find(from))
    metrics().count(Metric::bytes_total, metrics::index_in(Metric::bytes_total, Direction::in, transport->kind()),
                    message.size());
  driver_->apply(core::MessageReceived{from, message});
}

void ShardLoop::violated(core::ConnectionId from, ErrorCode reason) { driver_->apply(core::ProtocolViolation{from, reason}); }

void ShardLoop::alive(core::ConnectionId from) { driver_->apply(core::PeerAlive{from}); }

void ShardLoop::drained(core::ConnectionId from) { driver_->apply(core::SendDrained{from}); }

void ShardLoop::backlog(core::ConnectionId from, std::size_t queued_bytes, std::uint64_t stalled_ms) {
  driver_->apply(core::BacklogChanged{from, queued_bytes, stalled_ms});
}

void ShardLoop::log(core::LogLevel level, std::string_view event, std::string fields) {
  const bool is_swallowed = !log_limiter_.admit(event, now().monotonic_ms);
  const auto& wants_line = context_.config.shard.wants_line;
  if (is_swallowed && !(wants_line && wants_line(event))) return;
  context_.log({level, std::string(event), std::move(fields), is_swallowed});
}

}  // namespace dialogue::loop
