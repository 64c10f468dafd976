// The way of bytes between the socket, the session and the pipes. Deadlines are in http2_connection_time.cpp.
#include "server/http2/http2_connection.hpp"

#include <nghttp2/nghttp2.h>

#include <array>
#include <boost/asio/post.hpp>
#include <utility>
#include <variant>

#include "server/loop/accepted_socket.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::http2 {
namespace {

constexpr std::size_t kSocketsOfStream = 2;
/// The maximum of unsent bytes in the socket, of all streams. With more, an event of one stream would wait behind a file of
/// another.
constexpr int kUnsentBytesMax = 64 * 1024;

}  // namespace

void Http2Connection::begin(loop::ShardLoop& loop, const Http2Limits& limits, net::ByteStream stream,
                            net::AdmissionGuard admission, const Http2Peer& peer) {
  const auto connection = std::make_shared<Http2Connection>(loop, limits, std::move(stream), std::move(admission), peer);
  if (!loop.sockets().add(connection->stream_.descriptor(), connection)) return;
  loop.watch(*connection);
  connection->ask_flush();
  connection->read_socket();  // what came with the end of the handshake is not announced again
}

Http2Connection::Http2Connection(loop::ShardLoop& loop, const Http2Limits& limits, net::ByteStream stream,
                                 net::AdmissionGuard admission, const Http2Peer& peer)
    : loop_(loop),
      limits_(limits),
      stream_(std::move(stream)),
      admission_(std::move(admission)),
      peer_(peer),
      session_(limits.streams_max, *this, loop.monotonic_ms()),
      received_ms_(loop.monotonic_ms()),
      idle_since_ms_(received_ms_) {
  stream_.detach();
  stream_.limit_unsent(kUnsentBytesMax);
}

// --- The socket ---

void Http2Connection::on_ready(bool readable, bool writable) {
  if (writable && write_waits_) flush();
  if (readable && state_ != State::ended) read_socket();
}

void Http2Connection::read_socket() {
  const std::span<char> buffer = loop_.read_buffer();
  const net::ByteStream::Transfer received = stream_.receive(buffer);
  if (received.outcome == net::ByteStream::Outcome::ended) return end();
  if (received.size > 0 && state_ == State::open) {
    received_ms_ = loop_.monotonic_ms();
    sent_unheard_ = 0;
    is_pinged_ = false;
    session_.receive({buffer.data(), received.size}, received_ms_);
    ask_flush();
  }
  if (!stream_.has_unread()) return;
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    if (self->state_ != State::ended) self->read_socket();
  });
}

void Http2Connection::ask_flush() {
  if (std::exchange(flush_asked_, true)) return;
  boost::asio::post(loop_.executor(), [self = shared_from_this()] {
    self->flush_asked_ = false;
    if (self->state_ == State::open && !self->write_waits_) self->flush();
  });
}

void Http2Connection::flush() {
  write();
  if (state_ == State::open && !write_waits_ && session_.is_over()) linger();
}

void Http2Connection::write() {
  while (true) {
    if (out_.empty()) session_.send(out_);
    if (out_.empty() && !stream_.has_unsent()) break;
    const std::array<iovec, 1> part = {iovec{out_.data() + sent_, out_.size() - sent_}};
    const net::ByteStream::Transfer sent = stream_.send({part.data(), out_.empty() ? 0u : 1u});
    if (sent.size > 0) progress_ms_ = loop_.monotonic_ms();
    sent_ += sent.size;
    sent_unheard_ += sent.size;
    if (sent_ == out_.size()) {
      std::string().swap(out_);  // an idle connection holds no buffer
      sent_ = 0;
    }
    if (sent.outcome == net::ByteStream::Outcome::ended) return end();
    if (sent.outcome == net::ByteStream::Outcome::done) continue;
    unacknowledged_ = stream_.unacknowledged();
    if (!std::exchange(write_waits_, true)) {
      write_waited_ms_ = loop_.monotonic_ms();
      progress_ms_ = loop_.monotonic_ms();
      loop_.sockets().ask_writable(stream_.descriptor(), true);
    }
    return;
  }
  if (std::exchange(write_waits_, false)) loop_.sockets().ask_writable(stream_.descriptor(), false);
}

