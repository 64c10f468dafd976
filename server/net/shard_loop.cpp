// The turn of a loop: handlers, then what they left to be sent, then mail. Its sockets: shard_loop_sockets.cpp.
#include "server/net/shard_loop.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "server/core/messages/handles.hpp"
#include "server/net/websocket_connection.hpp"
#include "server/replay/recording_driver.hpp"

namespace dialogue {
namespace {

// One turn: so many handlers, for so long at most, then what they queued is sent. Measured: docs/decisions/040-network-layer.md.
constexpr int kHandlersPerTurnMax = 4096;
constexpr std::uint64_t kCountIntervalMs = 1000;
constexpr auto kTurnTimeMax = std::chrono::milliseconds(16);
constexpr auto kMembersWaitMax = std::chrono::microseconds(200);
constexpr auto kSweepTimeMax = std::chrono::microseconds(500);

template <typename TimePoint>
std::uint64_t ms_of(TimePoint time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace

ShardLoop::ShardLoop(const ServerContext& context, std::uint32_t index, std::uint32_t count, std::uint64_t seed)
    : context_(context),
      lease_(context.config.store != nullptr),
      pace_(context.config.coalesce_time),
      read_buffer_(kReadBufferBytes),
      memory_store_(context.config.make_memory_store(seed + index)),
      inbox_(std::make_shared<AnswerInbox>()),
      index_(index),
      outgoing_(count),
      connections_max_(context.config.shard.limits.connections_max) {
  inbox_->loop = this;
  const ShardDriver::Setup setup{context.config.shard, index, count, seed};
  ShardHost& host = *this;
  if (const auto& recording = context.config.recording) {
    RecordingOptions options = *recording;
    options.bytes_max /= count;
    recorder_ = std::make_unique<Recorder>(index, std::move(options));
    driver_ = std::make_unique<RecordingDriver>(setup, host, *recorder_);
  } else {
    driver_ = std::make_unique<ShardDriver>(setup, host);
  }
}

ShardLoop::~ShardLoop() {
  const std::lock_guard lock(inbox_->mutex);
  inbox_->loop = nullptr;
}

void ShardLoop::run() {
  arm_timer(now().monotonic_ms);
  sockets_.start();
  while (!stopped_) {
    wait();
    take_turn();
  }
  abandon_all();
  sockets_.stop();
  timer_.cancel();
  work_.reset();
  io_.run();  // the aborted waits let go of their sockets
}

// What the store has to say is waited for by those who published, and wakes the loop.
void ShardLoop::wait() {
  using Clock = LoopPace::Clock;
  lease_.wait();
  const bool has_only_messages_to_wait_for = store_answers_due_ == 0;
  if (has_only_messages_to_wait_for && pace_.gathers()) {
    const auto time = pace_.rest(Clock::now());
    if (time > time.zero()) std::this_thread::sleep_for(time);
  } else if (has_only_messages_to_wait_for && pace_.awaits()) {
    bool has_found = false;
    for (const auto end = Clock::now() + LoopPace::kLookout; !has_found && Clock::now() < end;) has_found = io_.poll_one() > 0;
    pace_.looked_out(has_found);
    if (has_found) return;
  }
  io_.run_one();
}

// Connections that begin and HTTP are taken up in the order of their coming; a crowd of them would keep members waiting for all
// of it. So when nothing was done for members for a while, they come first.
void ShardLoop::take_turn() {
  using Clock = std::chrono::steady_clock;
  auto now = Clock::now();
  pace_.begin(now, appends_);
  const auto end = now + kTurnTimeMax;
  auto members_due = now + kMembersWaitMax;
  Looks looks = looks_at_members();
  for (int i = 1; i < kHandlersPerTurnMax && io_.poll_one() > 0; ++i) {
    now = Clock::now();
    if (now >= end) break;
    lease_.offer();
    if (now < members_due) continue;
    if (!had_their_turn(looks)) {
      serve_members();
    } else if (arrivals_ != looks.arrivals || driver_->shard().owes_commit()) {
      flush();  // what members were given among those who arrive would wait for the turn's end, and so would the disk
    }
    looks = looks_at_members();
    members_due = Clock::now() + kMembersWaitMax;
  }
  flush();
}

// Mail alone is not enough: each connection that begins comes by mail.
bool ShardLoop::had_their_turn(const Looks& since) const {
  return sockets_.rounds() != since.sockets && (mails_ != since.mails || mailbox_.is_empty());
}

void ShardLoop::serve_members() {
  take_mail();
  sockets_.serve();
  take_mail();
  flush();
}

Time ShardLoop::now() const { return {.monotonic_ms = monotonic_ms(), .unix_ms = ms_of(std::chrono::system_clock::now())}; }

std::uint64_t ShardLoop::monotonic_ms() const { return ms_of(std::chrono::steady_clock::now()); }

// --- From other threads ---

void ShardLoop::post(Task task) {
  if (mailbox_.put(std::move(task))) boost::asio::post(io_, [this] { take_mail(); });
}

std::future<void> ShardLoop::drain() {
  post(std::function<void()>([this] { begin_drain(); }));
  return drained_.get_future();
}

void ShardLoop::allow(std::size_t connections_max, std::size_t connections_per_user_max) {
  post(std::function<void()>([this, connections_max, connections_per_user_max] {
    connections_max_ = connections_max;
    driver_->apply(LimitsChanged{connections_max, connections_per_user_max});
  }));
}

void ShardLoop::stop() {
  post(std::function<void()>([this] { stopped_ = true; }));
}

void ShardLoop::take_mail() {
  ++mails_;
  mailbox_.take(taken_);
  bool has_answers = false;
  for (Task& task : taken_) {
    has_answers = has_answers || std::holds_alternative<StoreResponse>(task);
    std::visit([this](auto& item) { handle(item); }, task);
    lease_.offer();
  }
  taken_.clear();
  if (has_answers) flush();
}

void ShardLoop::handle(ShardMessage& mail) { driver_->apply(ShardMessageReceived{std::move(mail)}); }

void ShardLoop::handle(StoreResponse& answer) {
  --store_answers_due_;
  if (const auto* appended = std::get_if<std::vector<StoreStatus>>(&answer.what))
    append_health_.answered(*appended, monotonic_ms());
  driver_->apply(StoreReplied{std::move(answer)});
}

// A good credential is never refused for the failures of others behind its address: it is always looked at first. What that costs
// is bounded by the handshakes of an address, the failures of a connection, and the keys that a token is tried with.
void ShardLoop::count_failure(Identified& answer) {
  const auto* refusal = std::get_if<Refusal>(&answer.result);
  if (refusal == nullptr || !answer.has_token || !is_failed_login(refusal->code)) return;
  const std::uint64_t now_ms = monotonic_ms();
  if (const auto connection = find(answer.connection)) (*connection)->failed_login(now_ms);
  if (answer.account.take(AddressLimits::Tier::login, now_ms) > 0) answer.result = Refusal{ErrorCode::rate_limited, {}};
}

void ShardLoop::handle(Identified& answer) {
  count_failure(answer);
  driver_->apply(IdentityResolved{answer.connection, answer.ticket, std::move(answer.result)});
}

void ShardLoop::handle(HookAnswered& answer) {
  driver_->apply(HookReplied{answer.connection, answer.ticket, std::move(answer.verdict)});
}

void ShardLoop::begin_drain() {
  draining_ = true;
  for (auto it = all_swept().begin(); it != swept_.end();) (it++)->drain();
  driver_->apply(DrainStarted{context_.config.drain_spread_ms});
}

std::function<void(ShardLoop::Task)> ShardLoop::poster() const {
  return [inbox = inbox_](Task task) { inbox->post(std::move(task)); };
}

void ShardLoop::post_to_owner(std::string_view room_id, ShardMessage mail) const {
  const std::uint32_t home = room_id.empty() ? index_ : shard_of(room_id, static_cast<std::uint32_t>(peers_.size()));
  peers_[home]->post(std::move(mail));
}

std::size_t ShardLoop::load_of_all() const {
  std::size_t count = 0;
  for (const auto& peer : peers_) count += peer->load();
  return count;
}

bool ShardLoop::appends_are_well(std::uint64_t patience_ms) const {
  const std::uint64_t now_ms = monotonic_ms();
  return std::all_of(peers_.begin(), peers_.end(),
                     [&](const auto& peer) { return peer->append_health_.is_well(now_ms, patience_ms); });
}

ServerCounts ShardLoop::counts_of_all() const {
  ServerCounts sum;
  sum.sockets = load_of_all();
  for (const auto& peer : peers_) peer->counts_.add_to(sum.websockets);
  return sum;
}

void ShardLoop::log(LogLevel level, std::string_view event, std::string fields) {
  if (log_limiter_.admit(event, now().monotonic_ms)) context_.log({level, std::string(event), std::move(fields)});
}

// --- Time ---

void ShardLoop::watch(Swept& item) {
  if (!item.is_linked()) swept_.push_back(item);
}

void ShardLoop::arm_timer(std::uint64_t at_ms) {
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(at_ms)));
  timer_.async_wait([this](const error_code& error) {
    if (!error) on_timer();
  });
}

void ShardLoop::on_timer() {
  const Time time = now();
  sweep(time.monotonic_ms);
  if (time.monotonic_ms >= count_at_ms_) {
    count_at_ms_ = time.monotonic_ms + kCountIntervalMs;
    counts_.set(driver_->shard().state_counts());
    context_.address_limits->sweep(time.monotonic_ms);
  }
  const std::uint64_t next_ms = driver_->tick();
  arm_timer(std::clamp(next_ms, time.monotonic_ms + 1, std::max(sweep_at_ms_, time.monotonic_ms + 1)));
}

// Who came at once has his deadline at once, and ending a thousand connections takes milliseconds: what does not fit into its
// time goes on at the next timer.
void ShardLoop::sweep(std::uint64_t now_ms) {
  if (now_ms < sweep_at_ms_) return;
  if (to_sweep_.empty()) to_sweep_.swap(swept_);
  const auto end = std::chrono::steady_clock::now() + kSweepTimeMax;
  while (!to_sweep_.empty() && std::chrono::steady_clock::now() < end) {
    Swept& item = to_sweep_.front();
    to_sweep_.pop_front();
    swept_.push_back(item);
    if (!item.sweep(now_ms)) item.unlink();
  }
  if (to_sweep_.empty()) sweep_at_ms_ = now_ms + kSweepIntervalMs;
}

SweptList& ShardLoop::all_swept() {
  swept_.splice(swept_.end(), to_sweep_);
  return swept_;
}

// --- The end of a turn ---

void ShardLoop::flush() {
  driver_->finish_turn();
  flush_mail();
  if (draining_ && !drained_told_ && load() == 0) {
    drained_told_ = true;
    drained_.set_value();
  }
}

void ShardLoop::ask_flush(WebSocketConnection& connection) { to_flush_.push_back(connection.shared_from_this()); }

void ShardLoop::flush_connections() {
  flushing_.swap(to_flush_);
  for (std::size_t i = 0; i < flushing_.size(); ++i) {
    // While the kernel sends for this one, the next comes into the cache: a thousand of them never are.
    if (i + 2 < flushing_.size()) flushing_[i + 2]->prefetch();
    if (i + 1 < flushing_.size()) flushing_[i + 1]->prefetch_texts();
    flushing_[i]->flush();
    lease_.offer();
  }
  flushing_.clear();
}

void ShardLoop::flush_mail() {
  for (std::size_t shard = 0; shard < outgoing_.size(); ++shard) {
    if (outgoing_[shard].empty()) continue;
    ShardLoop& peer = *peers_[shard];
    if (peer.mailbox_.put_all(outgoing_[shard])) boost::asio::post(peer.io_, [&peer] { peer.take_mail(); });
  }
}

void ShardLoop::abandon_all() {
  for (auto it = all_swept().begin(); it != swept_.end();) (it++)->abandon();
  for (const auto& connection : std::vector(connections_))
    if (connection) connection->abandon();
  flush();
}

}  // namespace dialogue
