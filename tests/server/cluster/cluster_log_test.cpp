// The cluster's log on a store in memory: order, races between writers, faults of the store, and what is trimmed.
#include "server/cluster/cluster_log.hpp"

#include "tests/server/cluster/support/cluster_kit.hpp"

namespace dialogue::testing {

using namespace cluster;

namespace {

/// One that appends and reads, and keeps what it read.
class LogNode final : public ClusterLogListener {
 public:
  LogNode(std::uint64_t number, const std::shared_ptr<Traffic>& traffic, std::shared_ptr<TestClock> clock)
      : id(node_id(number)), store(std::make_shared<ShuffledStore>(traffic)) {
    ClusterLogSettings settings;
    settings.store = store;
    settings.self = id;
    settings.post = executor.post();
    settings.now_ms = settings.unix_ms = [clock] { return clock->now_ms; };
    settings.log = [this](const core::LogLine& line) { lines.push_back(line.event + " " + line.fields); };
    log = std::make_unique<ClusterLog>(std::move(settings), *this);
  }

  bool before_write(std::vector<Entry>& first, std::vector<Entry>& queued) override {
    ++writes;
    if (!first_text.empty()) first.emplace_back(Mail{{}, 0, std::exchange(first_text, {})});
    largest_batch = std::max(largest_batch, queued.size());
    return takes_queue;
  }
  void delivered(const std::string& from, Entry entry) override {
    const auto* const mail = std::get_if<Mail>(&entry);
    read.push_back((from == id ? "own " : "") + (mail == nullptr ? std::string("other") : mail->text.substr(0, 20)));
  }
  void restarted(const std::string& reason) override {
    restarts.push_back(reason);
    read.clear();
  }
  void log_failed(const std::string& reason) override { failures.push_back(reason); }

  bool append(std::string text) { return log->append(Mail{{}, 0, std::move(text)}); }

  std::string id;
  Executor executor;
  std::shared_ptr<ShuffledStore> store;
  std::unique_ptr<ClusterLog> log;
  std::string first_text;
  bool takes_queue = true;
  std::size_t writes = 0, largest_batch = 0;
  std::vector<std::string> read, restarts, failures, lines;
};

struct LogWorld {
  explicit LogWorld(std::uint64_t seed = 1) : traffic(std::make_shared<Traffic>(seed)) {}
  LogNode& start() {
    nodes.push_back(std::make_unique<LogNode>(0xB0 + nodes.size(), traffic, clock));
    nodes.back()->log->start();
    settle();
    return *nodes.back();
  }
  void settle() {
    for (bool has_happened = true; has_happened;) {
      has_happened = !traffic->is_idle();
      traffic->step();
      for (const auto& node : nodes) {
        has_happened = has_happened || !node->executor.is_idle();
        node->executor.step();
      }
    }
  }
  void pass(std::uint64_t ms) {
    for (std::uint64_t step = 0; step < ms; step += 50) {
      clock->now_ms += 50;
      for (const auto& node : nodes) node->log->tick();
      settle();
    }
  }
  core::RoomLogState opened() {
    core::RoomLogState state;
    traffic->memory.open(cluster_log_key(), [&](const core::RoomOpened& opened) { state = opened.state; });
    return state;
  }
  /// A record that no node of this version writes.
  void append_raw(const std::string& event, const std::string& payload, std::uint64_t timestamp_ms = 0) {
    const core::RoomLogState state = opened();
    core::LogRecord record;
    record.seq = state.head + 1;
    record.timestamp_ms = std::max(state.timestamp_ms, timestamp_ms);
    record.event = event;
    record.from = node_id(0xFF);
    record.payload = payload;
    traffic->memory.append({{cluster_log_key(), state.epoch, {record}, {}, 1}},
                           [](const auto& statuses) { REQUIRE(statuses == std::vector{core::StoreStatus::ok}); });
    traffic->wake_all();
  }

