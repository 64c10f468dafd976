// The order in which a driver applies inputs, has actions performed, and ends turns.
#include "server/core/shard/shard_driver.hpp"

#include <catch2/catch.hpp>

#include "server/store/submit.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// A host with a store in memory that answers at once, and transports that take everything when they are offered it.
class DiaryHost final : public ShardHost {
 public:
  DiaryHost() : config_(test_config()), store_(7), driver({*config_, 0, 1, 7}, *this) {}

  [[nodiscard]] Time now() const override { return {1000, kStartUnixMs}; }
  void perform(Actions& actions) override {
    demand(!std::exchange(is_performing_, true), "actions are performed one batch at a time");
    perform_each(actions, *this);
    is_performing_ = false;
  }
  void hand_over() override { diary.emplace_back("hand over"); }
  [[nodiscard]] bool has_output() const override { return has_output_; }
  void offer_output() override {
    diary.emplace_back("offer");
    has_output_ = false;
  }

  void perform(const SendFrame& send) {
    diary.push_back("send " + send.text->substr(0, send.text->find(',')));
    has_output_ = true;
  }
  void perform(const CloseConnection& close) {
    diary.emplace_back("close");
    driver.close_later(close.to);
  }
  void perform(StoreRequest& request) {
    diary.emplace_back("ask the store");
    submit(store_, std::move(request), [this](StoreResponse answer) { driver.enqueue(StoreReplied{std::move(answer)}); });
  }
  void perform(AskIdentity& ask) {
    identify_(std::move(*ask.question), [this, &ask](AuthResult result) {
      driver.enqueue(IdentityResolved{ask.from, ask.ticket, std::move(result)});
    });
  }
  void perform(const SendPing&) {}
  void perform(const PostMessage&) {}
  void perform(const LogLine&) {}
  void perform(const AskDrained&) {}
  void perform(const AskHook&) {}
  void perform(const BeginExchange&) {}
  void perform(const TellExchange&) {}
  void perform(const GiveUp&) {}
  void perform(const FollowLog&) {}
  void perform(const UnfollowLog&) {}
  void perform(const TellNodes&) {}
  void perform(const AnswerCall&) {}

  [[nodiscard]] Frames take() { return std::exchange(diary, {}); }
  void receive(ConnectionId from, std::string message) { driver.apply(MessageReceived{from, message}); }

 private:
  std::unique_ptr<ShardConfig> config_;
  MemoryStore store_;
  IdentitySource identify_ = source_of(development_authenticator(true));
  bool is_performing_ = false, has_output_ = false;

 public:
  ShardDriver driver;
  Frames diary;
};

constexpr std::string_view kHello = "[1,1,0,0,{}]";

}  // namespace

TEST_CASE("a driver applies immediate answers in their order, after the current actions") {
  DiaryHost host;
  const ConnectionId ann = host.driver.open({});
  host.receive(ann, std::string(kHello));
  CHECK(host.take() == Frames{"send [33"});
  host.receive(ann, "[2,1,0,0,0,\"chat\",{}]\n[2,2,0,0,0,\"picky\",{}]");
  CHECK(host.take() == Frames{"ask the store", "ask the store", "send [34", "send [34"});
}

TEST_CASE("a driver's turn closes connections behind what they were sent, hands over, and offers frames to the transports last") {
  DiaryHost host;
  const ConnectionId ann = host.driver.open({}), bob = host.driver.open({});
  for (const ConnectionId id : {ann, bob}) host.receive(id, std::string(kHello) + "\n[2,1,0,0,0,\"chat\",{}]");
  host.driver.finish_turn();
  host.diary.clear();
  host.receive(ann, "[4,1,3,0,0,1]");
  host.driver.close_later(bob);
  CHECK(host.driver.shard().owes_turn_end());
  CHECK(host.driver.shard().connection_count() == 2);
  host.diary.clear();
  host.driver.finish_turn();
  CHECK(host.take() == Frames{"send [36", "send [36", "hand over", "offer"});
  CHECK_FALSE(host.driver.shard().owes_turn_end());
  CHECK(host.driver.shard().connection_count() == 1);
}

TEST_CASE("a driver's turn continues until the connections that it ended are closed") {
  DiaryHost host;
  const ConnectionId ann = host.driver.open({});
  host.driver.carry_out();
  host.driver.apply(ProtocolViolation{ann, ErrorCode::binary_unsupported});
  CHECK(host.take() == Frames{"send [45", "close"});
  CHECK(host.driver.shard().connection_count() == 1);
  host.driver.finish_turn();
  CHECK(host.take() == Frames{"hand over", "offer"});
  CHECK(host.driver.shard().connection_count() == 0);
}

TEST_CASE("a connection's id is known before what the shard decides about it is performed") {
  DiaryHost host;
  host.driver.apply(DrainStarted{1000});
  const ConnectionId late = host.driver.open({});
  CHECK(late != 0);
  CHECK(host.take().empty());
  host.driver.carry_out();
  CHECK(host.take() == Frames{"send [45", "close"});
}

}  // namespace dialogue::testing
