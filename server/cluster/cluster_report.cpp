// See cluster_report.hpp.
#include "server/cluster/cluster_report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/cluster/cluster.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::cluster {
namespace {

constexpr std::array<std::string_view, 3> kLeaseStates = {"joining", "held", "over"};
constexpr std::array<std::string_view, 3> kEngineStates = {"ok", "slow", "away"};

std::string bus_text(const store::BusState& bus) {
  JsonText text;
  text.text("kind", bus.address.substr(0, std::min(bus.address.find(':'), bus.address.size()))).text("address", bus.address);
  text.text("state", bus.is_connected ? "ok" : "away");
  if (!bus.fault.empty()) text.text("fault", bus.fault);
  return text.number("sent", bus.sent).number("received", bus.received).take();
}

std::uint64_t left_ms(std::uint64_t end_ms, std::uint64_t now_ms) { return end_ms - std::min(end_ms, now_ms); }

std::string node_text(const NodeStatus& node, const ClusterReport& report, std::uint64_t now_ms) {
  JsonText text;
  text.text("id", node.facts.id).flag("self", node.facts.id == report.self);
  if (!node.facts.address.empty()) text.text("address", node.facts.address);
  text.text("version", node.facts.version).text("catalogue", node.facts.catalogue).number("shards", node.facts.shards);
  if (node.facts.started_ms > 0) text.number("startedAt", node.facts.started_ms);
  text.number("silentMs", left_ms(now_ms, node.last_seen_ms));
  text.number("leaseLeftMs", left_ms(node.last_seen_ms + report.lease_ms, now_ms));
  return text.number("rooms", node.rooms).number("members", node.seats).take();
}

}  // namespace

ClusterReport report_on(const Cluster& cluster, std::uint64_t sent, std::uint64_t received, store::BusState bus) {
  return {cluster.self(),
          cluster.state().nodes(),
          cluster.log().figures(),
          cluster.lease_ms(),
          cluster.lease_end_ms(),
          cluster.is_ready(),
          sent,
          received,
          std::move(bus)};
}

LeaseState lease_state(const ClusterReport& report, std::uint64_t now_ms) {
  if (report.lease_end_ms == 0) return LeaseState::joining;
  return now_ms < report.lease_end_ms ? LeaseState::held : LeaseState::over;
}

std::string text_of(const ClusterReport& report, std::string_view store_address, std::uint64_t now_ms) {
  JsonText text, lease, store, log;
  lease.text("state", kLeaseStates.at(static_cast<std::size_t>(lease_state(report, now_ms))));
  lease.number("leftMs", left_ms(report.lease_end_ms, now_ms)).flag("knowsAll", report.knows_all);
  store.text("kind", store_address.substr(0, std::min(store_address.find(':'), store_address.size())));
  store.text("address", store_address);
  store.text("state", kEngineStates.at(static_cast<std::size_t>(report.log.engine))).number("answerMs", report.log.answer_ms);
  log.number("position", report.log.position).number("head", report.log.head);
  log.number("lagEntries", report.log.head - report.log.position).number("lagMs", report.log.behind_ms);
  log.number("queued", report.log.queued);
  text.text("node", report.self).raw("lease", lease.take());
  text.raw("nodes", json_array(report.nodes, [&](const NodeStatus& node) { return node_text(node, report, now_ms); }));
  text.raw("store", store.take()).raw("log", log.take());
  if (!report.bus.address.empty()) text.raw("bus", bus_text(report.bus));
  return text.raw("messages", JsonText().number("sent", report.sent).number("received", report.received).take()).take();
}

}  // namespace dialogue::cluster
