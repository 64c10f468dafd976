// Carries the bytes of one connection for its loop; each directory below this one is an implementation. A transport reports to
// its loop (ShardLoop::received, alive, drained, backlog, leave), and executes the shard's decisions. send() only queues
// frames; bytes are formed and written in flush(), once a turn. Lives on its loop's thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/util/rate_meter.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/expirable.hpp"
#include "server/transport/send_queue.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::transport {

class Transport;

/// The connections of a loop that have something to send at the end of the turn. Holds them until then.
class FlushList {
 public:
  void add(std::shared_ptr<Transport> transport) { waiting_.push_back(std::move(transport)); }
  [[nodiscard]] bool is_empty() const { return waiting_.empty(); }
  /// Flushes all of them; `between` is called after each.
  template <typename Between>
  void flush(const Between& between);

 private:
  std::vector<std::shared_ptr<Transport>> waiting_, flushing_;
};

class Transport : public net::Expirable, public std::enable_shared_from_this<Transport> {
 public:
  [[nodiscard]] core::ConnectionId id() const { return id_; }
  [[nodiscard]] const net::AddressLimits::Account& account() const { return admission_.address.account(); }

  /// A token of this connection was refused (in HELLO, REFRESH or JOIN).
  void count_failed_login(RateLimit limit, std::uint64_t now_ms);
  /// Whether their number is so high that the next one is refused unread.
  [[nodiscard]] bool failed_too_often(RateLimit limit, std::uint64_t now_ms) const;

  // What the shard decided. Nothing is sent before the turn's flush(), and nothing at all once the transport is closing.
  /// `frames` of dialogue.v1 with LF between them. Not virtual: it is called for each delivery.
  void send(core::SharedBytes text, std::uint32_t frames = 1) {
    if (state_ != State::open) return;
    queue_.push_text(std::move(text), frames);
    ask_flush();
  }
  /// Pings the peer, whose answer arrives as ShardLoop::alive(); beside the PING frame of the protocol.
  virtual void ping() = 0;
  /// Ends the connection once what waits has left: `code` and `reason` by RFC 6455 section 7.4.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Calls ShardLoop::drained() when everything that waits has been taken by the peer's side; at the next flush at the earliest.
  virtual void ask_drained() = 0;
  /// Forms and sends what waits. Called by the loop at the end of a turn in which the connection asked for it.
  virtual void flush() = 0;
  /// Which transport it is, for metrics; set when its connection is opened.
  [[nodiscard]] TransportKind kind() const { return kind_; }
  void set_kind(TransportKind kind) { kind_ = kind; }
  /// Bytes that wait here, as reported to ShardLoop::backlog() as long as there are any.
  [[nodiscard]] std::size_t backlog() const { return queue_.bytes(); }

  /// Has the processor fetch what flush() will look at first: the connection, and once that is there, what stands behind it.
  void prefetch() const;
  virtual void prefetch_behind() const { queue_.prefetch(); }

 protected:
  /// open: both ways. closing: the end is queued, the peer's is awaited. lingering: both are done, or the peer broke the rules;
  /// what still comes is dropped until the peer closes. ended: nothing holds the connection any more.
  enum class State : std::uint8_t { open, closing, lingering, ended };

  /// `queue` is the implementation's own, `flush_list` its loop's. `admission` is given back when the connection ends.
  Transport(SendQueue& queue, FlushList& flush_list, net::AdmissionGuard admission)
      : queue_(queue), flush_list_(flush_list), admission_(std::move(admission)) {}

  void ask_flush();
  /// What waits to be sent, whatever it is.
  [[nodiscard]] SendQueue& queue() { return queue_; }

  core::ConnectionId id_ = 0;
  State state_ = State::open;
  bool flush_asked_ = false;

 private:
  TransportKind kind_{};
  SendQueue& queue_;
  FlushList& flush_list_;
  net::AdmissionGuard admission_;
  core::RateMeter failed_logins_;
};

template <typename Between>
void FlushList::flush(const Between& between) {
  flushing_.swap(waiting_);
  for (std::size_t i = 0; i < flushing_.size(); ++i) {
    // While the kernel sends for this one, the next comes into the cache: a thousand of them never are.
    if (i + 2 < flushing_.size()) flushing_[i + 2]->prefetch();
    if (i + 1 < flushing_.size()) flushing_[i + 1]->prefetch_behind();
    flushing_[i]->flush();
    between();
  }
  flushing_.clear();
}

}  // namespace dialogue::transport
