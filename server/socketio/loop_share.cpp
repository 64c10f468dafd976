// See loop_share.hpp.
#include "server/socketio/loop_share.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "server/socketio/limits.hpp"

namespace dialogue::socketio {
namespace {

/// The share of the loop that this thread runs. A thread serves one server, and ends with it.
thread_local const LoopShare* part_here = nullptr;

}  // namespace

LoopShare::LoopShare(loop::ShardLoop& loop) : loop_(loop), post_(loop.poster()) { part_here = this; }

bool LoopShare::is_this_thread() const { return part_here == this; }

bool LoopShare::has_place(std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() || waiting_bytes_ + bytes + kCallBytes <= kWaitingBytesMax;
}

void LoopShare::push(Call call, std::size_t bytes) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return;
    is_first = waiting_.empty();
    waiting_.push_back({std::move(call), bytes + kCallBytes});
    waiting_bytes_ += bytes + kCallBytes;
  }
  if (!is_first || is_this_thread()) return;  // a caller on this thread drains the queue itself
  post([self = shared_from_this()] {
    self->drain();
    self->flush();
  });
}

void LoopShare::end() {
  std::vector<Waiting> dropped;
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  dropped.swap(waiting_);
  waiting_bytes_ = 0;
}

void LoopShare::drain() {
  if (std::exchange(is_draining_, true)) return;
  std::vector<Waiting> taken;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.swap(taken);
      waiting_bytes_ = 0;
    }
    if (taken.empty()) break;
    for (Waiting& each : taken) {
      each.call(*this);
      each.call = nullptr;
    }
    taken.clear();
  }
  is_draining_ = false;
}

void LoopShare::flush_later(transport::EngineSession& session, std::uint64_t& mark) {
  if (std::exchange(mark, flush_round_) == flush_round_) return;
  const bool is_first = unflushed_.empty();
  unflushed_.push_back(session.shared_from_this());
  if (is_first) boost::asio::post(loop_.executor(), [self = shared_from_this()] { self->flush(); });
}

// Sessions may end here, which runs handlers.
void LoopShare::flush() {
  const auto sessions = std::exchange(unflushed_, {});
  ++flush_round_;
  for (const auto& session : sessions) {
    session->flush();
    session->reschedule();
  }
}

}  // namespace dialogue::socketio
