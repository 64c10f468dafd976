// The stream of heads: which rooms a connection may see without joining them, and what ends with its identity.
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "server/core/exchange/heads_question.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

class Silent final : public ExchangeHandler {
 public:
  explicit Silent(std::vector<std::string>& news) : news_(news) {}
  void take(ExchangeNews&& news) override {
    if (const auto* write = std::get_if<ExchangeWrite>(&news)) news_.push_back(write->item);
    if (const auto* ended = std::get_if<ExchangeEnded>(&news)) news_.push_back("ended " + std::string(error_name(ended->code)));
  }

 private:
  std::vector<std::string>& news_;
};

struct HeadsAsked {
  explicit HeadsAsked(std::uint32_t shards, bool asks_of_joins = false) : cluster(shards, config(asks_of_joins)) {}

  std::unique_ptr<ShardConfig> config(bool asks_of_joins) {
    auto made = test_config();
    made->exchanges = [this](ExchangeQuestion&& question, const ExchangeReplies&) -> std::shared_ptr<ExchangeHandler> {
      questions.push_back(std::move(question));
      return std::make_shared<Silent>(news);
    };
    if (asks_of_joins) made->hooks.on_join = [](HookClient&, std::string_view) { return HookDecision::allow(); };
    return made;
  }
  static void ask(Client& client, std::uint64_t number, const std::string& request) {
    client.send(frame({FrameType::call, number, 0, 0, 4}, "0," + request));
  }

  std::vector<ExchangeQuestion> questions;
  std::vector<std::string> news;
  Cluster cluster;
};

std::vector<std::string> shown(const ExchangeQuestion& question) {
  std::vector<std::string> rooms;
  for (const HeadsQuestion::Room& room : question.heads->rooms) rooms.push_back(room.id + (room.is_member ? " member" : ""));
  return rooms;
}

}  // namespace

TEST_CASE("heads of rooms are open to who may join them and read their history, and each other room is refused") {
  HeadsAsked asked(GENERATE(1u, 3u, 5u));
  Client ann = asked.cluster.greeted("ann");
  HeadsAsked::ask(ann, 1, R"({"heads":["chat","staff","game-7","nowhere"],"events":["message"]})");
  REQUIRE(asked.questions.size() == 1);
  CHECK(asked.questions[0].name == kHeadsStream);
  CHECK(asked.questions[0].granted == 4);
  CHECK(shown(asked.questions[0]) == std::vector<std::string>{"chat", "game-7"});
  CHECK(asked.questions[0].heads->refused == std::vector<std::string>{"staff", "nowhere"});
  CHECK(asked.questions[0].heads->events == std::vector<std::string>{"message"});
  ann.send(frame({FrameType::write, 1, 1}, R"({"mark":{"room":"chat","seq":1}})"));
  CHECK(asked.news == std::vector<std::string>{R"({"mark":{"room":"chat","seq":1}})"});
}

TEST_CASE("if the application decides joins, a connection can watch only the heads of rooms that it is a member of") {
  HeadsAsked asked(GENERATE(1u, 3u, 5u), true);
  Client ann = asked.cluster.greeted("ann");
  CHECK(ann.join("chat").room != 0);
  static_cast<void>(ann.take());
  HeadsAsked::ask(ann, 1, R"({"heads":["chat","game-7"]})");
  REQUIRE(asked.questions.size() == 1);
  CHECK(shown(asked.questions[0]) == std::vector<std::string>{"chat member"});
  CHECK(asked.questions[0].heads->refused == std::vector<std::string>{"game-7"});
}

TEST_CASE("a question of heads that is not well-formed is refused, and too many of them are") {
  HeadsAsked asked(1);
  Client ann = asked.cluster.greeted("ann");
  const auto code = [&](const std::string& request) {
    HeadsAsked::ask(ann, 9, request);
    const std::string answer = ann.only();
    return answer.substr(0, answer.find(",{"));
  };
  const auto refused_by = [](ErrorCode why) { return "[48,9," + std::to_string(number(why)); };
  std::string many = R"({"heads":["a0")";
  for (std::size_t i = 1; i <= kHeadRoomsMax; ++i) many += ",\"a" + std::to_string(i) + '"';
  for (const std::string& bad :
       {std::string(R"({"heads":[]})"), std::string(R"({"heads":7})"), std::string(R"({"heads":["a","a"]})"),
        std::string(R"({"heads":[7]})"), std::string(R"({"heads":["a"],"events":"x"})"), many + "]}"})
    CHECK(code(bad) == refused_by(ErrorCode::request_invalid));
  CHECK(code(R"({"heads":["not a name"]})") == refused_by(ErrorCode::name_invalid));
  CHECK(asked.questions.empty());
  std::string last;
  for (int i = 0; i < 100 && last != refused_by(ErrorCode::rate_limited); ++i) last = code(R"({"heads":[]})");
  CHECK(last == refused_by(ErrorCode::rate_limited));
}

}  // namespace dialogue::testing
