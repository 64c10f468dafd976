// See cluster.hpp.
#include "server/cluster/cluster.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"

namespace dialogue::cluster {
namespace {

bool is_claim(const Entry& entry) { return std::holds_alternative<Claim>(entry); }

/// By how much an own entry, of those that OwnPart writes, changes the places taken in its room.
std::pair<std::string, std::int64_t> seats_change_of(const Entry& entry, const ClusterState& state, const std::string& self) {
  if (const auto* const share = std::get_if<Share>(&entry)) {
    const RoomPart* const part = state.part(self, share->room);
    return {share->room, static_cast<std::int64_t>(share->seats) - static_cast<std::int64_t>(part == nullptr ? 0 : part->seats)};
  }
  if (const auto* const change = std::get_if<Change>(&entry)) return {change->room, change->seats_change};
  if (const auto* const release = std::get_if<Release>(&entry))
    return {release->room, -static_cast<std::int64_t>(release->count)};
  return {};
}

ClusterLogSettings log_settings(const ClusterSettings& settings) {
  return {settings.store, settings.self.id, settings.post, settings.now_ms, settings.unix_ms, settings.log, settings.lease_ms};
}

}  // namespace

Cluster::Cluster(ClusterSettings settings, ClusterListener& listener)
    : settings_(std::move(settings)),
      listener_(listener),
      state_(settings_.self.id),
      own_(settings_.self.id),
      log_(log_settings(settings_), *this) {}

Cluster::~Cluster() = default;

void Cluster::start() {
  if (phase_ != Phase::made) return;
  phase_ = Phase::running;
  own_.share_all();
  log_.start();
  log_.write_soon();
}

std::uint64_t Cluster::tick() {
  const std::uint64_t now = settings_.now_ms();
  if (phase_ == Phase::stopping && now >= give_up_ms_) end();
  if (phase_ == Phase::made || phase_ == Phase::ended) return now + kPollMs;
  std::vector<std::uint64_t> due = {phase_ == Phase::stopping ? give_up_ms_ : own_ms_ + settings_.beat_ms};
  for (const auto& [node, seen_ms] : state_.heard())
    if (node != self()) due.push_back(lease_end_ms(seen_ms));
  if (state_.knows(self()) && std::any_of(due.begin(), due.end(), [&](std::uint64_t at) { return at <= now; })) log_.write_soon();
  advance_erasure();
  std::uint64_t next = std::min(log_.tick(), erasure_.tick(now));
  for (const std::uint64_t at : due)
    if (at > now) next = std::min(next, at);
  return next;
}

void Cluster::erase_user(std::string user_id, LogErasure::Done done) {
  if (phase_ != Phase::running) return done(false);
  erasure_.begin(std::move(user_id), log_.record_ms(), settings_.now_ms(), std::move(done));
  advance_erasure();
}

bool Cluster::has_to_write() const {
  return erasure_.wants_entry_of(self()) && std::max(settings_.unix_ms(), log_.record_ms()) > erasure_.target_ms();
}

void Cluster::advance_erasure() {
  if (phase_ != Phase::running || erasure_.is_idle() || !state_.knows(self())) return;
  if (has_to_write()) log_.write_soon();
  if (const auto before_ms = erasure_.next_trim(state_.heard()))
    log_.trim(*before_ms, [this](bool is_done) { erasure_.trimmed(is_done); });
}

bool Cluster::send(const std::string& to, std::uint32_t shard, std::string text) {
  if (phase_ == Phase::stopping || phase_ == Phase::ended || text.size() > kMailBytesMax) return false;
  if (!to.empty() && (to == self() || !state_.knows(to))) return false;
  return phase_ == Phase::running && log_.append(Mail{to, shard, std::move(text)});
}

void Cluster::set_share(const std::string& room, std::int64_t seats_change, std::vector<core::PresentUser> joined,
                        std::vector<std::string> left) {
  if (phase_ == Phase::stopping || phase_ == Phase::ended) return;
  own_.change(room, seats_change, std::move(joined), left);
  if (phase_ == Phase::running) log_.write_soon();
}

void Cluster::release(const std::string& room, std::uint64_t count) {
  set_share(room, -static_cast<std::int64_t>(std::min(count, kSafeIntegerMax)), {}, {});
}

void Cluster::claim(const std::string& room, std::uint64_t ticket, std::uint64_t places_max) {
  if (!tickets_.insert(ticket).second) return;
  const bool is_valid = is_sound(room, kRoomBytesMax) && ticket <= kSafeIntegerMax && places_max <= kSafeIntegerMax;
  if (!is_valid || phase_ == Phase::stopping || phase_ == Phase::ended) return refuse_later(ticket);
  Claim claim{room, ticket, places_max};
  if (is_ready_)
    ask_place(std::move(claim));
  else if (waiting_.size() < kQueueEntriesMax)
    waiting_.push_back(std::move(claim));
  else
    refuse_later(ticket);
}

void Cluster::ask_place(Claim claim) {
  const std::uint64_t ticket = claim.ticket;
  if (!log_.append(std::move(claim))) refuse_later(ticket);
}

void Cluster::refuse_later(std::uint64_t ticket) {
  settings_.post([this, ticket, alive = std::weak_ptr<char>(alive_)] {
    if (!alive.expired()) refuse(ticket);
  });
}

void Cluster::refuse(std::uint64_t ticket) {
  if (tickets_.erase(ticket) > 0) listener_.claimed(ticket, false);
}

void Cluster::refuse_all() {
  waiting_.clear();
  static_cast<void>(log_.withdraw(is_claim));
  while (!tickets_.empty()) refuse(*tickets_.begin());
}

void Cluster::stop(std::function<void()> done) {
  if (phase_ == Phase::stopping || phase_ == Phase::ended) return settings_.post(std::move(done));
  done_ = std::move(done);
  const bool was_running = phase_ == Phase::running;
  phase_ = Phase::stopping;
  give_up_ms_ = settings_.now_ms() + kByeMsMax;
  refuse_all();
  if (!was_running || !log_.append(Bye{})) end();
}

void Cluster::end() {
  phase_ = Phase::ended;
  erasure_.end();
  log_.close();
  if (done_) settings_.post(std::exchange(done_, {}));
}

void Cluster::fail(const std::string& reason) {
  log_.close();
  log_failed(reason);
}

void Cluster::log_failed(const std::string& reason) {
  is_ready_ = false;
  if (phase_ == Phase::stopping) return end();
  phase_ = Phase::ended;
  erasure_.end();
  refuse_all();
  listener_.failed(reason);
}

// What is written.

bool Cluster::before_write(std::vector<Entry>& first, std::vector<Entry>& queued) {
  if (phase_ == Phase::stopping) {
    std::erase_if(queued, is_claim);  // of a write that was under way at the stop: they are refused
    if (state_.knows(self())) return true;
    settings_.post([this, alive = std::weak_ptr<char>(alive_)] {
      if (!alive.expired() && phase_ == Phase::stopping) end();
    });
    return false;
  }
  if (!add_own(first)) return false;
  if (add_gone(first)) return false;
  const bool is_beat_due = settings_.now_ms() >= own_ms_ + settings_.beat_ms || has_to_write();
  if (first.empty() && queued.empty() && is_beat_due) first.emplace_back(Beat{});
  complete_claims(first, queued);
  return true;
}

bool Cluster::add_own(std::vector<Entry>& first) {
  if (!state_.knows(self())) {
    first.emplace_back(Hello{settings_.self});
  } else if (is_here_due_) {
    Here here{settings_.self, {}};
    for (const NodeStatus& node : state_.nodes()) here.nodes.push_back(node.facts.id);
    first.emplace_back(std::move(here));
  }
  const bool is_whole = own_.write(state_, first);
  if (is_whole && is_shared_due_) first.emplace_back(Shared{});
  return is_whole;
}

/// A node that could not write for a while judges no other: they were silent perhaps for the same reason.
bool Cluster::add_gone(std::vector<Entry>& first) const {
  const std::uint64_t now = settings_.now_ms();
  if (!state_.knows(self()) || is_deaf(now)) return false;
  const std::size_t before = first.size();
  for (const auto& [node, seen_ms] : state_.heard())
    if (node != self() && lease_end_ms(seen_ms) <= now) first.emplace_back(Gone{node});
  return first.size() > before;
}

void Cluster::complete_claims(const std::vector<Entry>& first, std::vector<Entry>& queued) const {
  std::map<std::string, std::int64_t> changes;
  for (const Entry& entry : first) {
    auto [room, change] = seats_change_of(entry, state_, self());
    if (change != 0) changes[room] += change;
  }
  for (Entry& entry : queued)
    if (auto* const claim = std::get_if<Claim>(&entry)) {
      std::int64_t& change = changes[claim->room];
      claim->taken = static_cast<std::uint64_t>(static_cast<std::int64_t>(state_.seats(claim->room)) + change);
      if (claim->taken < claim->places_max) ++change;
    }
}

// What is read.

void Cluster::delivered(const std::string& from, Entry entry) {
  const std::uint64_t now = settings_.now_ms();
  erasure_.saw(from, entry, log_.record_ms());
  const StateChange change = state_.apply(from, entry, now);
  if (from == self())
    on_own(entry, change);
  else
    on_other(from, entry);
  if (phase_ == Phase::ended || phase_ == Phase::stopping) return;
  report(change);
  update_ready();
  advance_erasure();
}

void Cluster::on_own(const Entry& entry, const StateChange& change) {
  const std::uint64_t now = settings_.now_ms();
  if (is_deaf(now)) judges_from_ms_ = now;
  own_ms_ = now;
  if (std::holds_alternative<Bye>(entry)) return end();
  if (std::holds_alternative<Here>(entry)) is_here_due_ = false;
  if (std::holds_alternative<Shared>(entry)) is_shared_due_ = false;
  if (const auto* const gone = std::get_if<Gone>(&entry)) sharing_.erase(gone->node);
  if (const auto* const share = std::get_if<Share>(&entry)) own_.shared(*share);
  if (const auto* const claim = std::get_if<Claim>(&entry)) on_verdict(*claim, change.verdict.value_or(false));
  if (std::holds_alternative<Hello>(entry)) {
    if (!state_.knows(self())) return fail("the cluster has as many nodes as it can have");
    has_said_hello_ = receives_ = true;
    judges_from_ms_ = now;
    for (const auto& [node, seen_ms] : state_.heard())
      if (node != self()) sharing_[node] = Sharing::awaited;
  }
  if (own_.has_more()) log_.write_soon();
}

void Cluster::on_verdict(const Claim& claim, bool is_granted) {
  if (is_granted) own_.granted(claim.room);
  if (tickets_.erase(claim.ticket) > 0) listener_.claimed(claim.ticket, is_granted);
}

void Cluster::on_other(const std::string& from, Entry& entry) {
  follow_sharing(from, entry);
  if (const auto* const gone = std::get_if<Gone>(&entry); gone != nullptr && gone->node == self()) return say_hello_again();
  if (std::holds_alternative<Hello>(entry) && state_.knows(self())) {
    is_here_due_ = is_shared_due_ = true;
    own_.share_all();
    return log_.write_soon();
  }
  auto* const mail = std::get_if<Mail>(&entry);
  if (mail == nullptr || !receives_ || phase_ != Phase::running || (!mail->to.empty() && mail->to != self())) return;
  listener_.mail(from, mail->shard, std::move(mail->text));
}

/// Until the others have answered it, this node may know nodes of whom they do not, and makes no claims.
void Cluster::say_hello_again() {
  has_said_hello_ = is_ready_ = false;
  sharing_.clear();
  std::vector<Claim> claims;
  for (Entry& entry : log_.withdraw(is_claim)) claims.push_back(std::move(std::get<Claim>(entry)));
  waiting_.insert(waiting_.begin(), claims.begin(), claims.end());
  is_here_due_ = false;
  is_shared_due_ = true;
  own_.share_all();
  log_.write_soon();
}

void Cluster::restarted(const std::string&) {
  receives_ = false;
  say_hello_again();
  report(state_.forget(settings_.now_ms()));
}

void Cluster::report(const StateChange& change) {
  for (const RoomChange& room : change.rooms) listener_.room_changed(room.room, room.other_seats, room.joined, room.left);
  if (!change.has_nodes_changed) return;
  std::vector<NodeStatus> others = state_.nodes();
  std::erase_if(others, [&](const NodeStatus& node) { return node.facts.id == self(); });
  std::vector<NodeFacts> facts;
  for (const NodeStatus& node : others) facts.push_back(node.facts);
  if (std::exchange(reported_, facts) != facts) listener_.nodes_changed(others);
}

// Whose parts are known. A node answers a Hello by Here, its Shares and Shared; one that says Hello itself continues in the same
// way. This node waits for each node that an entry came from or that a Here names, until it has shared its part or is gone.

void Cluster::follow_sharing(const std::string& from, const Entry& entry) {
  if (!has_said_hello_ || is_ready_) return;
  if (std::holds_alternative<Bye>(entry)) return static_cast<void>(sharing_.erase(from));
  Sharing& its = sharing_[from];
  if (std::holds_alternative<Hello>(entry)) its = Sharing::begun;
  if (std::holds_alternative<Shared>(entry) && its == Sharing::begun) its = Sharing::done;
  if (const auto* const gone = std::get_if<Gone>(&entry)) sharing_.erase(gone->node);
  if (const auto* const here = std::get_if<Here>(&entry)) {
    its = Sharing::begun;
    for (const std::string& node : here->nodes)
      if (node != self()) sharing_.try_emplace(node, Sharing::awaited);
  }
}

void Cluster::update_ready() {
  if (is_ready_ || !has_said_hello_ || phase_ != Phase::running) return;
  for (const auto& [node, its] : sharing_)
    if (its != Sharing::done) return;
  is_ready_ = true;
  sharing_.clear();
  for (Claim& claim : std::exchange(waiting_, {})) ask_place(std::move(claim));
}

std::uint64_t Cluster::lease_end_ms() const {
  const bool is_there = (phase_ == Phase::running || phase_ == Phase::stopping) && has_said_hello_ && state_.knows(self());
  return is_there ? own_ms_ + settings_.lease_ms : 0;
}

std::uint64_t Cluster::lease_end_ms(std::uint64_t seen_ms) const {
  return std::max(seen_ms, judges_from_ms_) + settings_.lease_ms;
}

bool Cluster::is_deaf(std::uint64_t now_ms) const { return now_ms - own_ms_ > settings_.lease_ms / 2; }

}  // namespace dialogue::cluster
