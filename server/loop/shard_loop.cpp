// The turn of a loop: handlers, what they left to be sent, then shard messages. What transports report: shard_loop_events.cpp.
#include "server/loop/shard_loop.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/calls/call_done.hpp"
#include "server/core/messages/handles.hpp"
#include "server/replay/recording_driver.hpp"

namespace dialogue::loop {
namespace {

// One turn: at most this number of handlers and this time, then queued data is sent. Measured:
// docs/decisions/040-network-layer.md.
constexpr int kHandlersPerTurnMax = 4096;
constexpr std::uint64_t kCountIntervalMs = 1000;
constexpr auto kTurnTimeMax = std::chrono::milliseconds(16);
constexpr auto kMembersWaitMax = std::chrono::microseconds(200);

/// Members of a publication's room receive its trace if that is sampled.
void name_trace(core::ApplicationCall& asked, const trace::Trace& traced) {
  auto* const publish = std::get_if<core::ServerPublish>(&asked);
  if (publish == nullptr) return;
  std::string context = traced.traceparent();
  if (context.ends_with("-01"))
    publish->trace = std::make_shared<const core::PublicationTrace>(core::PublicationTrace{std::move(context), nullptr});
}

}  // namespace

ShardLoop::ShardLoop(const LoopContext& context, std::uint32_t index, std::uint32_t count, std::uint64_t seed)
    : context_(context),
      poller_(context.config.store != nullptr, context.config.coalesce_time),
      index_(index),
      driver_(make_driver(count, seed)),
      table_(context.connections),
      read_buffer_(kReadBufferBytes),
      inbox_(std::make_shared<TaskInbox>([this](LoopTask task) { post(std::move(task)); })),
      executor_(context, *driver_, table_, call_traces_, inbox_, count, seed + index,
                [this](core::DocumentQuery&& query, auto done) { ask_document(std::move(query), std::move(done)); }),
      connections_max_(context.config.shard.limits.connections_max) {}

ShardLoop::~ShardLoop() { inbox_->close(); }

std::unique_ptr<core::ShardDriver> ShardLoop::make_driver(std::uint32_t count, std::uint64_t seed) {
  const core::ShardDriver::Setup setup{context_.config.shard, index_, count, seed};
  core::ShardHost& host = *this;
  if (!context_.config.recording) return std::make_unique<core::ShardDriver>(setup, host);
  replay::RecordingOptions options = *context_.config.recording;
  options.bytes_max /= count;
  recorder_ = std::make_unique<replay::Recorder>(index_, std::move(options));
  return std::make_unique<replay::RecordingDriver>(setup, host, *recorder_);
}

// Publishers wait for the store's answers, so these wake the loop.
void ShardLoop::run() {
  poller_.call_at(monotonic_ms(), [this] { on_timer(); });
  poller_.start();
  while (!shutdown_.is_stopped()) {
    poller_.wait(!executor_.awaits_store());
    take_turn();
  }
  abandon_all();
  poller_.finish();
  executor_.give_answers();
}

// Connections that begin and HTTP are taken up in order of arrival; a burst of them would delay established members. So when
// nothing was done for members for a while, they come first.
void ShardLoop::take_turn() {
  const std::uint64_t begun_ns = metrics::now_ns();
  take_handlers();
  const std::uint64_t took_ns = metrics::now_ns() - begun_ns;
  metrics().count(metrics::Metric::loop_busy_seconds_total, 0, took_ns);
  metrics().observe(metrics::Metric::loop_turn_seconds, 0, took_ns);
}

void ShardLoop::take_handlers() {
  using Clock = std::chrono::steady_clock;
  auto now = Clock::now();
  poller_.begin_turn(now, executor_.appends());
  const auto end = now + kTurnTimeMax;
  auto members_due = now + kMembersWaitMax;
  Looks looks = looks_at_members();
  for (int i = 1; i < kHandlersPerTurnMax && poller_.poll_one(); ++i) {
    now = Clock::now();
    if (now >= end) break;
    poller_.writer_yield().offer();
    if (now < members_due) continue;
    if (!had_their_turn(looks)) {
      serve_members();
    } else if (handshakes_ != looks.handshakes) {
      flush();  // what members were given among handshakes would wait for the turn's end
    } else if (driver_->shard().owes_commit()) {
      driver_->apply(
          core::TurnEnded{.goes_on = true});  // so would the disk; what members are given gathers, since each send costs
    }
    looks = looks_at_members();
    members_due = Clock::now() + kMembersWaitMax;
  }
  flush();
}

// Shard messages alone are not enough: each connection that begins comes in one.
bool ShardLoop::had_their_turn(const Looks& since) {
  return poller_.sockets().rounds() != since.sockets && (messages_taken_ != since.messages || mailbox_.is_empty());
}

void ShardLoop::serve_members() {
  take_messages();
  poller_.sockets().serve();
  take_messages();
  flush();
}

// --- From other threads ---

void ShardLoop::post(LoopTask task) {
  if (mailbox_.put(std::move(task))) poller_.wake([this] { take_messages(); });
}

void ShardLoop::admit(AcceptedSocket socket) {
  socket.count = net::ConnectionCountGuard(load_);
  post(std::move(socket));
}

void ShardLoop::allow(std::size_t connections_max, std::size_t connections_per_user) {
  post(std::function<void()>([this, connections_max, connections_per_user] {
    connections_max_ = connections_max;
    driver_->apply(core::LimitsChanged{connections_max, connections_per_user});
  }));
}

std::future<void> ShardLoop::drain(const core::DrainStarted& drain) {
  post(std::function<void()>([this, drain] { begin_drain(drain); }));
  return shutdown_.drained();
}

void ShardLoop::stop() {
  post(std::function<void()>([this] { shutdown_.stop(); }));
}

void ShardLoop::take_messages() {
  ++messages_taken_;
  mailbox_.take(taken_);
  bool has_answers = false;
  for (LoopTask& task : taken_) {
    has_answers = has_answers || std::holds_alternative<core::StoreResponse>(task);
    std::visit([this](auto& item) { handle(item); }, task);
    poller_.writer_yield().offer();
  }
  taken_.clear();
  if (has_answers) flush();
}

void ShardLoop::handle(core::ShardMessage& message) {
  if (!call_traces_.is_empty())
    if (const auto* publish = std::get_if<core::ServerPublish>(&message.body())) call_traces_.begin(publish->call);
  driver_->apply(core::ShardMessageReceived{std::move(message)});
  call_traces_.judged();
}

// TLS in a separate turn: many handshakes arrive together, and other messages would wait for them.
void ShardLoop::handle(AcceptedSocket& socket) {
  if (!takes(socket)) return;  // its descriptor is closed with it
  if (socket.listener == ListenerKind::plain) return context_.entrance.enter(*this, std::move(socket));
  poller_.wake([this, socket = std::move(socket)]() mutable {
    if (takes(socket)) context_.entrance.enter(*this, std::move(socket));
  });
}

void ShardLoop::handle(std::unique_ptr<transport::Handoff>& handoff) {
  if (shutdown_.is_stopped() || (shutdown_.has_begun() && handoff->begins_connection())) return;  // it is closed with that
  const std::unique_ptr<transport::Handoff> here = std::move(handoff);
  here->open(*this);
}

std::function<void(LoopTask)> ShardLoop::poster() const {
  return [inbox = inbox_](LoopTask task) { inbox->post(std::move(task)); };
}

void ShardLoop::ask_document(core::DocumentQuery&& query, std::function<void(core::DocumentQuery::Result&&)> done) const {
  const std::string room = query.room_id;
  const auto answer = [post = poster(), done = std::move(done)](core::DocumentQuery::Result result) {
    const auto shared = std::make_shared<core::DocumentQuery::Result>(std::move(result));
    post(std::function<void()>([done, shared] { done(std::move(*shared)); }));
  };
  ask_owner(room, std::move(query), calls::call_done<core::DocumentQuery>(answer));
}

void ShardLoop::ask_owner(std::string_view room_id, core::ApplicationCall&& asked, calls::CallDone done,
                          const trace::TracePtr& traced) const {
  if (context_.config.forward) done = context_.config.forward(asked, std::move(done));
  const core::CallId call = context_.calls.add(std::move(done), monotonic_ms());
  if (call == 0) return;
  if (traced) name_trace(asked, *traced);
  const std::uint32_t owner = room_id.empty() ? index_ : core::shard_of(room_id, static_cast<std::uint32_t>(peers_.size()));
  if (traced)
    peers_[owner]->post(std::function<void()>(
        [&traces = peers_[owner]->call_traces_, call, traced,
         is_publication = std::holds_alternative<core::ServerPublish>(asked)] { traces.expect(call, traced, is_publication); }));
  peers_[owner]->post(calls::numbered(std::move(asked), call));
}

std::size_t ShardLoop::load_of_all() const {
  std::size_t count = 0;
  for (const auto& peer : peers_) count += peer->load();
  return count;
}

bool ShardLoop::appends_are_well(std::uint64_t patience_ms) const {
  const std::uint64_t now_ms = monotonic_ms();
  return std::all_of(peers_.begin(), peers_.end(),
                     [&](const auto& peer) { return peer->executor_.append_health().is_well(now_ms, patience_ms); });
}

void ShardLoop::read_all_metrics(MetricGathering::Done done) const {
  const auto completed = [&context = context_, done = std::move(done)](metrics::Reading reading) {
    context.complete(reading);
    done(std::move(reading));
  };
  const auto gathering = std::make_shared<MetricGathering>(peers_.size(), completed);
  for (const auto& peer : peers_)
    peer->post(std::function<void()>([gathering, &loop = *peer] { gathering->put(loop.index_, loop.read_metrics()); }));
}

std::unique_ptr<const metrics::ShardReading> ShardLoop::read_metrics() {
  const std::size_t connections = driver_->shard().connection_count(), sockets = load();
  auto reading = driver_->read_metrics();
  reading->values[metrics::cell_of(metrics::Metric::connection_states, 0)] = sockets - std::min(sockets, connections);
  return reading;
}

// --- Time ---

void ShardLoop::on_timer() {
  const core::Time time = now();
  expiry_.sweep(time.monotonic_ms);
  if (time.monotonic_ms >= count_at_ms_) {
    count_at_ms_ = time.monotonic_ms + kCountIntervalMs;
    context_.address_limits.sweep(time.monotonic_ms);
    context_.calls.expire(time.monotonic_ms);
    executor_.retry_follows();
  }
  const std::uint64_t next_ms = driver_->tick();
  const std::uint64_t soon_ms = time.monotonic_ms + 1;
  poller_.call_at(std::clamp(next_ms, soon_ms, std::max(expiry_.next_sweep_ms(), soon_ms)), [this] { on_timer(); });
}

// --- The end of a turn ---

void ShardLoop::flush() {
  driver_->finish_turn();
  call_traces_.finish_turn();
  shutdown_.note_open(load());
}

void ShardLoop::hand_over() {
  const auto box_of = [this](std::size_t shard) -> Mailbox<LoopTask>& { return peers_[shard]->mailbox_; };
  gate_.hand_over(executor_.outgoing(), box_of,
                  [this](std::size_t shard) { peers_[shard]->poller_.wake([&peer = *peers_[shard]] { peer.take_messages(); }); });
  executor_.give_answers();
}

void ShardLoop::begin_drain(const core::DrainStarted& drain) {
  shutdown_.begin_drain();
  expiry_.drain();
  driver_->apply(core::DrainStarted{drain});
}

void ShardLoop::abandon_all() {
  expiry_.abandon();
  table_.abandon();
  flush();
}

}  // namespace dialogue::loop
