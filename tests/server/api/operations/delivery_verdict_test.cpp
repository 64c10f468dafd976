// Each way in which an event reaches a user or does not, from what the log and the connections say.
#include "server/api/operations/delivery_verdict.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::api;
using namespace dialogue::core;

namespace {

/// The log has 1 to 20, and sequence 10 is a message of bob's.
DeliveryQuestion question(std::vector<MemberEvidence> members, std::uint64_t seq = 10) {
  DeliveryQuestion asked;
  asked.room = "chat";
  asked.user = "ann";
  asked.seq = seq;
  asked.log.epoch = 5;
  asked.log.base = 3;
  asked.log.head = 20;
  LogRecord record;
  record.seq = 10;
  record.event = "message";
  record.from = "bob";
  if (seq == 10) asked.log.records.push_back(record);
  asked.members = std::move(members);
  return asked;
}

/// In the room since the beginning, told of everything, subscribed to everything.
MemberEvidence member() {
  MemberEvidence found;
  found.session_id = "s1";
  found.is_open = found.is_member = found.wants_event = found.passes_filter = true;
  found.epoch = 5;
  found.position = found.told = found.head = 20;
  return found;
}

/// In a log from after one sequence to another, of which the socket had taken what is up to `taken`.
std::vector<Decision> stay(std::uint64_t joined, std::uint64_t left, std::uint64_t taken, std::uint64_t epoch) {
  return {{2, left, DecisionKind::left, ErrorCode::ok, kNoEvent, 1, "chat", epoch, taken},
          {1, joined, DecisionKind::joined, ErrorCode::ok, kNoEvent, 1, "chat", epoch}};
}

std::string reason(const DeliveryQuestion& asked) {
  const DeliveryVerdict verdict = delivery_verdict(asked);
  CHECK_FALSE(verdict.sentence.empty());
  return std::string(name_of(verdict.answer)) + " " + std::string(verdict.reason);
}

std::string not_known(const DeliveryQuestion& asked) {
  std::string text;
  for (const std::string& each : delivery_verdict(asked).unknown) text += each + "\n";
  return text;
}

template <typename Change>
std::string reason_after(const Change& change, std::uint64_t seq = 10) {
  MemberEvidence found = member();
  change(found);
  return reason(question({found}, seq));
}

}  // namespace

TEST_CASE("a member whose position passed the event got it, as far as the server knows") {
  const DeliveryVerdict verdict = delivery_verdict(question({member()}));
  CHECK(name_of(verdict.answer) == "delivered");
  CHECK(verdict.event == "message");
  CHECK(verdict.unknown.size() == 1);
  CHECK(verdict.connections.size() == 1);
}

TEST_CASE("a member does not get what its subscription or filter leaves out, or what was before it joined") {
  CHECK(reason_after([](auto& each) { each.wants_event = false; }) == "not_delivered not_subscribed");
  CHECK(reason_after([](auto& each) { each.passes_filter = false; }) == "not_delivered filtered");
  CHECK(reason_after([](auto& each) { each.started = 10; }) == "not_delivered joined_later");
  CHECK(reason_after([](auto& each) { each.started = 9; }) == "delivered written");
}

TEST_CASE("an event is pending for a member that has not reached its position") {
  CHECK(reason_after([](auto& each) { each.position = each.told = 9; }) == "pending on_its_way");
  CHECK(reason_after([](auto& each) { each.position = each.told = 9, each.is_lagging = true; }) == "pending lagging");
}

TEST_CASE("an event that the log lost before a member's join is not delivered, and a later loss gives no verdict") {
  CHECK(reason_after([](auto& each) { each.position = each.told = 1; }, 2) == "not_delivered trimmed");
  CHECK(reason_after([](auto&) {}, 2) == "unknown event_gone");
  CHECK(reason_after([](auto&) {}, 11) == "unknown event_gone");  // erased, or replaced by a newer one
  DeliveryQuestion damaged = question({member()}, 11);
  damaged.log.damaged.push_back({11, 11});
  CHECK(reason(damaged) == "not_delivered damaged");
}

TEST_CASE("users outside the room, former members, and members of another epoch are distinguished") {
  CHECK(reason_after([](auto& each) { each.is_member = false; }) == "not_delivered not_member");
  CHECK(reason_after([](auto& each) { each.epoch = 4; }) == "unknown other_log");
  const auto left_at = [](std::uint64_t seq) {
    return [seq](MemberEvidence& each) {
      each.is_member = false;
      each.decisions = stay(4, seq, seq, 5);
    };
  };
  CHECK(reason_after(left_at(9)) == "not_delivered left_before");
  CHECK(reason_after(left_at(12)) == "delivered written");
  CHECK(reason(question({})) == "unknown user_gone");
}

