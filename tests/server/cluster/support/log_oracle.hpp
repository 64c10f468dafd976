// What the log of a cluster says, read from the store itself from its first record on: the state at every position, and what
// each node must have received. The rules here are written again, by seats and names alone, so that a fault of the state machine
// shows. Used by one test.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "server/cluster/cluster_log.hpp"
#include "server/cluster/cluster_state.hpp"
#include "tests/server/cluster/support/cluster_kit.hpp"

namespace dialogue::testing {

class LogOracle {
 public:
  struct Sent {
    std::uint64_t seq;
    std::string to;
    TestNode::Mail mail;
  };

  /// Reads on to the head.
  void catch_up(store::MemoryStore& store, std::uint64_t now_ms) {
    now_ms_ = now_ms;
    core::ReadRange range{cluster::cluster_log_key()};
    store.open(range.key, [&](const core::RoomOpened& opened) { range.epoch = opened.state.epoch; });
    range.from_seq = texts.size();
    range.records_max = 1'000'000;
    range.bytes_max = std::size_t{1} << 30U;
    store.read(range, [&](const core::LogPage& page) {
      for (const core::LogRecord& record : page.records) take(record);
    });
  }

  /// By position: what a state that knows everything is.
  std::vector<std::string> texts = {""};
  std::vector<Sent> mails;
  std::map<std::string, std::uint64_t> hello_seqs;                   ///< of a node's first Hello
  std::map<std::pair<std::string, std::uint64_t>, bool> verdicts;    ///< by node and ticket
  std::map<std::string, std::map<std::string, std::int64_t>> seats;  ///< by room and node
  bool has_returned = false;                                         ///< a node that was declared gone
  /// A node has returned whose lease was over, though no node was left to say so: for a while the others know less than it does.
  bool is_ambiguous = false;
  std::vector<std::string> faults;

  /// Nodes whose entries were all trimmed and whom `is_remembered` does not accept: their leases are over, and all that
  /// knew them have died or lost theirs, so that no entry says that they are gone.
  template <typename Predicate>
  void forget_unless(std::uint64_t base, const Predicate& is_remembered) {
    for (const cluster::NodeStatus& node : state_.nodes()) {
      if (last_seqs_[node.facts.id] >= base || is_remembered(node.facts.id)) continue;
      static_cast<void>(state_.apply(node.facts.id, cluster::Bye{}, 0));
      drop(node.facts.id);
      gone_.insert(node.facts.id);
      texts.back() = state_.text();
    }
  }
  /// The sequence of the first record that was read at this time or later; behind the last one without any.
  [[nodiscard]] std::uint64_t first_since(std::uint64_t since_ms) const {
    const auto first = std::lower_bound(read_ms_.begin(), read_ms_.end(), since_ms);
    return static_cast<std::uint64_t>(first - read_ms_.begin()) + 1;
  }
  [[nodiscard]] bool knows(const std::string& node) const { return state_.knows(node); }
  [[nodiscard]] std::int64_t seats_in(const std::string& room) const {
    std::int64_t sum = 0;
    if (const auto found = seats.find(room); found != seats.end())
      for (const auto& [node, count] : found->second) sum += count;
    return sum;
  }

 private:
  void take(const core::LogRecord& record) {
    const cluster::DecodedEntry decoded = cluster::entry_of(record);
    REQUIRE(decoded.entry);
    last_seqs_[record.from] = record.seq;
    std::visit([&](const auto& entry) { on(record, entry); }, *decoded.entry);
    static_cast<void>(state_.apply(record.from, *decoded.entry, 0));
    texts.push_back(state_.text());
    read_ms_.push_back(now_ms_);
  }
  void drop(const std::string& node) {
    for (auto& [room, parts] : seats) parts.erase(node);
  }
  void on(const core::LogRecord& record, const cluster::Hello&) {
    if (gone_.contains(record.from)) has_returned = true;
    hello_seqs.emplace(record.from, record.seq);
    drop(record.from);
  }
  void on(const core::LogRecord& record, const cluster::Here&) {
    if (!state_.knows(record.from)) has_returned = is_ambiguous = true;
  }
  void on(const core::LogRecord&, const cluster::Gone& gone) {
    gone_.insert(gone.node);
    drop(gone.node);
  }
  void on(const core::LogRecord& record, const cluster::Bye&) { drop(record.from); }
  void on(const core::LogRecord& record, const cluster::Share& share) {
    seats[share.room][record.from] = static_cast<std::int64_t>(share.seats);
  }
  void on(const core::LogRecord& record, const cluster::Change& change) { add(record.from, change.room, change.seats_change); }
  void on(const core::LogRecord& record, const cluster::Release& release) {
    add(record.from, release.room, -static_cast<std::int64_t>(release.count));
  }
  void on(const core::LogRecord& record, const cluster::Claim& claim) {
    const std::int64_t taken = seats_in(claim.room);
    if (taken != static_cast<std::int64_t>(claim.taken) && !is_ambiguous)
      faults.push_back("claim at " + std::to_string(record.seq) + ": its writer knew " + std::to_string(claim.taken) +
                       " seats of " + std::to_string(taken));
    const bool is_granted =
        (is_ambiguous ? static_cast<std::int64_t>(claim.taken) : taken) < static_cast<std::int64_t>(claim.places_max);
    if (!verdicts.emplace(std::pair(record.from, claim.ticket), is_granted).second)
      faults.push_back("ticket " + std::to_string(claim.ticket) + " twice");
    if (is_granted) add(record.from, claim.room, 1);
    if (!has_returned && seats_in(claim.room) > static_cast<std::int64_t>(claim.places_max))
      faults.push_back("room " + claim.room + " has too many seats at " + std::to_string(record.seq));
  }
  void on(const core::LogRecord& record, const cluster::Mail& mail) {
    const std::uint64_t number = std::stoull(mail.text.substr(mail.text.find('/') + 1));
    if (number != sent_[record.from]++) faults.push_back("message " + mail.text + " is not the next of its sender");
    mails.push_back({record.seq, mail.to, {record.from, mail.shard, mail.text}});
  }
  template <typename Other>
  void on(const core::LogRecord&, const Other&) {}
  void add(const std::string& node, const std::string& room, std::int64_t change) {
    std::int64_t& count = seats[room][node];
    count += change;
    if (count < 0) faults.push_back("fewer seats than none in " + room);
  }

  cluster::ClusterState state_{""};
  std::set<std::string> gone_;
  std::map<std::string, std::uint64_t> sent_, last_seqs_;
  std::vector<std::uint64_t> read_ms_;
  std::uint64_t now_ms_ = 0;
};

}  // namespace dialogue::testing
