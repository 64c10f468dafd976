// Random worlds from seeds: nodes start, die, freeze beyond their lease, return and stop, on a store whose answers come in any
// order and whose wake-ups are lost by chance. The log itself is the witness of what every node must know.
#include "tests/sanitized.hpp"
#include "tests/server/cluster/support/cluster_kit.hpp"
#include "tests/server/cluster/support/log_oracle.hpp"

namespace dialogue::testing {

using namespace cluster;

namespace {

constexpr std::uint64_t kPlaces = 3;
const std::vector<std::string> kBounded = {"bounded-1", "bounded-2"}, kFree = {"free-1", "free-2"};

struct WorldNode {
  std::unique_ptr<TestNode> node;
  std::uint64_t frozen_until_ms = 0;
  bool is_stopping = false;
  std::map<std::string, std::uint64_t> places{};         ///< granted and not given back, by room
  std::map<std::uint64_t, std::string> claims{};         ///< every ticket, with its room
  std::map<std::string, std::set<std::string>> users{};  ///< by free room
  std::set<std::string> sent{};
};

class RandomWorld {
 public:
  RandomWorld(std::uint64_t seed, StoreFault fault) : traffic_(std::make_shared<Traffic>(seed)) {
    traffic_->fault = fault;
    traffic_->busy_percent = below(8);
    traffic_->lost_wake_up_percent = below(80);
    nodes_max_ = 2 + below(4);
    freezes_long_ = below(2) == 1;
    start();
  }

  /// What is wrong; empty: nothing.
  std::vector<std::string> run(std::size_t steps) {
    for (std::size_t step = 0; step < steps && oracle_.faults.empty(); ++step) {
      act();
      check();
    }
    settle();
    return oracle_.faults;
  }
  [[nodiscard]] bool has_returned() const { return oracle_.has_returned; }
  [[nodiscard]] bool is_ambiguous() const { return oracle_.is_ambiguous; }
  [[nodiscard]] std::size_t claims() const { return oracle_.verdicts.size(); }
  [[nodiscard]] std::size_t mails() const { return oracle_.mails.size(); }
  [[nodiscard]] std::size_t compared() const { return compared_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return traffic_->random.below(bound); }
  std::string any(const std::vector<std::string>& names) { return names[below(names.size())]; }
  bool is_frozen(const WorldNode& each) const { return each.frozen_until_ms > clock_->now_ms; }
  void blame(const std::string& fault) { oracle_.faults.push_back(fault); }

  /// As nodes that write more than these would: what is older than they keep may go before a node begins.
  void trim() {
    std::uint64_t base = oracle_.first_since(clock_->now_ms - std::min(clock_->now_ms, kLogKeptMs));
    for (const auto& each : nodes_) base = std::min(base, each->node->cluster->log().position() + 1);
    base_ = std::max(base_, base);
    traffic_->memory.open(cluster_log_key(), [&](const core::RoomOpened& opened) {
      traffic_->memory.append({{cluster_log_key(), opened.state.epoch, {}, {}, base}}, [](const auto&) {});
    });
  }

