// See backend.hpp. The order of things within a turn is that of server/net/shard_loop.cpp.
#include "tests/simulation/world/backend.hpp"

#include <algorithm>

#include "server/store/carry.hpp"
#include "tests/simulation/ledger.hpp"

namespace dialogue::simulation {
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
  run.config->limits.behind_bytes_max = setup.behind_bytes;
  run.config->limits.backlog_bytes_max = setup.backlog_bytes;
  run.config->limits.room_idle_ms = setup.room_idle_ms;
  run.config->limits.memory_log_kept_ms = setup.memory_log_kept_ms;
  run.config->session_secret = std::to_string(seed);  // each process has its own
  if (chance_.one_in(2)) ask_application_of(*run.config);
  for (std::uint32_t i = 0; i < setup.shards; ++i) {
    run.shards.push_back(std::make_unique<Shard>(*run.config, i, setup.shards, seed));
    run.memory.push_back(std::make_unique<MemoryStore>(chance_.next()));
  }
  run.links.resize(setup.shards);
  run.tick_at_us.resize(setup.shards, kNever);
  run.tick_asked.resize(setup.shards);
  note_("server started: " + std::to_string(setup.shards) + " shards, catalogue " + std::to_string(setup.version));
  for (std::uint32_t i = 0; i < setup.shards; ++i) ask_tick(i, clockwork_.now_us());
  started_();
}

void Backend::end(End how) {
  if (!is_up()) return;
  note_(how == End::killed ? "server killed" : how == End::stopped ? "server stopped" : "power lost");
  const auto run = std::exchange(run_, nullptr);
  for (const auto& links : run->links)
    for (const auto& [id, link] : links) link->server_dies();
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
  for (std::uint32_t i = 0; i < run_->shards.size(); ++i)
    turn(i, [this](Shard& shard, Actions& out) { shard.drain(kDrainMs, now(), out); });
  later(kDrainMs * kMs + chance_.below(kSecond), [this](Run&) { end(End::stopped); });
}

// --- Connections ---

bool Backend::is_running(const std::weak_ptr<Run>& run) const {
  const auto alive = run.lock();
  return alive && alive == run_;
}

bool Backend::connect(const std::shared_ptr<Link>& link) {
  if (!is_up()) return false;
  const auto at = static_cast<std::uint32_t>(chance_.below(run_->shards.size()));
  link->shard = at;
  link->ends.at_server = [this, run = std::weak_ptr(run_), at, link = link.get()](std::string text) {
    if (!is_running(run)) return;
    turn(at, [&](Shard& shard, Actions& out) { shard.received(link->connection, text, now(), out); });
  };
  link->ends.server_end = [this, run = std::weak_ptr(run_), at, link = link.get()](std::uint16_t code) {
    if (!is_running(run)) return;
    if (code == kCloseNormal) run_->shards[at]->said_goodbye(link->connection);
    run_->departures.emplace_back(at, link->connection);
    finish_turn(at);
  };
  link->ends.drained = [this, run = std::weak_ptr(run_), at, link = link.get()] {
    if (!is_running(run)) return;
    turn(at, [&](Shard& shard, Actions& out) { shard.drained(link->connection, now(), out); });
  };
  turn(at, [&](Shard& shard, Actions& out) {
    link->connection = shard.connected({}, now(), out);
    run_->links[at][link->connection] = link;
  });
  return true;
}

// --- A turn of a shard ---

void Backend::turn(std::uint32_t shard, const std::function<void(Shard&, Actions&)>& call) {
  Actions actions;
  call(*run_->shards[shard], actions);
  carry_out(shard, actions);
  finish_turn(shard);
}

void Backend::carry_out(std::uint32_t shard, Actions& actions) {
  Run& run = *run_;
  std::vector<StoreResponse> answers;
  const auto link_of = [&](ConnectionId id) -> Link* {
    const auto found = run.links[shard].find(id);
    if (found == run.links[shard].end()) return nullptr;
    run.touched.push_back(found->second);
    return found->second.get();
  };
  for (Action& action : actions) {
    if (const auto* send = std::get_if<SendFrame>(&action)) {
      if (Link* link = link_of(send->to)) link->server_sends(send->text);
    } else if (const auto* ping = std::get_if<SendPing>(&action)) {
      Link* link = link_of(ping->to);
      if (link == nullptr) continue;
      link->server_sends(ping->text);
    } else if (const auto* close = std::get_if<CloseConnection>(&action)) {
      Link* link = link_of(close->to);
      if (link != nullptr && close->close_code == kCloseSlowConsumer)
        promise(link->reported_stall_ms >= kWriteStallTimeoutMs, [&] {
          return "a reader was disconnected as slow that had taken something " + std::to_string(link->reported_stall_ms) +
                 " ms before";
        });
      if (link != nullptr) link->server_closes(close->close_code);
      run.departures.emplace_back(shard, close->to);
    } else if (auto* post = std::get_if<PostMessage>(&action)) {
      send_mail(shard, post->shard, std::move(post->mail));
    } else if (auto* request = std::get_if<StoreRequest>(&action)) {
      if (request->durable) {
        ask_store(shard, std::move(*request));
      } else {
        carry(*run.memory[shard], std::move(*request), [&](StoreResponse answer) { answers.push_back(std::move(answer)); });
      }
    } else if (auto* who = std::get_if<AskIdentity>(&action)) {
      identify(shard, std::move(*who));
    } else if (auto* about = std::get_if<AskHook>(&action)) {
      ask(shard, std::move(*about));
    } else if (const auto* ask = std::get_if<AskDrained>(&action)) {
      if (Link* link = link_of(ask->to)) link->ask_drained();
    } else if (const auto* give_up = std::get_if<GiveUp>(&action)) {
      note_("the server gives up: " + give_up->reason);
      if (!std::exchange(run.has_given_up, true)) later(0, [this](Run&) { end(End::killed); });
    }
  }
  for (StoreResponse& answer : answers) {
    Actions more;
    run.shards[shard]->answered(std::move(answer), now(), more);
    carry_out(shard, more);
  }
}

