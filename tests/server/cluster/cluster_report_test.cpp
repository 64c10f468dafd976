// What a node reports to operators about its cluster.
#include "server/cluster/cluster_report.hpp"

#include "tests/server/cluster/support/cluster_kit.hpp"

namespace dialogue::testing {

using namespace cluster;
using Catch::Matchers::Contains;

namespace {

std::string text_from(const TestNode& node) { return text_of(report_on(*node.cluster, 3, 4), "redis://db", node.clock->now_ms); }

TEST_CASE("a report names the nodes with what they have, their leases, and the state of the log") {
  TestCluster world;
  TestNode& ann = world.start();
  TestNode& bob = world.start();
  bob.cluster->set_share("r", 2, {{"u", "", ""}}, {});
  bob.cluster->set_share("s", 1, {{"u", "", ""}}, {});
  world.settle();
  world.clock->now_ms += 1000;
  CHECK_THAT(text_from(ann),
             Contains("\"node\":\"" + ann.id + "\",\"lease\":{\"state\":\"held\",\"leftMs\":9000,\"knowsAll\":true}"));
  CHECK_THAT(text_from(ann),
             Contains("{\"id\":\"" + bob.id +
                      "\",\"self\":false,\"version\":\"test\",\"catalogue\":\"f00d\",\"shards\":2,\"silentMs\":1000,"
                      "\"leaseLeftMs\":9000,\"rooms\":2,\"members\":3}"));
  CHECK_THAT(text_from(ann), Contains("\"store\":{\"kind\":\"redis\",\"address\":\"redis://db\",\"state\":\"ok\""));
  CHECK_THAT(text_from(ann), Contains("\"lagEntries\":0,\"lagMs\":0,\"queued\":0}"));
  CHECK_THAT(text_from(ann), Contains("\"messages\":{\"sent\":3,\"received\":4}"));
  bob.cluster->set_share("s", -1, {}, {"u"});
  world.settle();
  CHECK_THAT(text_from(ann), Contains("\"rooms\":1,\"members\":2}"));
}

TEST_CASE("a report names the bus and its state if there is one") {
  TestCluster world;
  const TestNode& ann = world.start();
  CHECK_THAT(text_from(ann), !Contains("\"bus\""));
  const auto text_with = [&](store::BusState bus) {
    return text_of(report_on(*ann.cluster, 0, 0, std::move(bus)), "postgres://db", ann.clock->now_ms);
  };
  CHECK_THAT(text_with({"nats://bus:4222", true, {}, 5, 6}),
             Contains(R"("bus":{"kind":"nats","address":"nats://bus:4222","state":"ok","sent":5,"received":6})"));
  CHECK_THAT(text_with({"nats://bus:4222", false, "no connection", 5, 6}),
             Contains(R"("state":"away","fault":"no connection","sent":5)"));
}

TEST_CASE("a node has no lease before its Hello, and its lease is over when it does not write") {
  TestCluster world;
  TestNode& ann = world.add();
  CHECK(lease_state(report_on(*ann.cluster, 0, 0), world.clock->now_ms) == LeaseState::joining);
  CHECK_THAT(text_from(ann), Contains("\"state\":\"joining\",\"leftMs\":0"));
  ann.cluster->start();
  world.settle();
  const ClusterReport report = report_on(*ann.cluster, 0, 0);
  CHECK(lease_state(report, world.clock->now_ms) == LeaseState::held);
  CHECK(lease_state(report, world.clock->now_ms + 9'999) == LeaseState::held);
  CHECK(lease_state(report, world.clock->now_ms + 10'000) == LeaseState::over);
}

TEST_CASE("a store that does not answer shows as away, with the time since the log was read") {
  TestCluster world;
  TestNode& ann = world.start();
  world.clock->now_ms += 1000;
  ann.cluster->tick();  // asks, and nothing is answered
  world.clock->now_ms += 3000;
  const ClusterReport report = report_on(*ann.cluster, 0, 0);
  CHECK(report.log.engine == EngineState::away);
  CHECK(report.log.behind_ms == 4000);
  CHECK(report.log.answer_ms == 3000);
  world.settle();
  world.pass(1000);
  CHECK(report_on(*ann.cluster, 0, 0).log.engine == EngineState::ok);
  CHECK(report_on(*ann.cluster, 0, 0).log.behind_ms == 0);
}

}  // namespace
}  // namespace dialogue::testing
