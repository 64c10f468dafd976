// What operators are told of the server as a whole: rates and quantiles of samples, the verdict, changes, and their bounds.
#include "server/observe/observer.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <nlohmann/json.hpp>

#include "server/observe/verdict.hpp"

using namespace dialogue;
using namespace dialogue::metrics;
using namespace dialogue::observe;

namespace {

constexpr std::uint64_t kStartMs = 1'700'000'000'000;

Reading reading_of(std::uint64_t events, std::uint64_t lagging) {
  Reading reading;
  auto shard = std::make_unique<ShardReading>();
  shard->values[cell_of(Metric::events_total, 0)] = events;
  shard->values[cell_of(Metric::members_lagging, 0)] = lagging;
  shard->values[cell_of(Metric::connections_active, 0)] = 3;
  reading.shards.push_back(std::move(shard));
  reading.process[cell_of(Metric::ready, place_of(ReadyCheck::store))] = 1;
  reading.process[cell_of(Metric::config_last_reload_successful, 0)] = 1;
  return reading;
}

Sample sample_at(std::uint64_t second, std::uint64_t events) {
  return sample_of(reading_of(events, 0), kStartMs + second * 1000, (second + 1) * kSecond);
}

nlohmann::json answer(Observer& observer, void (Observer::*ask)(Observer::Done)) {
  std::string text;
  (observer.*ask)([&text](std::string json) { text = std::move(json); });
  return nlohmann::json::parse(text);
}

core::LogLine line(core::LogLevel level, const std::string& event, const std::string& fields) { return {level, event, fields}; }

}  // namespace

TEST_CASE("rates are of the time between two samples, and a counter that fell says nothing") {
  CHECK(per_second(sample_at(0, 100), sample_at(5, 200), &Sample::events) == Approx(20));
  CHECK(per_second(sample_at(0, 100), sample_at(5, 50), &Sample::events) == 0);
  CHECK(per_second(sample_at(5, 100), sample_at(5, 200), &Sample::events) == 0);
}