TEST_CASE("an ended connection answers by where it stood") {
  CHECK(reason_after([](auto& each) { each.is_open = false; }) == "delivered written");
  CHECK(reason_after([](auto& each) { each.is_open = false, each.position = each.told = 9; }) == "not_delivered left_before");
}

TEST_CASE("an unpublished event reached no user, and the best of several connections counts") {
  CHECK(reason(question({member()}, 21)) == "not_delivered not_published");
  MemberEvidence later = member();
  later.started = 15;
  CHECK(reason(question({later, member()})) == "delivered written");
}

TEST_CASE("a queued event is not delivered, and the size of the queue is named as unknown") {
  MemberEvidence slow = member();
  slow.position = 9;
  slow.queued_bytes = 4096;
  const DeliveryVerdict verdict = delivery_verdict(question({slow}));
  CHECK(reason(question({slow})) == "pending waiting");
  CHECK(verdict.connections.front().position == 9);
  CHECK(verdict.unknown.size() == 1);
  CHECK(verdict.evidence.back().find("notified up to 9") != std::string::npos);
  slow.is_open = false;
  CHECK(reason(question({slow})) == "unknown ended_waiting");
  CHECK(reason(question({slow, member()})) == "delivered written");
  slow.position = 10;
  CHECK(reason(question({slow})) == "delivered written");
  slow.is_open = true;
  slow.wants_event = false;
  CHECK(reason(question({slow})) == "not_delivered not_subscribed");
}

TEST_CASE("a user who left while events waited got those that its socket had accepted") {
  const auto left = [](std::uint64_t taken) {
    return [taken](MemberEvidence& each) {
      each.is_member = false;
      each.decisions = stay(4, 12, taken, 5);
    };
  };
  CHECK(reason_after(left(9)) == "pending waiting");
  CHECK(reason_after(left(10)) == "delivered written");
  CHECK(reason_after([&](auto& each) { left(9)(each), each.is_open = false; }) == "unknown ended_waiting");
}

TEST_CASE("whether a subscription let an event through is known while it lasts and has not changed") {
  const auto with = [](Selection selection, bool is_open) {
    return [=](MemberEvidence& each) { each.selection = selection, each.selected_at = 10, each.is_open = is_open; };
  };
  CHECK(reason_after(with(Selection::part, true)) == "delivered written");
  CHECK(reason_after(with(Selection::changed, true)) == "unknown subscription_unknown");
  const auto changed_before = [](MemberEvidence& each) { each.selection = Selection::changed, each.selected_at = 9; };
  CHECK(reason_after(changed_before) == "delivered written");
  CHECK(reason_after(with(Selection::whole, false)) == "delivered written");
  CHECK(reason_after(with(Selection::part, false)) == "unknown subscription_unknown");
  CHECK(reason_after(with(Selection::changed, false)) == "unknown subscription_unknown");
  const auto left = [](bool is_selective) {
    return [=](MemberEvidence& each) {
      each.is_member = false;
      each.decisions = stay(4, 12, 12, 5);
      each.decisions.front().is_selective = is_selective;
    };
  };
  CHECK(reason_after(left(false)) == "delivered written");
  CHECK(reason_after(left(true)) == "unknown subscription_unknown");
  const auto skipped = [](bool is_lagging) {
    return [=](MemberEvidence& each) {
      each.selection = Selection::changed;
      each.selected_at = 12;
      each.position = each.told = 9;
      each.is_lagging = is_lagging;
    };
  };
  CHECK(reason_after(skipped(false)) == "unknown subscription_unknown");
  CHECK(reason_after(skipped(true)) == "pending lagging");  // it is judged when it reads the log
}

TEST_CASE("a user who left and rejoined later received events from before the leave") {
  const auto back = [](MemberEvidence& each) {
    each.started = 15;
    each.decisions = stay(4, 12, 12, 5);
    each.decisions.insert(each.decisions.begin(), {3, 15, DecisionKind::joined, ErrorCode::ok, kNoEvent, 1, "chat", 5});
  };
  CHECK(reason_after(back) == "delivered written");
  CHECK(reason_after(back, 14) != "delivered written");
}

