// See rooms_socket.hpp. Every way out leads through end(), once.
#include "server/transport/socketio/rooms_socket.hpp"

#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "server/loop/shard_loop.hpp"

namespace dialogue::transport {

core::SharedBytes RoomsQueue::pop() {
  core::SharedBytes bytes = entries_[first_].bytes;
  packed_ = first_ + 1;  // entries have no prefix here
  consumed(entries_[first_].wire_size());
  return bytes;
}

RoomsSocket::RoomsSocket(SocketioClient& client, RoomsContext& context)
    : Transport(queue_, client.session().loop().flush_list(), {net::ConnectionCountGuard(), client.session().account()}),
      loop_(client.session().loop()),
      client_(&client),
      translator_(context.texts.of(loop_), client.limits(), context.pids) {}

// --- From the client ---

void RoomsSocket::begin(std::string_view auth) {
  const auto self = shared_from_this();
  if (loop_.draining()) {
    state_ = State::ended;
    return client_->close(*this);
  }
  translator_.begin(auth);
  if (translator_.phase() == RoomsTranslator::Phase::over) return finish();
  if (translator_.comes_back()) client_->session().answer_by_steps();
  opening_deadline_ms_ = loop_.monotonic_ms() + client_->limits().opening_timeout_ms;
  loop_.watch(*this);
  core::PeerFacts peer = client_->session().peer();
  loop_.open(self, peer, [this](core::ConnectionId id) {
    id_ = id;
    for (std::string& frame : translator_.take_output().frames)
      if (state_ == State::open) loop_.received(id_, frame);
  });
}

// A client sends nothing before it is connected.
void RoomsSocket::on_packet(const SocketioPacket& packet, const std::vector<std::string>& attachments) {
  if (state_ != State::open) return;
  const auto self = shared_from_this();
  if (translator_.phase() == RoomsTranslator::Phase::opening) {
    SocketioClient& client = *std::exchange(client_, nullptr);
    loop_.violated(id_, ErrorCode::request_invalid);
    end();
    return client.close(*this);
  }
  if (packet.type != SocketioType::event && packet.type != SocketioType::binary_event) return;
  loop_.alive(id_);
  translator_.on_event(packet, attachments);
  give(false);
}

// The client gets the words, the shard the code: of its log, its metrics, and whether a place is kept.
void RoomsSocket::on_fault(ErrorCode code, std::string_view argument) {
  if (state_ != State::open) return;
  const auto self = shared_from_this();
  if (translator_.phase() == RoomsTranslator::Phase::open) translator_.on_fault(code, argument);
  give(false);
  loop_.violated(id_, code);
}

void RoomsSocket::on_writable() {
  if (state_ == State::open || state_ == State::closing) flush();
}

// A closed page may be opened again, and recover its session: only DISCONNECT ends the session as well.
void RoomsSocket::on_left(SocketioEnd how) {
  client_ = nullptr;
  if (state_ == State::open && how != SocketioEnd::lost) loop_.said_goodbye(id_);
  if (state_ == State::open && how == SocketioEnd::disconnected) translator_.forget();
  end();
}

// --- To the client ---

void RoomsSocket::flush() {
  flush_asked_ = false;
  if (state_ == State::ended || client_ == nullptr) return;
  const auto self = shared_from_this();
  if (translator_.phase() == RoomsTranslator::Phase::opening)
    queue_.look_ahead([this](const std::string& text) { translator_.observe(text); });
  if (translator_.phase() == RoomsTranslator::Phase::opening && state_ == State::open) return;
  translate_waiting();
  if (state_ == State::closing || translator_.phase() == RoomsTranslator::Phase::over) return finish();
  client_->session().flush();
  if (state_ != State::open) return;
  client_->session().reschedule();
  if (!queue_.empty() && client_->session().wants_more()) flush_later();
  report_backlog();
  report_drained();
}

// The client accepted everything immediately, so no event of its socket triggers the rest.
void RoomsSocket::flush_later() {
  boost::asio::post(loop_.executor(), [this, self = shared_from_this()] { on_writable(); });
}

// All of it once the connection is closing: nothing more comes.
void RoomsSocket::translate_waiting() {
  give(true);
  while (!queue_.empty() && (state_ == State::closing || client_->session().wants_more())) {
    translator_.translate(queue_.pop());
    give(true);
  }
}

void RoomsSocket::give(bool is_within_loop) {
  RoomsOutput output = translator_.take_output();
  for (core::SharedBytes& packet : output.packets)
    if (client_ != nullptr) client_->send(std::move(packet));
  std::move(output.frames.begin(), output.frames.end(), std::back_inserter(frames_));
  if (frames_.empty()) return;
  if (!is_within_loop) return say();
  boost::asio::post(loop_.executor(), [this, self = shared_from_this()] { say(); });
}

void RoomsSocket::say() {
  for (std::string& frame : std::exchange(frames_, {}))
    if (state_ == State::open) loop_.received(id_, frame);
}

// --- What the shard learns of it ---

// The session has a heartbeat of its own, and ends when that is missing.
void RoomsSocket::ping() {
  boost::asio::post(loop_.executor(), [this, self = shared_from_this()] {
    if (state_ == State::open) loop_.alive(id_);
  });
}

void RoomsSocket::report_backlog() {
  if (state_ != State::open || client_ == nullptr) return;
  EngineSession& session = client_->session();
  const std::size_t waiting = queue_.bytes() + session.waiting();
  const bool waits = waiting > 0;
  if (!(backlog_reported_ || waits)) return;
  if (waits) loop_.watch(*this);
  backlog_reported_ = waits;
  const bool is_held = !queue_.empty() && !session.wants_more();
  loop_.backlog(id_, waiting, is_held ? session.stalled_ms(loop_.monotonic_ms()) : 0);
}

void RoomsSocket::ask_drained() {
  if (state_ != State::open) return;
  drained_asked_ = true;
  ask_flush();
}

// In a turn of its own, so that one reader of a long log does not keep the loop from the others.
void RoomsSocket::report_drained() {
  if (state_ != State::open || !queue_.empty() || !client_->session().is_written()) return;
  if (!std::exchange(drained_asked_, false)) return;
  boost::asio::post(loop_.executor(), [this, self = shared_from_this()] {
    if (state_ == State::open) loop_.drained(id_);
  });
}

// --- Ending ---

void RoomsSocket::close(std::uint16_t, std::string_view) {
  if (state_ != State::open) return;
  state_ = State::closing;
  ask_flush();
}

// If the client is to reconnect, its session ends: socket.io-client reconnects only then.
void RoomsSocket::finish() {
  const auto self = shared_from_this();
  SocketioClient* const client = std::exchange(client_, nullptr);
  const bool is_over = translator_.phase() == RoomsTranslator::Phase::over;
  const RoomsTranslator::Ending ending = is_over ? translator_.ending() : RoomsTranslator::Ending::lost;
  end();
  if (client == nullptr) return;
  if (ending == RoomsTranslator::Ending::lost) return client->close(*this);
  client->disconnect("/", ending == RoomsTranslator::Ending::refused ? std::optional(translator_.refusal()) : std::nullopt);
  client->session().flush();
}

void RoomsSocket::abandon() {
  client_ = nullptr;
  end();
}

void RoomsSocket::end() {
  if (std::exchange(state_, State::ended) == State::ended) return;
  if (id_ != 0) loop_.leave(id_);
}

bool RoomsSocket::sweep(std::uint64_t now_ms) {
  if (state_ != State::open || client_ == nullptr) return false;
  const bool is_opening = translator_.phase() == RoomsTranslator::Phase::opening;
  if (is_opening && now_ms >= opening_deadline_ms_) {
    finish();
    return false;
  }
  if (backlog_reported_) report_backlog();
  return is_opening || backlog_reported_;
}

}  // namespace dialogue::transport