TEST_CASE("quantiles are interpolated within a bucket") {
  Times before{}, after{};
  CHECK_FALSE(quantile_ms(before, after, 0.5));
  after[3] = 100;  // up to 1 ms, from 0.5 ms on
  CHECK(*quantile_ms(before, after, 0.5) == Approx(0.75));
  after[kLatencyBounds.size()] = 900;  // beyond all bounds
  CHECK(*quantile_ms(before, after, 0.99) == Approx(10'000));
}

TEST_CASE("the verdict names the worst condition, and is content without one") {
  const std::vector<Sample> history = {sample_at(0, 0), sample_at(5, 50)};
  Sample now = sample_at(5, 50);
  CHECK(verdict_on(history, now).level == "ok");
  CHECK(verdict_on(history, now).sentence == "Healthy: 3 connections, 10 events per second.");
  now.audit_lost = 2;
  CHECK(verdict_on(history, now).sentence == "2 records of the audit were lost in the last minute.");
  CHECK(verdict_on(history, now).level == "warning");
  now.lagging = 1;
  CHECK(verdict_on(history, now).sentence == "1 member lags and reads from the log.");
  now.memory_bytes = 90;
  now.memory_limit_bytes = 100;
  CHECK(verdict_on(history, now).sentence == "Memory is at 90 % of its limit.");
  now.is_cluster_late = true;
  CHECK(verdict_on(history, now).sentence == "The store of the cluster answers late or not at all.");
  now.is_audit_failing = true;
  CHECK(verdict_on(history, now).level == "critical");
  CHECK(verdict_on(history, now).sentence == "The audit cannot be written: administrative calls are refused.");
  now.store_errors[1] = 2;
  CHECK(verdict_on(history, now).level == "critical");
  now.has_lease = false;
  CHECK(verdict_on(history, now).sentence ==
        "This node has no lease in its cluster: the other nodes may have removed its members.");
  now.is_store_ready = false;
  CHECK(verdict_on(history, now).sentence == "The store is not ready: durable events are refused.");
  now.is_draining = true;
  CHECK(verdict_on(history, now).level == "warning");
  CHECK(verdict_on({}, now).level == "warning");
}

TEST_CASE("a sample judges the cluster only if there is one") {
  Reading reading = reading_of(0, 0);
  const auto set = [&reading](Metric metric, std::size_t index, std::uint64_t value) {
    reading.process[metrics::cell_of(metric, index)] = value;
  };
  CHECK(sample_of(reading, 0, 0).has_lease);
  set(Metric::cluster_nodes, 0, 1);
  CHECK_FALSE(sample_of(reading, 0, 0).has_lease);
  set(Metric::cluster_lease_held, 0, 1);
  CHECK(sample_of(reading, 0, 0).has_lease);
  CHECK_FALSE(sample_of(reading, 0, 0).is_cluster_late);
  set(Metric::cluster_store_state, metrics::place_of(metrics::StoreState::slow), 1);
  CHECK(sample_of(reading, 0, 0).is_cluster_late);
}

TEST_CASE("a rate among the numbers is the last of its series, whatever was read since") {
  const auto observer = std::make_shared<Observer>(ServerFacts{"1.2.3", "abc", "memory:", "", {{"chat", "message"}}});
  std::uint64_t events = 100;
  observer->begin([&events](const std::function<void(Reading)>& done) { done(reading_of(events += 1000, 0)); });
  const auto number = [&observer] { return answer(*observer, &Observer::overview)["numbers"]["eventsPerSecond"]; };
  CHECK(number() == 0);  // no two samples yet
  observer->take(reading_of(100, 0));
  observer->take(reading_of(400, 0));
  const auto overview = answer(*observer, &Observer::overview);
  const auto last = overview["samples"]["series"]["events"].back().get<double>();
  CHECK(last > 0);
  CHECK(overview["numbers"]["eventsPerSecond"] == last);
  CHECK(answer(*observer, &Observer::top_events)[0]["perSecond"] == last);
  const std::string sentence = overview["verdict"]["sentence"];
  CHECK(sentence == "Healthy: 3 connections, " + std::to_string(std::llround(last)) + " events per second.");
}

TEST_CASE("the number of samples in the overview is limited, and a fresh reading is added if the last sample is old") {
  const auto observer = std::make_shared<Observer>(ServerFacts{"1.2.3", "abc", "memory:", "", {{"chat", "message"}}});
  std::size_t asked = 0;
  observer->begin([&asked](const std::function<void(Reading)>& done) {
    ++asked;
    done(reading_of(7, 2));
  });
  CHECK(answer(*observer, &Observer::overview)["numbers"]["lagging"] == 2);
  CHECK(asked == 1);
  for (std::size_t i = 0; i < 2 * kSamplesKept; ++i) observer->take(reading_of(i, 0));
  const auto overview = answer(*observer, &Observer::overview);
  CHECK(asked == 1);  // the last sample is new enough
  for (const auto& [name, series] : overview["samples"]["series"].items()) CHECK(series.size() == kSamplesKept);
  CHECK(overview["samples"]["series"].size() == 8);
  CHECK(overview["server"]["version"] == "1.2.3");
  const auto top = answer(*observer, &Observer::top_events);
  REQUIRE(top.size() == 1);
  CHECK(top[0]["event"] == "message");
  CHECK(answer(*observer, &Observer::store)["commitP99Ms"].is_null());
  CHECK(answer(*observer, &Observer::hooks)["hooks"].size() == 3);
}

TEST_CASE("changes are the log lines about one, equal ones in a row count once, and their number is bounded") {
  ChangeLog log;
  log.note(line(core::LogLevel::info, "connected", R"({"user":"ann"})"), 1);
  log.note(line(core::LogLevel::info, "api_write", R"({"operation":"publishEvent","caller":"key:a"})"), 1);
  CHECK(log.newest_first().empty());
  log.note(line(core::LogLevel::info, "api_write", R"({"operation":"deleteRoom","caller":"key:a","room":"chat"})"), 2);
  log.note(line(core::LogLevel::error, "store_failed", R"({"message":"disk"})"), 3);
  log.note(line(core::LogLevel::error, "store_failed", R"({"message":"disk"})"), 4);
  const auto changes = log.newest_first();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].count == 2);
  CHECK(changes[1].name == "deleteRoom");
  CHECK(changes[1].detail == "chat by key:a");
  std::string wide = "x";
  for (int i = 0; i < 200; ++i) wide += "\xC3\xA9";
  for (int i = 0; i < 200; ++i)
    log.note(line(core::LogLevel::warn, "w" + std::to_string(i), R"({"message":")" + wide + "\"}"), 5);
  CHECK(log.newest_first().size() == kChangesKept);
  CHECK(log.newest_first()[0].detail.size() == kChangeDetailBytesMax - 1);  // not within a character
}

TEST_CASE("F-X2 changes that name an erased user are forgotten, also if the detail was cut within the id") {
  ChangeLog changes;
  const auto note = [&](const std::string& fields) {
    changes.note(line(core::LogLevel::info, "room_deleted", fields), kStartMs);
  };
  note(R"({"room":"user:quintessa"})");
  note(R"({"room":"annex","user":"quintessa","caller":"key:ops"})");
  note(R"({"message":")" + std::string(kChangeDetailBytesMax - 8, '.') + R"( quintessa"})");
  note(R"({"room":"quintessas"})");
  note(R"({"message":")" + std::string(kChangeDetailBytesMax + 8, '.') + R"("})");
  changes.forget_user("quintessa");
  const auto left = changes.newest_first();
  REQUIRE(left.size() == 2);
  CHECK(left.back().detail == "quintessas");
}
