// A drain as the core decides it: who leaves when, with which slot, and what is reported of that.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "shared/json/json_member.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {
namespace {

struct NotedDrain final : DrainWatch {
  void notified(std::string_view secret, Time) override { left.emplace_back(secret); }
  bool returned(std::string_view secret, Time) override {
    back.emplace_back(secret);
    return secret == expected;
  }
  void joined(bool misses_events) override { joins.push_back(misses_events ? "misses" : "whole"); }
  void repeated() override { ++repetitions; }

  std::string expected;
  std::vector<std::string> left, back, joins;
  int repetitions = 0;
};

std::unique_ptr<ShardConfig> noted(const std::shared_ptr<NotedDrain>& watch, bool is_durable = false) {
  auto config = test_config();
  config->drain_watch = watch;
  config->has_durable_store = is_durable;
  return config;
}

std::uint64_t retry_after(const std::string& text) {
  Frame frame;
  REQUIRE(read_frame(text, frame) == ErrorCode::ok);
  REQUIRE(frame.type == FrameType::bye);
  return frame.integers[1];
}

/// Says HELLO as ann with the producer p; returns the secret of WELCOME.
std::string greet(Client& client, const std::string& resume = {}) {
  client.send(R"([1,1,0,0,{"identity":{"userId":"ann"},"producer":{"id":"p"},"resume":")" + resume + R"("}])");
  const std::string welcome = client.take().front();
  Frame frame;
  REQUIRE(read_frame(welcome, frame) == ErrorCode::ok);
  return json_text_member(frame.payload, "resume");
}

}  // namespace

TEST_CASE("a client whose publication is not answered leaves after the answer, and has the first slot") {
  const auto watch = std::make_shared<NotedDrain>();
  Cluster cluster(1, noted(watch, true));
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob"), cat = cluster.greeted("cat");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  static_cast<void>(ann.take());
  cluster.drain(6'000);
  CHECK(ann.take().empty());
  const std::uint64_t first = std::min(retry_after(bob.only()), retry_after(cat.only()));
  CHECK(watch->left.size() == 2);
  cluster.advance(500);
  cluster.store().release();
  cluster.settle();
  const Frames last = ann.take();
  REQUIRE(last.size() >= 2);
  CHECK(begins(last.front(), {FrameType::ack}));
  CHECK(retry_after(last.back()) + 500 < first);
  CHECK(ann.close_code() == 1012);
  CHECK(watch->left.size() == 3);
}

TEST_CASE("a client whose publication has no answer at the drain's limit leaves without it, and has the first slot") {
  const auto watch = std::make_shared<NotedDrain>();
  Cluster cluster(GENERATE(1u, 3u, 5u), noted(watch, true));
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  static_cast<void>(ann.take());
  cluster.drain(6'000, 2'000);
  const std::uint64_t later = retry_after(bob.only());
  cluster.advance(1'900);
  CHECK(ann.take().empty());
  cluster.advance(200);
  CHECK(retry_after(ann.only()) < later);
  CHECK(ann.close_code() == 1012);
  CHECK(watch->left.size() == 2);
  cluster.store().release();
  cluster.settle();
  CHECK(ann.take().empty());
}

TEST_CASE("a session that returns from a drain is recognized by the secret, and its joins are reported") {
  const auto watch = std::make_shared<NotedDrain>();
  Cluster before(GENERATE(1u, 3u, 5u), noted(watch));
  Client ann = before.connect();
  const std::string secret = greet(ann);
  before.drain(1'000);
  CHECK(watch->left == std::vector{secret});

  watch->expected = secret;
  Cluster after(2, noted(watch));
  Client back = after.connect(), other = after.connect();
  static_cast<void>(greet(back, secret));
  static_cast<void>(greet(other, std::string(secret.size(), 'f')));
  CHECK(watch->back.size() == 2);
  back.ask_join(1, "chat");
  back.send(R"([2,2,2,77,5,"small",{}])");
  other.ask_join(1, "small");
  CHECK(watch->joins == std::vector<std::string>{"whole", "misses"});

  Client newest = after.connect();  // has no secret
  static_cast<void>(greet(newest));
  CHECK(watch->back.size() == 2);
}

TEST_CASE("a publication that a returned session repeats is reported") {
  const auto watch = std::make_shared<NotedDrain>();
  watch->expected = "the secret";
  Cluster cluster(1, noted(watch));
  Client ann = cluster.connect();
  static_cast<void>(greet(ann, "the secret"));
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(watch->repetitions == 1);
}

TEST_CASE("a client that cannot resume is reported without a secret") {
  const auto watch = std::make_shared<NotedDrain>();
  Cluster cluster(1, noted(watch));
  PeerFacts stream;
  stream.transport = TransportKind::sse;
  Client ann = cluster.connect(stream), silent = cluster.connect();  // silent has said no HELLO: it has no session
  static_cast<void>(greet(ann));
  cluster.drain(1'000);
  CHECK(watch->left == std::vector<std::string>{""});
  CHECK(silent.close_code() == 1012);
}

}  // namespace dialogue::testing
