// The queue: which slots are empty, which node sends what, and what is taken over.
#include "server/push/job_slots.hpp"

#include <catch2/catch.hpp>

namespace dialogue::push {
namespace {

constexpr std::uint64_t kNowMs = 1'700'000'000'000;

Job note_for(const std::string& user, std::uint64_t due_ms = kNowMs) {
  Job job;
  job.id = "id-" + user;
  job.user_id = user;
  job.text = R"({"title":"Hello"})";
  job.urgency = "normal";
  job.topic = "topic";
  job.accepted_ms = kNowMs;
  job.expires_ms = kNowMs + 60'000;
  job.targets = {{"one", 0, due_ms}, {"two", 3, due_ms}};
  return job;
}

store::KeptEntry entry_of(const store::KeptChange& change, std::uint64_t version) {
  return {change.kind, change.key, *change.value, version};
}

}  // namespace

TEST_CASE("a notification's text gives it back, and no other text does") {
  const Job job = note_for("ann");
  CHECK(read_job(job_text(job)) == job);
  for (const char* text : {"", "{}", "[]", R"({"id":"a","targets":[["one",1]]})", R"({"id":"a","targets":[["one",1,2,3]]})"})
    CHECK_FALSE(read_job(text));
  const auto used = read_used_key(used_key_text({"content", "job", 3}), 77).value();
  CHECK(used.content == "content");
  CHECK(used.devices == 3);
  CHECK(used.expires_s == 77);
}

TEST_CASE("slots are filled, emptied and used again, and there are as many as were set") {
  JobSlots slots("me", 2, false);
  const auto first = slots.reserve(), second = slots.reserve();
  REQUIRE((first && second && *first != *second));
  CHECK_FALSE(slots.reserve());
  Job job = note_for("ann");
  const auto change = slots.filled(*first, job);
  CHECK_FALSE(change.expected_version);
  CHECK(job.owner == "me");
  slots.put(*first, job);
  slots.give_up(*second);
  CHECK(slots.waiting() == 1);
  CHECK(slots.reserve() == second);
  CHECK(slots.emptied(*first).value == "");
  slots.free(*first);
  CHECK(slots.waiting() == 0);
  CHECK(slots.own(*first) == nullptr);
  CHECK(slots.reserve() == first);
}

TEST_CASE("a server alone takes all notifications of its store, and the slots that are empty") {
  JobSlots before("before", 8, false);
  Job job = note_for("ann");
  const auto change = before.filled(before.reserve().value(), job);
  JobSlots slots("me", 8, false);
  CHECK(slots.take(entry_of(change, 3)));
  CHECK_FALSE(slots.take({store::KeptKind::push_job, "s5", "", 4}));
  CHECK_FALSE(slots.take({store::KeptKind::push_job, "kABC", "{}", 4}));
  CHECK(slots.own_slots() == std::vector<std::size_t>{0});
  CHECK(slots.own(0)->user_id == "ann");
  CHECK(slots.reserve() == 5);
  CHECK(slots.of_user("ann") == std::vector<std::size_t>{0});
}

TEST_CASE("nodes take slots by version, and leave those of another node alone until its lease is over") {
  JobSlots mine("me", 8, true), other("other", 8, true);
  Job job = note_for("ann", kNowMs + 5'000);
  const auto change = other.filled(other.reserve().value(), job);
  CHECK(change.expected_version == 0);
  CHECK_FALSE(mine.take(entry_of(change, 9)));
  CHECK(mine.own(0) == nullptr);
  CHECK(mine.reserve() == 1);
  CHECK(mine.abandoned(kNowMs + 5'000 + kLeaseMs + kLeaseGraceMs).empty());
  CHECK(mine.abandoned(kNowMs + 5'001 + kLeaseMs + kLeaseGraceMs) == std::vector<std::size_t>{0});
  Job taken = mine.other(0).value();
  const auto claim = mine.filled(0, taken);
  CHECK(claim.expected_version == 9);
  mine.put(0, taken);
  CHECK_FALSE(mine.take(entry_of(claim, 10)));  // its own write
  CHECK(mine.own(0)->id == job.id);
  CHECK_FALSE(other.take(entry_of(claim, 10)));
  CHECK(other.own(0) == nullptr);
}

TEST_CASE("a slot that another node was faster to fill is not given back") {
  JobSlots mine("me", 8, true), other("other", 8, true);
  const std::size_t slot = mine.reserve().value();
  Job job = note_for("bob");
  CHECK_FALSE(mine.take(entry_of(other.filled(slot, job), 4)));
  mine.give_up(slot);
  CHECK(mine.other(slot)->user_id == "bob");
  CHECK(mine.reserve() != slot);
  CHECK_FALSE(mine.take({store::KeptKind::push_job, "s0", "", 5}));
  CHECK_FALSE(mine.other(slot));
}

}  // namespace dialogue::push
