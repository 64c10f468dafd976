// See backend.hpp. The order of things within a turn is that of server/loop/shard_loop.cpp.
#include "tests/simulation/world/backend.hpp"

#include <algorithm>

#include "server/store/submit.hpp"
#include "tests/simulation/ledger.hpp"

namespace dialogue::simulation {

using namespace core;
using namespace store;

namespace {

constexpr std::uint64_t kWallStartMs = 1'700'000'000'000;
constexpr std::uint16_t kCloseSlowConsumer = 4002;
constexpr std::uint64_t kTurn_us = 5 * kMs, kSweep_us = kSecond, kTryAgain_us = kSecond, kDrainMs = 2000;

/// An application that allows everything, in its own time.
void ask_application_of(ShardConfig& config) {
  const HookSource allow = [](HookQuestion&&, const std::function<void(HookVerdict)>& done) { done(HookVerdict::allow()); };
  config.hooks.ask_connect = config.hooks.ask_join = allow;
  config.hooks.middleware.push_back({"", {}, allow});
}

}  // namespace

class Backend::Node final : public ShardHost {
 public:
  Node(Backend& backend, const BackendSetup& setup, const ShardConfig& config, std::uint32_t shard, std::uint64_t seed)
      : driver({config, shard, setup.shards, seed}, *this), memory(backend.chance_.next()), backend_(backend), shard_(shard) {}

  [[nodiscard]] Time now() const override { return backend_.now(); }
  void perform(Actions& actions) override {
    has_acted = has_acted || !actions.empty();
    perform_each(actions, *this);
  }

  void perform(const SendFrame& send) { shown.push_back({send.to, send.text, 0}); }
  void perform(const SendPing& ping) { shown.push_back({ping.to, ping.text, 0}); }
  void perform(const CloseConnection& close) {
    const auto found = links.find(close.to);
    if (found != links.end() && close.close_code == kCloseSlowConsumer)
      promise(found->second->reported_stall_ms >= kWriteStallTimeoutMs, [&link = *found->second] {
        return "a reader was disconnected as slow that had taken something " + std::to_string(link.reported_stall_ms) +
               " ms before, with " + std::to_string(link.unsent_bytes()) + " bytes unsent";
      });
    shown.push_back({close.to, nullptr, close.close_code});
  }
  void perform(PostMessage& post) { outgoing.push_back(std::move(post)); }
  void perform(StoreRequest& request) {
    if (request.durable) return backend_.ask_store(shard_, std::move(request));
    submit(memory, std::move(request), [this](StoreResponse answer) { driver.enqueue(StoreReplied{std::move(answer)}); });
  }
  void perform(AskIdentity& ask) const { backend_.identify(shard_, std::move(ask)); }
  void perform(AskHook& ask) const { backend_.ask(shard_, std::move(ask)); }
  void perform(AnswerCall& answer) { answers.push_back(std::move(answer)); }
  void perform(const AskDrained& ask) { shown.push_back({ask.to, nullptr, 0}); }
  void perform(const FollowLog&) const {}  // one server has the store
  void perform(const UnfollowLog&) const {}
  void perform(const TellNodes&) const {}
  void perform(const BeginExchange&) const {}  // no call is defined
  void perform(const TellExchange&) const {}
  void perform(const GiveUp& give_up) const {
    backend_.note_("the server gives up: " + give_up.reason);
    if (!std::exchange(backend_.run_->has_given_up, true))
      backend_.later(0, [&backend = backend_](Run&) { backend.end(End::killed); });
  }
  void perform(const LogLine&) const {}

  /// What a client sees or, without a text and a code, is asked, once it is handed over.
  struct Shown {
    ConnectionId to = 0;
    SharedBytes text;
    std::uint16_t close_code = 0;
  };
  void show(const Shown& what) const {
    Link* const link = touch(what.to);
    if (what.close_code != 0) {
      if (link != nullptr) link->server_closes(what.close_code);
      backend_.run_->departures.emplace_back(shard_, what.to);
    } else if (link != nullptr) {
      what.text ? link->server_sends(what.text) : link->ask_drained();
    }
  }