TEST_CASE("a connection of another log gives way to all that is about this one, and its position has its epoch") {
  MemberEvidence old = member();
  old.is_open = false;
  old.epoch = 4;
  old.position = old.told = 19;
  MemberEvidence later = member(), outside = member(), fine = member();
  later.started = 15;
  outside.is_member = false;
  outside.decisions = stay(1, 18, 18, 4);  // of the old log, whose positions say nothing
  CHECK(reason(question({old})) == "unknown other_log");
  for (const auto& [other, expected] : {std::pair(fine, "delivered written"), std::pair(later, "not_delivered joined_later"),
                                        std::pair(outside, "not_delivered not_member")}) {
    CHECK(reason(question({old, other})) == expected);
    CHECK(reason(question({other, old})) == expected);
  }
  CHECK(reason(question({outside, later})) == "not_delivered joined_later");
  const DeliveryVerdict verdict = delivery_verdict(question({old}));
  CHECK(verdict.connections.front().epoch == 4);
  CHECK(verdict.evidence.back().find("of epoch 4") != std::string::npos);
}

TEST_CASE("if a user has more connections than were queried, only a found delivery is certain") {
  MemberEvidence without = member();
  without.wants_event = false;
  DeliveryQuestion asked = question({without});
  CHECK(reason(asked) == "not_delivered not_subscribed");
  asked.has_more = true;
  CHECK(reason(asked) == "unknown others_not_asked");
  asked.members.push_back(member());
  CHECK(reason(asked) == "delivered written");
}

TEST_CASE("a user who rejoined with a later position is distinguished from one who joined later") {
  const auto back = [](MemberEvidence& each) { each.started = 10, each.from = JoinFrom::since; };
  CHECK(reason_after(back) == "not_delivered resumed_later");
  MemberEvidence found = member();
  back(found);
  CHECK(delivery_verdict(question({found})).evidence.back().find("reconnected with the position 10 ") != std::string::npos);
}

TEST_CASE("one connection gives no verdict if a forgotten one may have received the event") {
  constexpr std::uint64_t kPublishedMs = 5000;
  MemberEvidence later = member(), left = member(), outside = member(), silent = member(), filtered = member();
  later.started = 10;
  left.is_open = false, left.position = left.told = 9;
  outside.is_member = false;
  silent.wants_event = false;
  filtered.passes_filter = false;
  for (const MemberEvidence& each : {later, left, outside, silent, filtered}) {
    DeliveryQuestion asked = question({each});
    asked.log.records.front().timestamp_ms = kPublishedMs;
    asked.started_ms = kPublishedMs;
    asked.forgotten_ms = kPublishedMs - 1;
    CHECK(reason(asked).starts_with("not_delivered"));
    asked.started_ms = kPublishedMs + 1;
    CHECK(reason(asked) == "unknown others_forgotten");
    CHECK(not_known(asked).find("earlier run") != std::string::npos);
    asked.started_ms = 1;
    asked.forgotten_ms = kPublishedMs;
    CHECK(reason(asked) == "unknown others_forgotten");
    CHECK(not_known(asked).find("the last 1,000") != std::string::npos);
    asked.forgotten_ms = 0;
    asked.members.front().forgotten_ms = kPublishedMs;
    CHECK(reason(asked) == "unknown others_forgotten");
    CHECK(not_known(asked).find("s1") != std::string::npos);
    asked.members.push_back(member());
    CHECK(reason(asked) == "delivered written");
  }
}

TEST_CASE("a trimmed event is as old as possible: it followed the joins at the end before it") {
  MemberEvidence slow = member();
  slow.position = slow.told = 1;
  slow.joined_ms = 5000;
  DeliveryQuestion asked = question({slow}, 2);
  asked.started_ms = 1000;
  CHECK(reason(asked) == "not_delivered trimmed");
  asked.members.front().from = JoinFrom::since;
  CHECK(reason(asked) == "unknown others_forgotten");
}

TEST_CASE("a receipt proves what connections do not, unless a known connection omitted the event") {
  MemberEvidence later = member();
  later.started = 10;
  DeliveryQuestion asked = question({later});
  asked.receipt = ReceiptRow{"chat", "ann", 5, 1, 10, 0, 0};
  CHECK(reason(asked) == "not_delivered joined_later");  // nothing is forgotten
  asked.started_ms = 1;
  CHECK(reason(asked) == "delivered receipt");
  const DeliveryVerdict verdict = delivery_verdict(asked);
  CHECK(verdict.evidence.back().find("1 to 10") != std::string::npos);
  CHECK(verdict.unknown.front().find("skipped") != std::string::npos);
  MemberEvidence silent = member();
  silent.wants_event = false;
  asked.members.push_back(silent);
  CHECK(reason(asked) == "unknown others_forgotten");
  DeliveryQuestion gone = question({});
  gone.receipt = asked.receipt;
  CHECK(reason(gone) == "delivered receipt");
}
