// A node's place in the cluster: beginning, leases, places, shares, mail and the end.
#include "server/cluster/cluster.hpp"

#include "tests/server/cluster/support/cluster_kit.hpp"

namespace dialogue::testing {

using namespace cluster;

namespace {

core::PresentUser present(const std::string& id) { return {id, "name of " + id, ""}; }

TEST_CASE("a first node is ready at once, and nodes know each other by their facts") {
  TestCluster world;
  TestNode& ann = world.start();
  CHECK(ann.cluster->is_ready());
  CHECK(ann.nodes_changes == 0);
  TestNode& bob = world.start();
  CHECK(bob.cluster->is_ready());
  CHECK(ann.nodes == std::set<std::string>{bob.id});
  CHECK(bob.nodes == std::set<std::string>{ann.id});
  CHECK(ann.nodes_changes == 1);
  CHECK(bob.cluster->state().nodes().front().facts == NodeFacts{ann.id, 2, "test", "f00d"});
}

TEST_CASE("a node that begins learns what the others have, and they what it has") {
  TestCluster world;
  TestNode& ann = world.start();
  ann.cluster->set_share("r", 2, {present("u"), present("v")}, {});
  ann.cluster->set_share("r", -1, {}, {"v"});
  world.settle();
  TestNode& bob = world.add();
  bob.cluster->set_share("r", 3, {present("w")}, {});
  bob.cluster->start();
  world.settle();
  CHECK(bob.rooms["r"].other_seats == 1);
  CHECK(bob.rooms["r"].users == std::set<std::string>{"u"});
  CHECK(ann.rooms["r"].other_seats == 3);
  CHECK(ann.rooms["r"].users == std::set<std::string>{"w"});
  CHECK(ann.cluster->state().text() == bob.cluster->state().text());
}

TEST_CASE("a part larger than an entry arrives whole") {
  TestCluster world;
  TestNode& ann = world.start();
  std::vector<core::PresentUser> users;
  for (int i = 0; i < 5000; ++i) users.push_back({"user-" + std::to_string(i), std::string(300, 'n'), ""});
  ann.cluster->set_share("r", 5000, users, {});
  world.settle();
  TestNode& bob = world.start();
  CHECK(bob.rooms["r"].users.size() == 5000);
  CHECK(bob.cluster->is_ready());
  CHECK(ann.cluster->state().text() == bob.cluster->state().text());
  std::vector<std::string> left;
  for (int i = 0; i < 4999; ++i) left.push_back("user-" + std::to_string(i));
  ann.cluster->set_share("r", -4999, {}, left);
  world.settle();
  CHECK(bob.rooms["r"].users == std::set<std::string>{"user-4999"});
  CHECK(bob.rooms["r"].other_seats == 1);
}

TEST_CASE("the last place of a room is granted once") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  for (std::uint64_t ticket = 1; ticket <= 4; ++ticket) {
    ann.cluster->claim("r", ticket, 3);
    bob.cluster->claim("r", ticket, 3);
  }
  CHECK(ann.verdicts.empty());
  world.settle();
  std::size_t granted = 0;
  for (const TestNode* node : {&ann, &bob}) {
    CHECK(node->verdicts.size() == 4);
    for (const auto& [ticket, is_granted] : node->verdicts) granted += is_granted ? 1 : 0;
  }
  CHECK(granted == 3);
  CHECK(ann.cluster->state().seats("r") == 3);
  TestNode& owner = ann.verdicts[1] ? ann : bob;
  owner.cluster->release("r", 1);
  owner.cluster->claim("r", 9, 3);
  world.settle();
  CHECK(owner.verdicts[9]);
  CHECK(ann.cluster->state().text() == bob.cluster->state().text());
}

TEST_CASE("a claim that cannot be made is refused, never inside the call") {
  TestCluster world;
  TestNode& ann = world.start();
  ann.cluster->claim("", 1, 3);
  ann.cluster->claim("r", std::uint64_t{1} << 53U, 3);
  ann.cluster->claim("r", 2, 0);
  CHECK(ann.verdicts.empty());
  world.settle();
  CHECK(ann.verdicts == std::map<std::uint64_t, bool>{{1, false}, {2, false}, {std::uint64_t{1} << 53U, false}});
}

TEST_CASE("mail reaches one node or all others, in one order, and never its sender") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  TestNode& cat = world.start();
  CHECK(ann.cluster->send({}, kEveryShard, "to all"));
  CHECK(bob.cluster->send({}, 1, "to all, from bob"));
  CHECK(ann.cluster->send(bob.id, 0, "to bob"));
  CHECK_FALSE(ann.cluster->send(ann.id, 0, "to self"));
  CHECK_FALSE(ann.cluster->send(node_id(0xDEAD), 0, "to none"));
  CHECK_FALSE(ann.cluster->send({}, 0, std::string(kMailBytesMax + 1, 'x')));
  world.settle();
  CHECK(ann.mails == std::vector<TestNode::Mail>{{bob.id, 1, "to all, from bob"}});
  CHECK(bob.mails == std::vector<TestNode::Mail>{{ann.id, kEveryShard, "to all"}, {ann.id, 0, "to bob"}});
  CHECK(cat.mails.size() == 2);
}

