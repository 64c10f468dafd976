// Reading, writing and ending of one socket. Every way out leads through end(), once.
#include "server/transport/socket/socket_transport.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/core/util/elapsed.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kGatherEntriesMax = 1024;  ///< IOV_MAX on Linux; Asio itself would stop at 64

}  // namespace

SocketTransport::SocketTransport(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, SendQueue& queue)
    : Transport(queue, loop.flush_list(), std::move(admission)), loop_(loop), stream_(std::move(stream)) {}

std::shared_ptr<SocketTransport> SocketTransport::self() { return std::static_pointer_cast<SocketTransport>(shared_from_this()); }

bool SocketTransport::attach(core::ConnectionId id) {
  id_ = id;
  stream_.detach();
  if (loop_.sockets().add(stream_.descriptor(), self())) return true;
  end();
  return false;
}

void SocketTransport::on_ready(bool readable, bool writable) {
  if (writable && write_waits_) {
    write();
    report_backlog();
    report_drained();
  }
  if (readable && state_ != State::ended) read();
}

// --- Reading ---

void SocketTransport::read() {
  const std::span<char> buffer = loop_.read_buffer();
  const net::ByteStream::Transfer received = stream_.receive(buffer);
  if (received.outcome == net::ByteStream::Outcome::ended) return end();
  loop_.sockets().count_read(received.size);
  if (received.size > 0) consume(buffer.first(received.size));
  if (state_ == State::ended || !stream_.has_unread()) return;
  // In a turn of its own: others have theirs meanwhile.
  boost::asio::post(loop_.executor(), [self = self()] {
    if (self->state_ != State::ended) self->read();
  });
}

void SocketTransport::read_unread() {
  if (state_ != State::ended && stream_.has_unread()) read();
}

// --- Writing ---

void SocketTransport::send_waiting() {
  if (!write_waits_) write();
  report_backlog();
  report_drained();
}

void SocketTransport::write() {
  std::array<iovec, kGatherEntriesMax> entries;
  bool has_progress = !write_waits_;  // a stall is counted from when something had to wait
  while (!queue().empty() || stream_.has_unsent()) {
    const std::size_t parts = gather(entries);
    if (parts == 0 && !stream_.has_unsent()) continue;  // what waited came to nothing
    const net::ByteStream::Transfer sent = stream_.send({entries.data(), parts});
    if (sent.size > 0) queue().consumed(sent.size);
    has_progress = has_progress || sent.size > 0;
    if (sent.outcome == net::ByteStream::Outcome::ended) return end();
    if (sent.outcome == net::ByteStream::Outcome::done) continue;
    if (has_progress) progress_ms_ = loop_.monotonic_ms();
    unacknowledged_ = stream_.unacknowledged();
    return wait_writable(true);
  }
  wait_writable(false);
  if (state_ == State::lingering && !shut_) {
    shut_ = true;
    stream_.shut_down_sending();
  }
}

void SocketTransport::wait_writable(bool waits) {
  if (waits == write_waits_) return;
  write_waits_ = waits;
  loop_.sockets().ask_writable(stream_.descriptor(), waits);
  if (waits) loop_.watch(*this);
}

void SocketTransport::report_backlog() {
  if (state_ != State::open) return;
  const std::size_t waiting = waiting_bytes();
  const bool has_backlog = waiting > 0;
  if (!(std::exchange(backlog_reported_, has_backlog) || has_backlog)) return;
  if (has_backlog && !write_waits_) loop_.watch(*this);  // nothing announces that the connection around this one has taken it
  loop_.backlog(id_, waiting, write_waits_ ? core::elapsed_ms(loop_.monotonic_ms(), progress_ms_) : 0);
}

void SocketTransport::ask_drained() {
  if (state_ != State::open) return;
  drained_asked_ = true;
  ask_flush();
}

// In a turn of its own, so that one reader of a long log does not keep the loop from the others.
void SocketTransport::report_drained() {
  if (state_ != State::open || !queue().empty() || stream_.has_unsent() || !std::exchange(drained_asked_, false)) return;
  call_later([this] { loop_.drained(id_); });
}

void SocketTransport::call_later(std::function<void()> work) {
  boost::asio::post(loop_.executor(), [self = self(), work = std::move(work)] {
    if (self->state_ == State::open) work();
  });
}

// --- The peer ---

void SocketTransport::note_ping() {
  is_pinged_ = true;
  if (!write_waits_) progress_ms_ = loop_.monotonic_ms();
  loop_.watch(*this);
}

// The kernel may hold megabytes and ask for more only when a third of them has gone: what the peer takes of them is progress too.
bool SocketTransport::note_progress(std::uint64_t now_ms) {
  const std::uint32_t left = stream_.unacknowledged();
  if (std::exchange(unacknowledged_, left) > left) progress_ms_ = now_ms;
  return left > 0;
}

bool SocketTransport::report_wait(std::uint64_t now_ms) {
  if (write_waits_ || is_pinged_) {
    loop_.backlog(id_, waiting_bytes(), core::elapsed_ms(now_ms, progress_ms_));
    return true;
  }
  report_backlog();
  return backlog_reported_;
}

// --- Ending ---

void SocketTransport::end_within(std::uint64_t timeout_ms) {
  closing_deadline_ms_ = loop_.monotonic_ms() + timeout_ms;
  loop_.watch(*this);
}

bool SocketTransport::sweep_closing(std::uint64_t now_ms) {
  if (state_ == State::ended) return false;
  if (now_ms < closing_deadline_ms_) return true;
  end(stream_.unacknowledged() > 0 ? Ending::reset : Ending::close);  // unread data would wait for minutes
  return false;
}

void SocketTransport::end(Ending ending) {
  if (state_ == State::ended) return;
  state_ = State::ended;
  // The caller may be within this connection: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(stream_.descriptor())] {});
  ending == Ending::reset ? stream_.abort() : stream_.close();
  loop_.leave(id_);
}

}  // namespace dialogue::transport
