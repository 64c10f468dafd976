// What a member asks of its room, whose log it may read only in part.
#include "server/core/session/member_requests.hpp"

#include "tests/server/core/session/joining_kit.hpp"

namespace dialogue::testing {

TEST_CASE("F-P3 HISTORY of a membership that the application began asks whether its client may join, once") {
  auto config = joining_config();
  std::vector<std::function<void(HookVerdict)>> asked;
  config->hooks.ask_join = [&](HookQuestion&& question, std::function<void(HookVerdict)> done) {
    question.identity->user_id == "bob" ? done(HookVerdict::allow()) : asked.push_back(std::move(done));
  };
  Chat it(std::move(config), GENERATE(1u, 3u, 5u));
  Client ann = it.greeted();
  const auto history = [&](std::uint64_t req) { return frame({FrameType::history, req, it.chat.room, 9, 10, 0}); };
  ann.send(history(8) + '\n' + history(9));
  REQUIRE(asked.size() == 1);
  CHECK(ann.take().empty());
  const auto answer = [&](const HookVerdict& verdict) {
    asked.back()(verdict);
    it.cluster.settle();
  };
  const auto seqs = [](const std::string& page) {
    std::string found;
    for (int seq = 1; seq <= 3; ++seq)
      if (page.find("[2," + std::to_string(seq) + ",") != std::string::npos) found += std::to_string(seq);
    return found;
  };
  std::string readable = "123";
  SECTION("it is answered") {
    const int kind = GENERATE(0, 1, 2);
    HookVerdict verdict = kind == 1 ? HookVerdict::deny("not by yourself") : HookVerdict::allow();
    if (kind == 2) verdict.history_from = HistoryFrom{3, 0};
    readable = kind == 0 ? "123" : kind == 1 ? "" : "3";
    answer(verdict);
    CHECK(asked.size() == 1);
  }
  SECTION("there is no answer: the next HISTORY asks again") {
    answer({ErrorCode::hook_unavailable, {}, {}, {}});
    CHECK(ann.take() == Frames{refused(8, ErrorCode::hook_unavailable), refused(9, ErrorCode::hook_unavailable)});
    ann.send(history(8) + '\n' + history(9));
    REQUIRE(asked.size() == 2);
    answer(HookVerdict::allow());
  }
  SECTION("a JOIN comes first") {
    ann.ask_join(5, "chat");
    REQUIRE(asked.size() == 2);
    answer(HookVerdict::deny("not by yourself"));
    CHECK(begins(ann.only(), {FrameType::joined, 5}));
    asked[0](HookVerdict::allow());  // asked before
    it.cluster.settle();
    readable = "";
  }
  const Frames pages = ann.take();
  REQUIRE(pages.size() == 2);
  for (const std::string& page : pages) CHECK((page.find("\"events\":[") != std::string::npos && seqs(page) == readable));
  const std::size_t before = asked.size();
  ann.send(history(10));
  CHECK(seqs(ann.only()) == readable);
  CHECK(asked.size() == before);
}

TEST_CASE("F-P3 a HISTORY whose membership ends while the application is asked is refused, and gives back its place") {
  auto config = joining_config();
  std::function<void(HookVerdict)> answer;
  config->hooks.ask_join = [&](HookQuestion&& question, std::function<void(HookVerdict)> done) {
    const bool waits = question.identity->user_id != "bob" && question.room_id == "chat";
    waits ? void(answer = std::move(done)) : done(HookVerdict::allow());
  };
  Chat it(std::move(config));
  Client ann = it.greeted();
  for (std::uint64_t req = 1; req <= 8; ++req) ann.send(frame({FrameType::history, req, it.chat.room, 9, 10, 0}));
  ann.send(frame({FrameType::history, 9, it.chat.room, 9, 10, 0}));
  CHECK(begins(ann.only(), {FrameType::reply, 9, number(ErrorCode::rate_limited)}));
  it.cluster.post(LeaveRoom{"ann", "chat"});
  ann.take();
  answer(HookVerdict::allow());
  it.cluster.settle();
  Frames refusals;
  for (std::uint64_t req = 1; req <= 8; ++req) refusals.push_back(refused(req, ErrorCode::not_joined));
  CHECK(ann.take() == refusals);
  const Joined picky = ann.join("picky");
  ann.send(frame({FrameType::history, 10, picky.room, 9, 10, 0}));
  CHECK(ann.only().find("\"events\":[]") != std::string::npos);
}

TEST_CASE("F-P3 without a join hook the right to history decides, and on_join is asked like a backend") {
  auto config = joining_config();
  std::size_t asked = 0;
  const int kind = GENERATE(0, 1, 2);
  if (kind > 0)
    config->hooks.on_join = [&asked, kind](HookClient& client, std::string_view) {
      const bool is_bob = client.identity().user_id == "bob";
      asked += is_bob ? 0 : 1;
      return kind == 1 || is_bob ? HookDecision::allow() : HookDecision::deny("no");
    };
  Chat it(std::move(config));
  Client ann = it.greeted();
  for (int i = 0; i < 2; ++i) {
    ann.send(frame({FrameType::history, 8, it.chat.room, 9, 10, 0}));
    CHECK((ann.only().find("[2,1,") != std::string::npos) == (kind < 2));
  }
  CHECK(asked == (kind > 0 ? 1u : 0u));
}

}  // namespace dialogue::testing