TEST_CASE("a node that begins gets no mail from before") {
  TestCluster world;
  TestNode& ann = world.start();
  CHECK(ann.cluster->send({}, 0, "early"));
  world.settle();
  TestNode& bob = world.start();
  CHECK(bob.mails.empty());
}

TEST_CASE("a crashed node is gone when its lease is over, with all that it had") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  bob.cluster->set_share("r", 2, {present("u")}, {});
  world.settle();
  world.nodes[1].reset();
  world.pass(9'000);
  CHECK(ann.nodes.size() == 1);
  world.pass(2'000);
  CHECK(ann.nodes.empty());
  CHECK(ann.rooms["r"].users.empty());
  CHECK(ann.rooms["r"].other_seats == 0);
}

TEST_CASE("beats keep leases alive, and nothing else is written by idle nodes") {
  TestCluster world;
  TestNode& ann = world.start();
  world.start();
  const std::uint64_t before = ann.cluster->log().position();
  world.pass(60'000);
  CHECK(ann.nodes.size() == 1);
  const std::uint64_t beats = ann.cluster->log().position() - before;
  CHECK(beats >= 36);
  CHECK(beats <= 42);
}

TEST_CASE("a node that was frozen beyond its lease says Hello again, with its whole part") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  bob.cluster->set_share("r", 2, {present("u")}, {});
  bob.cluster->claim("s", 1, 1);
  world.settle();
  CHECK(bob.verdicts[1]);
  world.pass(12'000, {&bob});
  CHECK(ann.nodes.empty());
  CHECK(ann.rooms["r"].users.empty());
  CHECK(ann.cluster->send({}, 0, "meanwhile"));
  bob.cluster->set_share("r", -1, {present("v")}, {"u"});
  world.pass(1'500);
  CHECK(ann.nodes == std::set<std::string>{bob.id});
  CHECK(bob.nodes == std::set<std::string>{ann.id});
  CHECK(ann.rooms["r"].users == std::set<std::string>{"v"});
  CHECK(ann.rooms["r"].other_seats == 1);
  CHECK(ann.rooms["s"].other_seats == 1);
  CHECK(bob.mails.size() == 1);
  CHECK(ann.cluster->state().text() == bob.cluster->state().text());
}

TEST_CASE("after an outage of the store no node is declared gone") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  for (TestNode* node : {&ann, &bob}) node->store->append_status = node->store->read_status = core::StoreStatus::busy;
  world.pass(60'000);
  const std::size_t changes = ann.nodes_changes + bob.nodes_changes;
  ann.store->append_status = ann.store->read_status = core::StoreStatus::ok;
  world.pass(6'000);
  bob.store->append_status = bob.store->read_status = core::StoreStatus::ok;
  world.pass(30'000);
  CHECK(ann.nodes == std::set<std::string>{bob.id});
  CHECK(ann.nodes_changes + bob.nodes_changes == changes);
}

TEST_CASE("claims wait until the parts of all live nodes are known or their leases are over") {
  TestCluster world;
  TestNode& ann = world.start();
  ann.cluster->claim("r", 1, 1);
  world.settle();
  TestNode& bob = world.add();
  bob.cluster->claim("r", 1, 1);
  bob.cluster->start();
  world.pass(5'000, {&ann});
  CHECK_FALSE(bob.cluster->is_ready());
  CHECK(bob.verdicts.empty());
  SECTION("it answers") {
    world.pass(500);
    CHECK(bob.cluster->is_ready());
    CHECK_FALSE(bob.verdicts.at(1));
  }
  SECTION("it has died") {
    world.nodes[0].reset();
    world.pass(11'000);
    CHECK(bob.cluster->is_ready());
    CHECK(bob.verdicts.at(1));
  }
}

TEST_CASE("a node that is silent and whose entries were trimmed is waited for, because another node knows it") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  bob.cluster->claim("r", 1, 1);
  world.settle();
  world.pass(5'000, {&bob});
  world.traffic->memory.append({{cluster_log_key(), ann.cluster->log().epoch(), {}, {}, ann.cluster->log().position()}},
                               [](const auto&) {});
  TestNode& cat = world.add();
  cat.cluster->claim("r", 2, 1);
  cat.cluster->start();
  world.pass(2'000, {&bob});
  CHECK(cat.nodes == std::set<std::string>{ann.id});
  CHECK_FALSE(cat.cluster->is_ready());
  world.pass(500);
  CHECK(cat.cluster->is_ready());
  CHECK(cat.nodes.size() == 2);
  CHECK_FALSE(cat.verdicts.at(2));
}

TEST_CASE("an erased log begins again with what the nodes have") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  ann.cluster->claim("r", 1, 2);
  bob.cluster->set_share("s", 1, {present("u")}, {});
  world.settle();
  world.traffic->memory.erase(cluster_log_key(), [](core::StoreStatus) {});
  ann.cluster->claim("r", 2, 2);
  bob.cluster->claim("r", 3, 2);
  world.pass(3'000);
  CHECK(ann.cluster->is_ready());
  CHECK(bob.cluster->is_ready());
  CHECK(ann.nodes == std::set<std::string>{bob.id});
  CHECK(ann.rooms["s"].users == std::set<std::string>{"u"});
  CHECK(ann.cluster->state().text() == bob.cluster->state().text());
  CHECK(ann.cluster->state().seats("r") == 2);
  CHECK(ann.verdicts.at(2) != bob.verdicts.at(3));
  CHECK(ann.log_events == std::vector<std::string>{"cluster_log_restarted"});
}

TEST_CASE("a stop refuses claims, writes the entries that wait, and sends Bye") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  bob.cluster->set_share("r", 1, {present("u")}, {});
  world.settle();
  bob.cluster->claim("s", 1, 5);
  CHECK(bob.cluster->send({}, 0, "last words"));
  bool is_done = false;
  bob.cluster->stop([&] { is_done = true; });
  CHECK(bob.verdicts == std::map<std::uint64_t, bool>{{1, false}});
  CHECK_FALSE(bob.cluster->send({}, 0, "too late"));
  bob.cluster->claim("s", 2, 5);
  world.settle();
  CHECK(is_done);
  CHECK_FALSE(bob.verdicts.at(2));
  CHECK(ann.nodes.empty());
  CHECK(ann.mails.size() == 1);
  CHECK(ann.rooms["r"].users.empty());
  const std::size_t appends = bob.store->appends;
  world.pass(10'000);
  CHECK(bob.store->appends == appends);
}

TEST_CASE("a stop gives up when the store does not take its Bye") {
  TestCluster world;
  TestNode& ann = world.start();
  ann.store->append_status = core::StoreStatus::busy;
  bool is_done = false;
  ann.cluster->stop([&] { is_done = true; });
  world.pass(1'800);
  CHECK_FALSE(is_done);
  world.pass(400);
  CHECK(is_done);
}

TEST_CASE("a stop before the start, and a second one, are done at once") {
  TestCluster world;
  TestNode& ann = world.add();
  int done = 0;
  ann.cluster->stop([&] { ++done; });
  ann.cluster->stop([&] { ++done; });
  world.settle();
  CHECK(done == 2);
}

TEST_CASE("a failed store ends the node, refuses its claims, and is reported once") {
  TestCluster world;
  TestNode& ann = world.start();
  ann.store->append_status = core::StoreStatus::failed;
  ann.cluster->claim("r", 1, 5);
  world.settle();
  CHECK(ann.failures == std::vector<std::string>{"the store has failed"});
  CHECK(ann.verdicts == std::map<std::uint64_t, bool>{{1, false}});
  CHECK_FALSE(ann.cluster->is_ready());
  ann.cluster->claim("r", 2, 5);
  world.pass(5'000);
  CHECK_FALSE(ann.verdicts.at(2));
  CHECK(ann.failures.size() == 1);
}

TEST_CASE("a store that cannot follow is refused") {
  TestCluster world;
  TestNode& ann = world.add();
  ann.store->can_follow = false;
  ann.cluster->start();
  world.settle();
  CHECK(ann.failures == std::vector<std::string>{"the store cannot follow a log, which a cluster needs"});
}

TEST_CASE("a node may be destroyed while answers are outstanding") {
  TestCluster world;
  TestNode& ann = world.start();
  CHECK(ann.cluster->send({}, 0, "x"));
  ann.cluster->claim("r", 1, 1);
  ann.executor.step();
  ann.cluster.reset();
  world.nodes[0]->executor.step();
  while (!world.traffic->is_idle()) world.traffic->step();
  while (!ann.executor.is_idle()) ann.executor.step();
  CHECK(ann.verdicts.empty());
}

TEST_CASE("calls from within notifications are taken") {
  TestCluster world;
  TestNode& ann = world.start();
  ann.on_claimed = [&](std::uint64_t ticket, bool) {
    if (ticket > 1) return;
    ann.cluster->claim("r", 2, 5);
    ann.cluster->release("r", 1);
    CHECK(ann.cluster->send({}, 0, "claimed"));
  };
  ann.cluster->claim("r", 1, 5);
  world.settle();
  CHECK(ann.verdicts == std::map<std::uint64_t, bool>{{1, true}, {2, true}});
  CHECK(ann.cluster->state().seats("r") == 1);
  bool is_done = false;
  ann.on_claimed = [&](std::uint64_t, bool) { ann.cluster->stop([&] { is_done = true; }); };
  ann.cluster->claim("r", 3, 5);
  world.settle();
  CHECK(is_done);
}

}  // namespace
}  // namespace dialogue::testing