// An immediate close would reset the connection if bytes of the peer are unread, and lose GOAWAY.
void Http2Connection::linger() {
  state_ = State::lingering;
  deadline_ms_ = loop_.monotonic_ms() + limits_.linger_timeout_ms;
  stream_.shut_down_sending();
}

void Http2Connection::end() {
  if (std::exchange(state_, State::ended) == State::ended) return;
  for (auto& [id, pipe] : pipes_) {
    pipe->release();
    (void)loop_.sockets().remove(pipe->descriptor());
  }
  pipes_.clear();
  // The caller may be within this: it goes in a turn of its own.
  boost::asio::post(loop_.executor(), [self = loop_.sockets().remove(stream_.descriptor())] {});
  stream_.unacknowledged() > 0 ? stream_.abort() : stream_.close();  // unread data would wait for minutes
}

// --- Requests ---

bool Http2Connection::request(StreamId stream, const RequestHead& head, bool has_body) {
  if (loop_.load_of_all() + kSocketsOfStream > limits_.sockets_max) return false;
  auto ends = make_pipe();
  if (!ends) return false;
  StreamPipe::Owner& owner = *this;
  const StreamPipe::Framing framing{head.is_chunked(has_body), head.is_head_request()};
  const auto pipe = std::make_shared<StreamPipe>(stream, std::move(ends->first), framing, loop_.count_one(), owner);
  if (!loop_.sockets().add(pipe->descriptor(), pipe, loop::SocketSet::Trigger::change)) return false;
  pipes_.emplace(stream, pipe);
  loop_.note_handshake();
  loop_.context().entrance.enter(loop_, {.descriptor = std::move(ends->second),
                                         .peer = peer_.address,
                                         .count = loop_.count_one(),
                                         .listener = loop::ListenerKind::http2_stream,
                                         .loopback_listener = peer_.loopback_listener,
                                         .received = head.text(has_body)});
  return true;
}

void Http2Connection::body(StreamId stream, std::string_view bytes) {
  const auto found = pipes_.find(stream);
  if (found == pipes_.end()) return;
  found->second->append(bytes);
  pass_body(*found->second);
}

void Http2Connection::body_end(StreamId stream) {
  const auto found = pipes_.find(stream);
  if (found == pipes_.end()) return;
  found->second->append_end();
  pass_body(*found->second);
}

void Http2Connection::pass_body(StreamPipe& pipe) {
  if (const std::size_t gone = pipe.write(); gone > 0) session_.consumed(pipe.id(), gone);
}

BodyPart Http2Connection::read(StreamId stream, std::span<char> into) {
  const auto found = pipes_.find(stream);
  if (found == pipes_.end()) return {BodyPart::State::broken, 0};
  return found->second->read(into, loop_.monotonic_ms());
}

void Http2Connection::closed(StreamId stream) {
  const auto found = pipes_.find(stream);
  if (found == pipes_.end()) return;
  found->second->release();
  (void)loop_.sockets().remove(found->second->descriptor());
  pipes_.erase(found);
  if (pipes_.empty()) idle_since_ms_ = loop_.monotonic_ms();
}

void Http2Connection::pipe_ready(StreamPipe& pipe) {
  if (state_ != State::open) return;
  pass_body(pipe);
  if (!pipe.has_responded()) respond(pipe);
  if (pipe.has_responded() && pipe.wake(loop_.monotonic_ms())) session_.resume(pipe.id());
  ask_flush();
}

void Http2Connection::respond(StreamPipe& pipe) {
  while (!pipe.has_responded()) {
    auto read = pipe.read_head(loop_.monotonic_ms());
    if (const auto* fault = std::get_if<StreamPipe::Fault>(&read)) {
      if (*fault == StreamPipe::Fault::broken) session_.reset(pipe.id(), NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const auto& head = std::get<ResponseHead>(read);
    session_.respond(pipe.id(), head, !head.is_interim() && pipe.has_body(head));
  }
}

}  // namespace dialogue::http2