  std::shared_ptr<Traffic> traffic;
  std::shared_ptr<TestClock> clock = std::make_shared<TestClock>();
  std::vector<std::unique_ptr<LogNode>> nodes;
};

using Texts = std::vector<std::string>;

TEST_CASE("an entry is delivered at every node, its own too, once and in the log's order") {
  LogWorld world;
  LogNode& ann = world.start();
  LogNode& bob = world.start();
  CHECK(ann.append("1"));
  world.settle();
  CHECK(bob.append("2"));
  CHECK(bob.append("3"));
  world.settle();
  CHECK(ann.read == Texts{"own 1", "2", "3"});
  CHECK(bob.read == Texts{"1", "own 2", "own 3"});
  CHECK(ann.log->position() == 3);
  CHECK(ann.log->epoch() == bob.log->epoch());
}

TEST_CASE("writers that race lose nothing, whatever the order of answers, lost wake-ups and a busy store") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    LogWorld world(seed);
    for (int i = 0; i < 4; ++i) world.start();
    world.traffic->busy_percent = 10;
    world.traffic->lost_wake_up_percent = 50;
    std::size_t sent = 0;
    for (int step = 0; step < 60; ++step) {
      LogNode& node = *world.nodes[world.traffic->random.below(4)];
      if (world.traffic->happens(40)) CHECK(node.append(std::to_string(++sent)));
      world.traffic->step();
      world.nodes[world.traffic->random.below(4)]->executor.step();
      if (world.traffic->happens(20)) world.pass(50);
    }
    world.traffic->busy_percent = 0;
    world.pass(5'000);
    Texts texts = world.nodes[0]->read;
    for (std::string& text : texts) text = text.substr(text.rfind(' ') + 1);
    CHECK(std::set<std::string>(texts.begin(), texts.end()).size() == sent);
    CHECK(texts.size() == sent);
    for (const auto& node : world.nodes) {
      Texts its = node->read;
      for (std::string& text : its) text = text.substr(text.rfind(' ') + 1);
      CHECK(its == texts);
      CHECK(node->restarts.empty());
    }
  }
}

TEST_CASE("entries that wait are written in batches, after the entries that must come first") {
  LogWorld world;
  LogNode& ann = world.start();
  for (int i = 0; i < 1300; ++i) CHECK(ann.append(std::to_string(i)));
  ann.first_text = "first";
  world.settle();
  CHECK(ann.read.size() == 1301);
  CHECK(ann.read.front() == "own first");
  CHECK(ann.read.back() == "own 1299");
  CHECK(ann.store->appends == 3);
  CHECK(ann.largest_batch == kWriteEntriesMax);
  ann.read.clear();
  const std::size_t before = ann.store->appends;
  for (int i = 0; i < 3; ++i) CHECK(ann.append(std::string(900'000, 'x')));
  world.settle();
  CHECK(ann.store->appends == before + 3);
}

TEST_CASE("the queue has bounds, and has places again when it was written") {
  LogWorld world;
  LogNode& ann = world.start();
  for (std::size_t i = 0; i < kQueueEntriesMax; ++i) REQUIRE(ann.append("x"));
  CHECK_FALSE(ann.append("x"));
  world.settle();
  CHECK(ann.append("x"));
  world.settle();
  std::size_t count = 0;
  while (ann.append(std::string(kMailBytesMax, 'x'))) ++count;
  CHECK(count == kQueueBytesMax / kMailBytesMax - 1);
  CHECK(ann.append("a short one"));
}

TEST_CASE("entries that are withdrawn are not written, and the queue that has to wait keeps its order") {
  LogWorld world;
  LogNode& ann = world.start();
  ann.takes_queue = false;
  for (const char* text : {"a", "b", "c"}) CHECK(ann.append(text));
  ann.first_text = "first";
  world.settle();
  CHECK(ann.read == Texts{"own first"});
  const auto taken = ann.log->withdraw([](const Entry& entry) { return std::get<Mail>(entry).text == "b"; });
  CHECK(taken.size() == 1);
  ann.takes_queue = true;
  ann.log->write_soon();
  world.settle();
  CHECK(ann.read == Texts{"own first", "own a", "own c"});
}

TEST_CASE("a busy store is asked again, less and less often") {
  LogWorld world;
  LogNode& ann = world.start();
  ann.store->append_status = core::StoreStatus::full;
  CHECK(ann.append("x"));
  world.pass(1'500);
  CHECK(ann.store->appends == 4);  // at 0, 100, 300 and 700 ms, by steps of 50 ms
  world.pass(20'000);
  CHECK(ann.store->appends <= 16);
  ann.store->append_status = core::StoreStatus::ok;
  world.pass(2'100);
  CHECK(ann.read == Texts{"own x"});
}

TEST_CASE("without any wake-up a node reads what others wrote within a second") {
  LogWorld world;
  LogNode& ann = world.start();
  LogNode& bob = world.start();
  world.traffic->lost_wake_up_percent = 100;
  CHECK(ann.append("1"));
  world.settle();
  CHECK(bob.read.empty());
  world.pass(kPollMs + 50);
  CHECK(bob.read == Texts{"1"});
}

TEST_CASE("a begin reads from twice the lease before the newest record, and no further") {
  LogWorld world;
  std::uint64_t now = world.clock->now_ms;
  for (int i = 0; i < 3000; ++i) world.append_raw("mail", R"({"text":"old"})", now);
  now += 60'000;
  for (int i = 0; i < 1500; ++i) world.append_raw("mail", R"({"text":"new"})", now + static_cast<std::uint64_t>(i));
  LogNode& ann = world.start();
  CHECK(std::count(ann.read.begin(), ann.read.end(), "new") == 1500);
  CHECK(std::count(ann.read.begin(), ann.read.end(), "old") < 600);
  CHECK(ann.log->position() == 4500);
  CHECK(ann.append("x"));
  world.settle();
  CHECK(world.opened().head == 4501);
}

TEST_CASE("records that are not entries are counted and ignored") {
  LogWorld world;
  LogNode& ann = world.start();
  world.append_raw("mail", "{}");
  world.append_raw("a_newer_type", "[]");
  world.append_raw("mail", R"({"text":"well"})");
  world.settle();
  CHECK(ann.read == Texts{"well"});
  CHECK(ann.log->refused() == 1);
  CHECK(ann.lines == Texts{R"(cluster_entry_refused {"seq":1,"count":1,"reason":"its member \"text\" is missing"})"});
}

TEST_CASE("old records go, the last ones and those of the last 30 seconds stay") {
  LogWorld world;
  LogNode& ann = world.start();
  const auto write = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) REQUIRE(ann.append("x"));
    world.settle();
  };
  write(30'000);
  CHECK(world.opened().base == 1);
  world.pass(kLogKeptMs + 100);
  write(1);
  const core::RoomLogState trimmed = world.opened();
  CHECK(trimmed.base > trimmed.head - kLogRecordsKept - 600);
  CHECK(trimmed.base <= trimmed.head - kLogRecordsKept + 1);
  write(30'000);
  CHECK(world.opened().base > trimmed.base);
  CHECK(world.opened().base <= 30'001);
  world.pass(5'000);
  CHECK(ann.restarts.empty());
}

TEST_CASE("a node that finds entries missing begins again") {
  LogWorld world;
  LogNode& ann = world.start();
  LogNode& bob = world.start();
  CHECK(ann.append("1"));
  world.settle();
  bob.store->read_status = core::StoreStatus::busy;
  CHECK(ann.append("2"));
  CHECK(ann.append("3"));
  world.settle();
  const core::RoomLogState state = world.opened();
  world.traffic->memory.append({{cluster_log_key(), state.epoch, {}, {}, 3}}, [](const auto&) {});
  bob.store->read_status = core::StoreStatus::ok;
  world.pass(4'000);
  CHECK(bob.restarts == Texts{"entries of the cluster's log are missing"});
  CHECK(bob.read == Texts{"3"});
  CHECK(ann.restarts.empty());
}

TEST_CASE("another epoch is a new begin, and what waited is written there") {
  LogWorld world;
  LogNode& ann = world.start();
  CHECK(ann.append("1"));
  world.settle();
  world.traffic->memory.erase(cluster_log_key(), [](core::StoreStatus) {});
  CHECK(ann.append("2"));
  world.pass(2'000);
  CHECK(ann.restarts == Texts{"the cluster's log is another one"});
  CHECK(ann.read == Texts{"own 2"});
  CHECK(world.opened().head == 1);
}

TEST_CASE("a store that has failed is reported once, at whatever it fails") {
  for (int what = 0; what < 4; ++what) {
    CAPTURE(what);
    LogWorld world;
    const auto status = what == 3 ? core::StoreStatus::damaged : core::StoreStatus::failed;
    LogNode& ann = world.start();
    if (what == 0) ann.store->append_status = status;
    if (what != 0) ann.store->read_status = status;
    CHECK(ann.append("x"));
    world.pass(5'000);
    CHECK(ann.failures.size() == 1);
    CHECK_FALSE(ann.append("y"));
  }
}

TEST_CASE("a closed log asks the store nothing") {
  LogWorld world;
  LogNode& ann = world.start();
  CHECK(ann.append("x"));
  ann.log->close();
  const std::size_t asked = ann.store->appends + ann.store->reads;
  world.pass(5'000);
  CHECK(ann.store->appends + ann.store->reads == asked);
  CHECK(ann.read.empty());
}

}  // namespace
}  // namespace dialogue::testing
