// Users who are erased from the cluster's log: when entries may go, and that they have gone.
#include "server/cluster/log_erasure.hpp"

#include "tests/server/cluster/support/cluster_kit.hpp"

namespace dialogue::testing {

using namespace cluster;

namespace {

using Nodes = std::map<std::string, std::uint64_t>;
const std::string kOne = node_id(1), kTwo = node_id(2);
const Nodes kBoth = {{kOne, 0}, {kTwo, 0}};

/// An erasure of one user, and its outcome.
struct Erased {
  explicit Erased(const std::string& user = "ann") {
    erasure.begin(user, 100, 0, [this](bool is_done) { answers.push_back(is_done); });
  }
  LogErasure erasure;
  std::vector<bool> answers;
};

TEST_CASE("entries are trimmed once every live node has written a newer entry") {
  Erased user;
  CHECK(user.erasure.wants_entry_of(kOne));
  CHECK_FALSE(user.erasure.next_trim(kBoth));
  user.erasure.saw(kOne, Beat{}, 101);
  CHECK_FALSE(user.erasure.wants_entry_of(kOne));
  user.erasure.saw(kTwo, Beat{}, 100);
  CHECK_FALSE(user.erasure.next_trim(kBoth));
  CHECK(user.erasure.next_trim({{kOne, 0}}) == 101);
  CHECK_FALSE(user.erasure.next_trim({{kOne, 0}}));
  user.erasure.trimmed(true);
  CHECK(user.erasure.tick(LogErasure::kSettleMs - 1) == LogErasure::kSettleMs);
  CHECK(user.answers.empty());
  CHECK(user.erasure.tick(LogErasure::kSettleMs) == LogErasure::kWatchMs);
  CHECK(user.answers == std::vector{true});
}

TEST_CASE("an entry that names the user moves the end, and any other does not") {
  Erased user;
  const std::vector<core::PresentUser> ann = {{"ann", "Ann", ""}}, anna = {{"anna", "Ann", ""}};
  for (const Entry& entry : std::vector<Entry>{Share{"r", 1, anna}, Change{"r", 1, anna, {"joan"}}, Mail{{}, 0, "anna"}, Beat{},
                                               Claim{"annex", 1, 1, 0}, Release{"r", 1}}) {
    user.erasure.saw(kOne, entry, 200);
    CHECK(user.erasure.next_trim({{kOne, 0}}) == 101);
    user.erasure.trimmed(false);
  }
  std::uint64_t time_ms = 300;
  for (const Entry& entry :
       std::vector<Entry>{Share{"r", 1, ann}, Change{"r", 1, ann, {}}, Change{"r", -1, {}, {"ann"}},
                          Mail{{}, 0, "[\"kick_user\",0,\"ann\"]"}, Claim{"inbox-ann", 1, 1, 0}, Release{"ann", 1}}) {
    user.erasure.saw(kOne, entry, ++time_ms);
    CHECK(user.erasure.wants_entry_of(kOne));
    user.erasure.saw(kOne, Beat{}, ++time_ms);
    CHECK(user.erasure.next_trim({{kOne, 0}}) == time_ms);
    user.erasure.trimmed(false);
  }
}

TEST_CASE("an id with escapes is found in a message") {
  Erased user("a\"b");
  user.erasure.saw(kOne, Mail{{}, 0, R"(["kick_user",0,"a\"b"])"}, 500);
  CHECK(user.erasure.wants_entry_of(kOne));
  user.erasure.saw(kOne, Beat{}, 501);
  CHECK(user.erasure.next_trim({{kOne, 0}}) == 501);
}

TEST_CASE("an erasure that cannot end is reported, and so are too many") {
  Erased user;
  std::size_t refused = 0;
  for (std::size_t i = 1; i < LogErasure::kUsersMax; ++i) user.erasure.begin("u", 0, 0, [](bool) {});
  user.erasure.begin("u", 0, 0, [&](bool is_done) { refused += is_done ? 0 : 1; });
  CHECK(refused == 1);
  CHECK(user.erasure.tick(LogErasure::kWatchMs) == core::kNever);
  CHECK(user.answers == std::vector{false});
  CHECK(user.erasure.is_idle());
  Erased other;
  other.erasure.end();
  CHECK(other.answers == std::vector{false});
}

/// Every text of the log.
std::string log_text(TestCluster& world) {
  core::LogPage found;
  core::RoomLogState state;
  world.traffic->memory.open(cluster_log_key(), [&](const core::RoomOpened& opened) { state = opened.state; });
  core::ReadRange range{cluster_log_key(), state.epoch, state.base};
  range.records_max = 100'000;
  range.bytes_max = std::size_t{1} << 30U;
  world.traffic->memory.read(std::move(range), [&](core::LogPage page) { found = std::move(page); });
  std::string text;
  for (const core::LogRecord& record : found.records) text += record.payload + "\n";
  return text;
}

TEST_CASE("a user who is erased is in no entry any more, and the nodes go on") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  bob.cluster->set_share("r", 2, {{"eve", "Eve", ""}, {"dan", "Dan", ""}}, {});
  CHECK(ann.cluster->send({}, 0, "[\"kick_user\",0,\"eve\",\"gone\"]"));
  world.pass(200);
  REQUIRE(log_text(world).find("eve") != std::string::npos);
  std::vector<bool> answers;
  ann.cluster->erase_user("eve", [&](bool is_done) { answers.push_back(is_done); });
  bob.cluster->set_share("r", -1, {}, {"eve"});
  world.pass(5000);
  CHECK(answers == std::vector{true});
  CHECK(log_text(world).find("eve") == std::string::npos);
  CHECK(ann.rooms["r"].users == std::set<std::string>{"dan"});
  TestNode& joe = world.start();
  world.pass(200);
  CHECK(joe.cluster->is_ready());
  CHECK(joe.rooms["r"].users == std::set<std::string>{"dan"});
  CHECK(joe.cluster->state().text() == bob.cluster->state().text());
  CHECK(ann.log_events.empty());
}

TEST_CASE("an erasure waits for a node that does not read, until its lease is over") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  ann.cluster->set_share("r", 1, {{"eve", "Eve", ""}}, {});
  world.pass(200);
  ann.cluster->set_share("r", -1, {}, {"eve"});
  std::vector<bool> answers;
  ann.cluster->erase_user("eve", [&](bool is_done) { answers.push_back(is_done); });
  world.pass(9000, {&bob});
  CHECK(answers.empty());
  CHECK(log_text(world).find("eve") != std::string::npos);
  world.pass(3000, {&bob});
  CHECK(answers == std::vector{true});
  CHECK(log_text(world).find("eve") == std::string::npos);
  world.pass(5000);
  CHECK(bob.nodes == std::set<std::string>{ann.id});
  CHECK(ann.nodes == std::set<std::string>{bob.id});
}

TEST_CASE("a node that ends answers its erasures") {
  TestCluster world;
  TestNode& ann = world.start();
  std::vector<bool> answers;
  const auto done = [&](bool is_done) { answers.push_back(is_done); };
  ann.cluster->erase_user("eve", done);
  ann.cluster->stop([] {});
  world.pass(3000);
  CHECK(answers == std::vector{false});
  ann.cluster->erase_user("eve", done);
  CHECK(answers == std::vector{false, false});
}

}  // namespace
}  // namespace dialogue::testing