void Backend::deliver_events(std::uint32_t shard) {
  Actions actions;
  run_->shards[shard]->end_turn(now(), actions);
  carry_out(shard, actions);
  for (const auto& link : std::exchange(run_->touched, {})) tell_backlog(shard, *link);
}

void Backend::finish_turn(std::uint32_t shard) {
  Run& run = *run_;
  if (run.shards[shard]->owes_turn_end()) {  // a turn may have more inputs than this one
    if (chance_.one_in(2))
      while (run.shards[shard]->owes_turn_end()) deliver_events(shard);
    else
      later(chance_.below(kTurn_us), [this, shard](Run& alive) {
        if (!alive.shards[shard]->owes_turn_end()) return;
        deliver_events(shard);
        finish_turn(shard);
      });
  }
  for (const auto& link : std::exchange(run.touched, {})) tell_backlog(shard, *link);
  for (const auto& [at, connection] : std::exchange(run.departures, {})) {
    if (run.links[at].erase(connection) == 0) continue;
    Actions actions;
    run.shards[at]->disconnected(connection, now(), actions);
    carry_out(at, actions);
  }
  if (!run.departures.empty() || !run.touched.empty()) return finish_turn(shard);
  ask_tick(shard, clockwork_.now_us() + kTurn_us);
}

void Backend::tell_backlog(std::uint32_t shard, Link& link) {
  if (!run_->links[shard].contains(link.connection)) return;
  if (!std::exchange(link.has_backlog, link.unsent_bytes() > 0) && !link.has_backlog) return;
  unsent_bytes_max_ = std::max(unsent_bytes_max_, link.unsent_bytes());
  Actions actions;
  link.reported_stall_ms = link.stalled_ms();  // BYE may be what the network takes again, so it is kept
  run_->shards[shard]->backlog(link.connection, link.unsent_bytes(), link.reported_stall_ms, now(), actions);
  carry_out(shard, actions);
  if (link.has_backlog && !std::exchange(run_->is_sweeping, true)) later(kSweep_us, [this](Run&) { sweep(); });
}

void Backend::sweep() {
  Run& run = *run_;
  run.is_sweeping = false;
  for (std::uint32_t i = 0; i < run.links.size(); ++i) {
    for (const auto& [id, link] : run.links[i])
      if (link->has_backlog) run.touched.push_back(link);
    std::sort(run.touched.begin(), run.touched.end(), [](const auto& a, const auto& b) { return a->connection < b->connection; });
    finish_turn(i);
  }
}

void Backend::ask_tick(std::uint32_t shard, std::uint64_t at_us) {
  Run& run = *run_;
  if (at_us >= run.tick_at_us[shard]) return;
  run.tick_at_us[shard] = at_us;
  const std::uint64_t asked = ++run.tick_asked[shard];
  later(at_us - clockwork_.now_us(), [this, shard, asked](Run& alive) {
    if (alive.tick_asked[shard] == asked) tick(shard);
  });
}

void Backend::tick(std::uint32_t shard) {
  run_->tick_at_us[shard] = kNever;
  Actions actions;
  const std::uint64_t next_ms = run_->shards[shard]->tick(now(), actions);
  const bool is_busy = !actions.empty();
  if (is_busy) {
    carry_out(shard, actions);
    finish_turn(shard);
  }
  if (next_ms != dialogue::kNever) ask_tick(shard, std::max(next_ms * kMs, clockwork_.now_us() + kMs));
}

// --- Mail ---

void Backend::send_mail(std::uint32_t from, std::uint32_t to, ShardMessage mail) {
  auto& [box, newest_us] = run_->mail[{from, to}];
  box.push_back(std::move(mail));
  newest_us = std::max(newest_us, clockwork_.now_us() + chance_.below(run_->setup.mail_delay_us + 1));
  later(newest_us - clockwork_.now_us(), [this, from, to](Run& run) {
    auto& queue = run.mail[{from, to}].first;
    ShardMessage first = std::move(queue.front());
    queue.pop_front();
    turn(to, [&](Shard& shard, Actions& out) { shard.mail(std::move(first), now(), out); });
  });
}

void Backend::post(ShardMessage mail) {
  if (!is_up()) return;
  const auto outside = static_cast<std::uint32_t>(run_->shards.size());
  send_mail(outside, static_cast<std::uint32_t>(chance_.below(outside)), std::move(mail));
}

}  // namespace dialogue::simulation