  [[nodiscard]] bool has_to_hand_over() const { return !outgoing.empty() || !answers.empty() || !shown.empty(); }

  ShardDriver driver;
  MemoryStore memory;
  std::vector<PostMessage> outgoing;
  std::vector<AnswerCall> answers;
  std::vector<Shown> shown;
  std::uint64_t stands_until_us = 0;
  std::deque<std::function<void()>> waiting;  ///< for a shard that stands still
  std::unordered_map<ConnectionId, std::shared_ptr<Link>> links;
  std::uint64_t tick_at_us = kNever, tick_asked = 0;
  bool has_acted = false;  ///< since the tick

 private:
  /// A connection that is sent something; what it leaves unsent is reported at the end of the turn.
  [[nodiscard]] Link* touch(ConnectionId id) const {
    const auto found = links.find(id);
    if (found == links.end()) return nullptr;
    backend_.run_->touched.push_back(found->second);
    return found->second.get();
  }

  Backend& backend_;
  const std::uint32_t shard_;
};

Backend::Run::Run() = default;
Backend::Run::~Run() = default;

Time Backend::now() const { return {clockwork_.now_ms(), kWallStartMs + clockwork_.now_ms() + wall_offset_ms_}; }

void Backend::later(std::uint64_t us, std::function<void(Run&)> what) {
  clockwork_.after(us, [this, run = std::weak_ptr(run_), what = std::move(what)] {
    if (!is_running(run)) return;
    const auto alive = run_;  // though it may end in there
    what(*alive);
  });
}

// --- Beginning and end ---

void Backend::start(const BackendSetup& setup, std::function<void()> started) {
  started_ = std::move(started);
  try_to_start(setup, ++starting_);
}

void Backend::try_to_start(const BackendSetup& setup, std::uint64_t attempt) {
  if (is_up() || attempt != starting_) return;
  const std::string fault = disk_.open(setup.seed + starts_, now());
  if (fault.empty()) return begin(setup);
  note_("the store cannot be opened: " + fault);
  if (disk_.is_dark()) disk_.lose_power(chance_.next());
  clockwork_.after(kTryAgain_us, [this, setup, attempt] { try_to_start(setup, attempt); });
}

void Backend::begin(const BackendSetup& setup) {
  const std::uint64_t seed = setup.seed + ++starts_;
  chance_ = Chance(seed);
  run_ = std::make_shared<Run>();
  Run& run = *run_;
  run.setup = setup;
  run.config = config_of(setup.version);
  run.config->session_secret = std::to_string(chance_.next());
  for (RoomDefinition& room : run.config->definitions.rooms)
    if (is_small(room.id)) room.max_size = setup.small_room;
  run.config->limits.lag_bytes_max = setup.behind_bytes;
  run.config->limits.backlog_bytes_max = setup.backlog_bytes;
  run.config->limits.room_idle_ms = setup.room_idle_ms;
  run.config->limits.memory_log_kept_ms = setup.memory_log_kept_ms;
  run.config->session_secret = std::to_string(seed);  // each process has its own
  if (chance_.one_in(2)) ask_application_of(*run.config);
  run.mailboxes = std::vector<Run::Mailbox>(setup.shards);
  for (std::uint32_t i = 0; i < setup.shards; ++i)
    run.nodes.push_back(std::make_unique<Node>(*this, setup, *run.config, i, seed));
  note_("server started: " + std::to_string(setup.shards) + " shards, catalogue " + std::to_string(setup.version));
  for (std::uint32_t i = 0; i < setup.shards; ++i) ask_tick(i, clockwork_.now_us());
  started_();
}

void Backend::end(End how) {
  if (!is_up()) return;
  note_(how == End::killed ? "server killed" : how == End::stopped ? "server stopped" : "power lost");
  const auto run = std::exchange(run_, nullptr);
  for (const auto& node : run->nodes)
    for (const auto& [id, link] : node->links) link->server_dies();
  if (how == End::killed) disk_.kill();
  if (how == End::power_lost) disk_.lose_power(chance_.next());
  if (how == End::stopped) disk_.close();
  // A stopped server that lost its power while it closed the store.
  if (disk_.is_dark()) disk_.lose_power(chance_.next());
  ended();
}

void Backend::drain() {
  if (!is_up()) return;
  note_("server drains");
  for (std::uint32_t i = 0; i < run_->nodes.size(); ++i) apply(i, DrainStarted{kDrainMs, 0, kDrainMs / 2});
  later(kDrainMs * kMs + chance_.below(kSecond), [this](Run&) { end(End::stopped); });
}

// --- Connections ---

bool Backend::is_running(const std::weak_ptr<Run>& run) const {
  const auto alive = run.lock();
  return alive && alive == run_;
}

bool Backend::connect(const std::shared_ptr<Link>& link) {
  if (!is_up()) return false;
  const auto at = static_cast<std::uint32_t>(chance_.below(run_->nodes.size()));
  link->shard = at;
  link->ends.at_server = [this, run = std::weak_ptr(run_), at, link = link.get()](std::string text) {
    if (!is_running(run)) return;
    when_awake(at, [this, at, id = link->connection, text = std::move(text)]() mutable { apply(at, MessageReceived{id, text}); });
  };
  link->ends.server_end = [this, run = std::weak_ptr(run_), at, link = link.get()](std::uint16_t code) {
    if (!is_running(run)) return;
    when_awake(at, [this, at, code, id = link->connection] {
      if (code == kCloseNormal) driver(at).apply(PeerClosing{id});
      run_->departures.emplace_back(at, id);
      finish_turn(at);
    });
  };
  link->ends.drained = [this, run = std::weak_ptr(run_), at, link = link.get()] {
    if (!is_running(run)) return;
    when_awake(at, [this, at, id = link->connection] { apply(at, SendDrained{id}); });
  };
  link->connection = driver(at).open({});
  run_->nodes[at]->links[link->connection] = link;
  driver(at).carry_out();
  finish_turn(at);
  return true;
}

// --- A turn of a shard ---

ShardDriver& Backend::driver(std::uint32_t shard) const { return run_->nodes[shard]->driver; }

void Backend::apply(std::uint32_t shard, Input&& input) {
  driver(shard).apply(std::move(input));
  finish_turn(shard);
}

void Backend::when_awake(std::uint32_t shard, std::function<void()> what) {
  Node& node = *run_->nodes[shard];
  if (node.stands_until_us <= clockwork_.now_us() && node.waiting.empty()) return what();
  node.waiting.push_back(std::move(what));
}

void Backend::stall(std::uint64_t which, std::uint64_t us) {
  if (!is_up()) return;
  const auto shard = static_cast<std::uint32_t>(which % run_->nodes.size());
  Node& node = *run_->nodes[shard];
  node.stands_until_us = std::max(node.stands_until_us, clockwork_.now_us() + us);
  later(us, [this, shard](Run& run) {
    Node& awake = *run.nodes[shard];
    if (awake.stands_until_us > clockwork_.now_us()) return;
    while (!awake.waiting.empty() && is_up() && run_.get() == &run) {
      const auto next = std::move(awake.waiting.front());
      awake.waiting.pop_front();
      next();
    }
  });
}

void Backend::hand_over(std::uint32_t shard) {
  Node& node = *run_->nodes[shard];
  for (PostMessage& post : std::exchange(node.outgoing, {})) put_mail(post.shard, std::move(post.message));
  for (AnswerCall& answer : std::exchange(node.answers, {})) run_->calls.answer(answer.call, std::move(*answer.result));
  for (const Node::Shown& what : std::exchange(node.shown, {})) node.show(what);
}

void Backend::deliver_events(std::uint32_t shard) {
  driver(shard).apply(TurnEnded{});
  hand_over(shard);
  for (const auto& link : std::exchange(run_->touched, {})) tell_backlog(shard, *link);
}

void Backend::finish_turn(std::uint32_t shard) {
  Run& run = *run_;
  if (driver(shard).shard().owes_turn_end()) {  // a turn may have more inputs than this one
    if (chance_.one_in(2))
      while (driver(shard).shard().owes_turn_end()) deliver_events(shard);
    else
      later(chance_.below(kTurn_us), [this, shard](Run&) {
        when_awake(shard, [this, shard] {
          if (!driver(shard).shard().owes_turn_end()) return;
          deliver_events(shard);
          finish_turn(shard);
        });
      });
  }
  for (const auto& [at, connection] : std::exchange(run.departures, {}))
    if (run.nodes[at]->links.erase(connection) > 0) driver(at).apply(ConnectionClosed{connection});
  const auto owes_turn_end = [&] { return driver(shard).shard().owes_turn_end(); };
  if (!owes_turn_end()) hand_over(shard);
  for (const auto& link : std::exchange(run.touched, {})) tell_backlog(shard, *link);
  const bool has_more = !owes_turn_end() && run.nodes[shard]->has_to_hand_over();
  if (has_more || !run.departures.empty() || !run.touched.empty()) return finish_turn(shard);
  ask_tick(shard, clockwork_.now_us() + kTurn_us);
}

void Backend::tell_backlog(std::uint32_t shard, Link& link) {
  if (!run_->nodes[shard]->links.contains(link.connection)) return;
  if (!std::exchange(link.has_backlog, link.unsent_bytes() > 0) && !link.has_backlog) return;
  unsent_bytes_max_ = std::max(unsent_bytes_max_, link.unsent_bytes());
  link.reported_stall_ms = link.stalled_ms();  // BYE may be what the network takes again, so it is kept
  driver(shard).apply(BacklogChanged{link.connection, link.unsent_bytes(), link.reported_stall_ms});
  if (link.has_backlog && !std::exchange(run_->is_sweeping, true)) later(kSweep_us, [this](Run&) { sweep(); });
}

void Backend::sweep() {
  Run& run = *run_;
  run.is_sweeping = false;
  for (std::uint32_t i = 0; i < run.nodes.size(); ++i) {
    for (const auto& [id, link] : run.nodes[i]->links)
      if (link->has_backlog) run.touched.push_back(link);
    std::sort(run.touched.begin(), run.touched.end(), [](const auto& a, const auto& b) { return a->connection < b->connection; });
    finish_turn(i);
  }
}

void Backend::ask_tick(std::uint32_t shard, std::uint64_t at_us) {
  Node& node = *run_->nodes[shard];
  if (at_us >= node.tick_at_us) return;
  node.tick_at_us = at_us;
  const std::uint64_t asked = ++node.tick_asked;
  later(at_us - clockwork_.now_us(), [this, shard, asked](Run& alive) {
    if (alive.nodes[shard]->tick_asked != asked) return;
    when_awake(shard, [this, shard] { tick(shard); });
  });
}

void Backend::tick(std::uint32_t shard) {
  Node& node = *run_->nodes[shard];
  node.tick_at_us = kNever;
  node.has_acted = false;
  const std::uint64_t next_ms = node.driver.tick();
  if (node.has_acted) finish_turn(shard);
  if (next_ms != dialogue::core::kNever) ask_tick(shard, std::max(next_ms * kMs, clockwork_.now_us() + kMs));
}

// --- Mail ---

void Backend::put_mail(std::uint32_t to, ShardMessage message) {
  Run::Mailbox& box = run_->mailboxes[to];
  box.messages.push_back(std::move(message));
  box.newest_us = std::max(box.newest_us, clockwork_.now_us() + chance_.below(run_->setup.mail_delay_us + 1));
  later(box.newest_us - clockwork_.now_us(), [this, to](Run&) {
    when_awake(to, [this, to] {
      auto& messages = run_->mailboxes[to].messages;
      ShardMessage first = std::move(messages.front());
      messages.pop_front();
      apply(to, ShardMessageReceived{std::move(first)});
    });
  });
}

void Backend::post(ShardMessage message) {
  if (!is_up()) return;
  put_mail(static_cast<std::uint32_t>(chance_.below(run_->nodes.size())), std::move(message));
}

}  // namespace dialogue::simulation
