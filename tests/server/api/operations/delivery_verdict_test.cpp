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
  found.position = found.head = 20;
  return found;
}

std::string reason(const DeliveryQuestion& asked) {
  const DeliveryVerdict verdict = delivery_verdict(asked);
  CHECK_FALSE(verdict.sentence.empty());
  return std::string(name_of(verdict.answer)) + " " + std::string(verdict.reason);
}

template <typename Change>
std::string reason_after(const Change& change, std::uint64_t seq = 10) {
  MemberEvidence found = member();
  change(found);
  return reason(question({found}, seq));
}

}  // namespace

TEST_CASE("a member who was told of the position got the event, as far as the server knows") {
  const DeliveryVerdict verdict = delivery_verdict(question({member()}));
  CHECK(name_of(verdict.answer) == "delivered");
  CHECK(verdict.event == "message");
  CHECK(verdict.unknown.size() == 2);
  CHECK(verdict.connections.size() == 1);
}

TEST_CASE("a member does not get what its subscription or filter leaves out, or what was before it joined") {
  CHECK(reason_after([](auto& each) { each.wants_event = false; }) == "not_delivered not_subscribed");
  CHECK(reason_after([](auto& each) { each.passes_filter = false; }) == "not_delivered filtered");
  CHECK(reason_after([](auto& each) { each.started = 10; }) == "not_delivered joined_later");
  CHECK(reason_after([](auto& each) { each.started = 9; }) == "delivered written");
}

TEST_CASE("an event is on its way to a member who has not come to its position") {
  CHECK(reason_after([](auto& each) { each.position = 9; }) == "pending on_its_way");
  CHECK(reason_after([](auto& each) { each.position = 9, each.is_behind = true; }) == "pending lagging");
}

TEST_CASE("what the log lost before a member came to it is not delivered, and what it lost later cannot be judged") {
  CHECK(reason_after([](auto& each) { each.position = 1; }, 2) == "not_delivered trimmed");
  CHECK(reason_after([](auto&) {}, 2) == "unknown event_gone");
  CHECK(reason_after([](auto&) {}, 11) == "unknown event_gone");  // erased, or replaced by a newer one
  DeliveryQuestion damaged = question({member()}, 11);
  damaged.log.damaged.push_back({11, 11});
  CHECK(reason(damaged) == "not_delivered damaged");
}

TEST_CASE("who is not in the room, was in it before, or is in another epoch of it is told apart") {
  CHECK(reason_after([](auto& each) { each.is_member = false; }) == "not_delivered not_member");
  CHECK(reason_after([](auto& each) { each.epoch = 4; }) == "unknown other_log");
  const auto left_at = [](std::uint64_t seq) {
    return [seq](MemberEvidence& each) {
      each.is_member = false;
      each.decisions = {{2, seq, DecisionKind::left, ErrorCode::ok, kNoEvent, 1, "chat"},
                        {1, 4, DecisionKind::joined, ErrorCode::ok, kNoEvent, 1, "chat"}};
    };
  };
  CHECK(reason_after(left_at(9)) == "not_delivered left_before");
  CHECK(reason_after(left_at(12)) == "delivered written");
  CHECK(reason(question({})) == "unknown user_gone");
}

TEST_CASE("an ended connection answers by where it stood") {
  CHECK(reason_after([](auto& each) { each.is_open = false; }) == "delivered written");
  CHECK(reason_after([](auto& each) { each.is_open = false, each.position = 9; }) == "not_delivered left_before");
}

TEST_CASE("an event that was not published yet reached nobody, and the best of several connections counts") {
  CHECK(reason(question({member()}, 21)) == "not_delivered not_published");
  MemberEvidence later = member();
  later.started = 15;
  CHECK(reason(question({later, member()})) == "delivered written");
}

TEST_CASE("bytes that wait are named as what is not known") {
  MemberEvidence slow = member();
  slow.queued_bytes = 4096;
  CHECK(delivery_verdict(question({slow})).unknown.size() == 3);
}

TEST_CASE("where a user has more connections than were asked, only what was found is certain") {
  MemberEvidence without = member();
  without.wants_event = false;
  DeliveryQuestion asked = question({without});
  CHECK(reason(asked) == "not_delivered not_subscribed");
  asked.has_more = true;
  CHECK(reason(asked) == "unknown others_not_asked");
  asked.members.push_back(member());
  CHECK(reason(asked) == "delivered written");
}