  void start() {
    if (below(4) > 0) trim();
    auto added = std::make_unique<WorldNode>();
    const auto skew_ms = static_cast<std::int64_t>(below(120'000)) - 60'000;
    added->node = std::make_unique<TestNode>(node_id(0x100 + ++started_), traffic_, clock_, skew_ms);
    added->node->store->records_per_page = 1 + below(20);
    added->node->on_claimed = [its = added.get()](std::uint64_t ticket, bool is_granted) {
      if (is_granted) ++its->places[its->claims.at(ticket)];
    };
    added->node->cluster->start();
    nodes_.push_back(std::move(added));
  }

  WorldNode* someone() {
    std::vector<WorldNode*> awake;
    for (const auto& each : nodes_)
      if (!is_frozen(*each)) awake.push_back(each.get());
    return awake.empty() ? nullptr : awake[below(awake.size())];
  }

  void act() {
    const std::uint64_t chance = below(100);
    if (chance < 2 && nodes_.size() < nodes_max_) return start();
    if (chance < 10) return pass(below(1'500));
    if (chance < 70) return work(1 + below(8));
    if (WorldNode* const one = someone(); one != nullptr && !one->is_stopping) use(*one, chance);
  }

  /// The store and the nodes that are not frozen.
  void work(std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps; ++step) {
      traffic_->step();
      if (WorldNode* const one = someone()) one->node->executor.step();
    }
  }

  void use(WorldNode& one, std::uint64_t chance) {
    if (chance < 78) return claim(one);
    if (chance < 83) return release(one);
    if (chance < 89) return change(one);
    if (chance < 96) return send(one);
    if (chance < 98) {
      one.frozen_until_ms = clock_->now_ms + (freezes_long_ ? 4'000 + below(16'000) : below(4'000));
    } else if (chance < 99 && nodes_.size() > 1 && below(2) == 0) {
      std::erase_if(nodes_, [&](const auto& each) { return each.get() == &one; });
    } else if (nodes_.size() > 1 && below(4) == 0) {
      one.is_stopping = true;
      one.node->cluster->stop([] {});
    }
  }

  void pass(std::uint64_t ms) {
    clock_->now_ms += ms;
    for (const auto& each : nodes_)
      if (!is_frozen(*each)) each->node->cluster->tick();
  }
  void claim(WorldNode& one) {
    const std::uint64_t ticket = one.claims.size() + 1;
    const std::string room = one.claims[ticket] = any(kBounded);
    one.node->cluster->claim(room, ticket, kPlaces);
  }
  void release(WorldNode& one) {
    for (auto& [room, count] : one.places)
      if (count > 0) {
        --count;
        return one.node->cluster->release(room, 1);
      }
  }
  void change(WorldNode& one) {
    const std::string room = any(kFree), user = "user-" + std::to_string(below(6));
    std::set<std::string>& users = one.users[room];
    if (users.erase(user) > 0) return one.node->cluster->set_share(room, -1, {}, {user});
    users.insert(user);
    one.node->cluster->set_share(room, 1, {{user, one.node->id, ""}}, {});
  }
  void send(WorldNode& one) {
    const std::string to = below(2) == 0 || nodes_.empty() ? std::string() : nodes_[below(nodes_.size())]->node->id;
    const std::string text = one.node->id + "/" + std::to_string(one.sent.size());
    if (one.node->cluster->send(to, static_cast<std::uint32_t>(below(4)), text)) one.sent.insert(text);
  }

  /// Nodes that know everything agree with the log at their position; all received what it says.
  void check() {
    oracle_.catch_up(traffic_->memory, clock_->now_ms);
    oracle_.forget_unless(base_, [this](const std::string& id) {
      return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& each) {
        return each->node->id != id && oracle_.knows(each->node->id) && each->node->cluster->state().knows(id);
      });
    });
    for (const auto& each : nodes_) {
      const Cluster& cluster = *each->node->cluster;
      if (!each->node->failures.empty()) blame("a node failed: " + each->node->failures.front());
      if (!each->node->log_events.empty()) blame("a node logged " + each->node->log_events.front());
      const std::uint64_t position = cluster.log().position();
      if (!cluster.is_ready() || !oracle_.knows(each->node->id) || oracle_.is_ambiguous) continue;
      ++compared_;
      if (position >= oracle_.texts.size() || cluster.state().text() != oracle_.texts[position])
        return blame(each->node->id + " has another state at " + std::to_string(position));
    }
  }

  void settle() {
    traffic_->busy_percent = 0;
    for (const auto& each : nodes_) each->frozen_until_ms = 0;
    for (int round = 0; round < 150; ++round) {
      pass(250);
      for (int turn = 0; turn < 40; ++turn) {
        traffic_->step();
        for (const auto& each : nodes_) each->node->executor.step();
      }
    }
    std::erase_if(nodes_, [](const auto& each) { return each->is_stopping; });
    check();
    if (!oracle_.faults.empty()) return;
    for (const auto& each : nodes_) check_end(*each);
  }

  void check_end(const WorldNode& each) {
    const TestNode& node = *each.node;
    const std::string at = node.id + ": ";
    if (!node.cluster->is_ready()) return blame(at + "not ready");
    if (node.cluster->state().text() != nodes_.front()->node->cluster->state().text()) blame(at + "another state in the end");
    std::set<std::string> others;
    for (const auto& other : nodes_)
      if (other.get() != &each) others.insert(other->node->id);
    if (node.nodes != others) blame(at + "other nodes are known than live");
    std::vector<TestNode::Mail> due;
    for (const LogOracle::Sent& sent : oracle_.mails)
      if (sent.seq > oracle_.hello_seqs[node.id] && sent.mail.from != node.id && (sent.to.empty() || sent.to == node.id))
        due.push_back(sent.mail);
    if (node.mails != due) blame(at + "mail is missing, repeated or in another order");
    check_sent(each);
    check_claims(each);
    check_rooms(each);
  }

  void check_sent(const WorldNode& each) {
    std::set<std::string> written;
    for (const LogOracle::Sent& sent : oracle_.mails)
      if (sent.mail.from == each.node->id) written.insert(sent.mail.text);
    if (written != each.sent) blame(each.node->id + ": mail that was sent is not in the log");
  }

  void check_claims(const WorldNode& each) {
    if (each.node->verdicts.size() != each.claims.size()) blame(each.node->id + ": claims without a verdict");
    for (const auto& [ticket, is_granted] : each.node->verdicts)
      if (const auto verdict = oracle_.verdicts.find({each.node->id, ticket});
          verdict == oracle_.verdicts.end() || verdict->second != is_granted)
        blame(each.node->id + ": another verdict than the log's");
    for (const auto& [room, count] : each.places)
      if (oracle_.seats[room][each.node->id] != static_cast<std::int64_t>(count))
        blame(each.node->id + ": other places than were granted");
  }

  void check_rooms(const WorldNode& each) {
    for (const std::string& room : kFree) {
      std::set<std::string> users;
      std::uint64_t seats = 0;
      for (const auto& other : nodes_)
        if (other.get() != &each) {
          users.insert(other->users[room].begin(), other->users[room].end());
          seats += other->users[room].size();
        }
      TestNode::RoomView& view = each.node->rooms[room];
      if (view.users != users || view.other_seats != seats) blame(each.node->id + ": others are present than should be");
    }
  }

  std::shared_ptr<Traffic> traffic_;
  std::shared_ptr<TestClock> clock_ = std::make_shared<TestClock>();
  LogOracle oracle_;
  std::vector<std::unique_ptr<WorldNode>> nodes_;
  std::uint64_t nodes_max_ = 2, started_ = 0, base_ = 1;
  bool freezes_long_ = false;
  std::size_t compared_ = 0;
};

constexpr std::uint64_t kSeeds = kSanitized ? 100 : 1000;
constexpr std::size_t kSteps = 2000;

TEST_CASE("in random worlds all nodes agree with the log, and no place, verdict or message is wrong") {
  std::size_t returned = 0, ambiguous = 0, claims = 0, mails = 0, compared = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RandomWorld world(seed, StoreFault::none);
    const std::vector<std::string> faults = world.run(kSteps);
    CAPTURE(seed, faults);
    REQUIRE(faults.empty());
    returned += world.has_returned() ? 1 : 0;
    ambiguous += world.is_ambiguous() ? 1 : 0;
    claims += world.claims();
    mails += world.mails();
    compared += world.compared();
  }
  INFO(returned << " worlds with a return, " << ambiguous << " ambiguous ones, " << claims << " claims, " << mails
                << " messages, " << compared << " comparisons");
  CHECK(returned > kSeeds / 20);
  CHECK(ambiguous <= kSeeds / 50);
  CHECK(claims > kSeeds * 10);
  CHECK(mails > kSeeds * 10);
}

/// How many of so many worlds show the fault.
std::size_t found_in(StoreFault fault, std::uint64_t seeds) {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) found += RandomWorld(seed, fault).run(kSteps).empty() ? 0 : 1;
  return found;
}

TEST_CASE("the worlds find a store that does not compare, and one that loses writes") {
  CHECK(found_in(StoreFault::compares_nothing, 20) > 0);
  CHECK(found_in(StoreFault::loses_writes, 20) > 0);
}

}  // namespace
}  // namespace dialogue::testing
