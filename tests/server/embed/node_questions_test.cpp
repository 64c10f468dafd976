// Questions that all nodes of a cluster answer: results as texts, several as one, and nodes that do not answer.
#include "server/embed/cluster/node_questions.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/util/time.hpp"
#include "server/embed/cluster/node_answers.hpp"

namespace dialogue::test {
namespace {

using core::CallResult, core::UserInfo;
using Users = std::vector<UserInfo>;

/// Through the text that nodes send.
std::optional<CallResult> sent_over(const CallResult& result) {
  const auto answer = read_node_answer(node_answer_text(7, result));
  REQUIRE(answer);
  CHECK(answer->ticket == 7);
  return answer->result;
}

/// A question to two other nodes, and what was answered.
struct NodeQuestion {
  explicit NodeQuestion(const core::ApplicationCall& call) {
    ticket = questions.begin(call, {"bob", "joe"}, 1000, [this](CallResult&& result) {
      missing = calls::take_missing(result);
      results.push_back(std::move(result));
    });
  }
  NodeQuestions questions;
  std::uint64_t ticket = 0;
  std::vector<CallResult> results;
  std::vector<std::string> missing;
};

std::vector<std::pair<std::string, std::uint64_t>> counts_of(const Users& users) {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const UserInfo& user : users) counts.emplace_back(user.user_id, user.connections);
  return counts;
}

TEST_CASE("users of all nodes are one sorted list of the page's length, with the connections of all") {
  NodeQuestion asked(core::UsersQuery{{"", 3}, {}});
  asked.questions.answered(asked.ticket, "bob", sent_over(Users{{"a", "Ann", "{}", 2}, {"c", "", "", 1}}));
  asked.questions.own(asked.ticket, Users{{"a", "Ann", "{}", 1}, {"d", "", "", 1}});
  CHECK(asked.results.empty());
  asked.questions.answered(asked.ticket, "joe", sent_over(Users{{"b", "", "", 4}}));
  REQUIRE(asked.results.size() == 1);
  using Counts = std::vector<std::pair<std::string, std::uint64_t>>;
  CHECK(counts_of(std::get<Users>(asked.results[0])) == Counts{{"a", 3}, {"b", 4}, {"c", 1}});
  CHECK(asked.missing.empty());
  CHECK(asked.questions.size() == 0);
}

TEST_CASE("a node that does not answer in time, leaves or could not answer is named") {
  NodeQuestion late(core::KickUser{"ann", "", 0});
  late.questions.own(late.ticket, std::size_t{2});
  late.questions.answered(late.ticket, "joe", sent_over(std::size_t{3}));
  CHECK(late.questions.tick(1000 + kNodeAnswerMsMax - 1) == 1000 + kNodeAnswerMsMax);
  CHECK(late.results.empty());
  CHECK(late.questions.tick(1000 + kNodeAnswerMsMax) == core::kNever);
  REQUIRE(late.results.size() == 1);
  CHECK(std::get<std::size_t>(late.results[0]) == 5);
  CHECK(late.missing == std::vector<std::string>{"bob"});
  late.questions.answered(late.ticket, "bob", sent_over(std::size_t{3}));
  CHECK(late.results.size() == 1);

  NodeQuestion gone(core::SendEvent{});
  gone.questions.own(gone.ticket, core::SendEvent::Result{{}, {}, 1});
  gone.questions.left("bob");
  gone.questions.answered(gone.ticket, "joe", sent_over(core::Error{ErrorCode::store_unavailable, {}, {}}));
  REQUIRE(gone.results.size() == 1);
  CHECK(std::get<core::SendEvent::Result>(gone.results[0]).connections == 1);
  CHECK(gone.missing == std::vector<std::string>{"bob", "joe"});
}

TEST_CASE("an error of the asked node is the answer") {
  NodeQuestion asked(core::SendEvent{});
  asked.questions.own(asked.ticket, core::Error{ErrorCode::store_unavailable, {}, {}});
  REQUIRE(asked.results.size() == 1);
  CHECK(std::get<core::Error>(asked.results[0]).code == ErrorCode::store_unavailable);
  CHECK(asked.missing.empty());
}

TEST_CASE("connections that operators look at come with their node") {
  NodeQuestion asked(core::ObserveQuery{});
  core::ConnectionState state;
  state.session_id = "s1";
  state.user_id = "ann";
  state.name = "Ann \"A\"";
  state.peer = "10.0.0.1";
  state.transport = TransportKind{1};
  state.initiator = core::Initiator::network;
  state.since_ms = 1'700'000'000'000;
  state.opened_us = 9;
  state.behind = 4;
  state.rooms = 2;
  state.is_lagging = true;
  asked.questions.answered(asked.ticket, "bob", sent_over(core::ObserveQuery::Result{.connections = {state}, .count = 2}));
  asked.questions.answered(asked.ticket, "joe", sent_over(core::ObserveQuery::Result{.is_busy = true}));
  asked.questions.own(asked.ticket, core::ObserveQuery::Result{.count = 1});
  REQUIRE(asked.results.size() == 1);
  const auto& found = std::get<core::ObserveQuery::Result>(asked.results[0]);
  CHECK(found.count == 3);
  REQUIRE(found.connections.size() == 1);
  CHECK(found.connections[0].node == "bob");
  CHECK(found.connections[0].name == state.name);
  CHECK(found.connections[0].transport == state.transport);
  CHECK(found.connections[0].initiator == state.initiator);
  CHECK(found.connections[0].since_ms == state.since_ms);
  CHECK(found.connections[0].is_lagging);
  CHECK(asked.missing == std::vector<std::string>{"joe"});
}

TEST_CASE("members and connections of all nodes are put together") {
  NodeQuestion members(core::MembersQuery{"chat", {"", 2}, 0});
  members.questions.own(members.ticket, core::MembersQuery::Result{{}, {{"a", "Ann", "", 1}, {"b", "Bob", "", 0}}});
  members.questions.answered(members.ticket, "bob",
                             sent_over(core::MembersQuery::Result{{}, {{"a", "Ann", "", 0}, {"b", "Bob", "", 2}}}));
  members.questions.left("joe");
  const auto& found = std::get<core::MembersQuery::Result>(members.results.at(0));
  CHECK(counts_of(found.members) == std::vector<std::pair<std::string, std::uint64_t>>{{"a", 1}, {"b", 2}});

  using Connections = std::vector<core::ConnectionInfo>;
  NodeQuestion connections(core::ConnectionsQuery{});
  connections.questions.own(connections.ticket, Connections{{"s2", "b", "", "", {}}});
  connections.questions.answered(connections.ticket, "bob", sent_over(Connections{{"s1", "a", "Ann", "{}", {"r", "s"}}}));
  connections.questions.left("joe");
  const auto& all = std::get<Connections>(connections.results.at(0));
  REQUIRE(all.size() == 2);
  CHECK(all[0].session_id == "s1");
  CHECK(all[0].rooms == std::vector<std::string>{"r", "s"});
}

TEST_CASE("there is a maximum of questions without an answer") {
  NodeQuestions questions;
  for (std::size_t i = 0; i < kNodeQuestionsMax; ++i)
    CHECK(questions.begin(core::KickUser{}, {"bob"}, i, [](CallResult&&) {}) > 0);
  CHECK(questions.begin(core::KickUser{}, {"bob"}, 0, [](CallResult&&) {}) == 0);
  questions.own(1, std::size_t{0});
  questions.answered(1, "bob", std::nullopt);
  CHECK(questions.begin(core::KickUser{}, {"bob"}, 0, [](CallResult&&) {}) > 0);
}

TEST_CASE("a text that is no answer, or a broken one, is none") {
  CHECK_FALSE(read_node_answer("[\"kick_user\",0,\"ann\"]"));
  CHECK_FALSE(read_node_answer("nonsense"));
  const auto broken = read_node_answer("[\"node_answer\",3,99,1]");
  REQUIRE(broken);
  CHECK_FALSE(broken->result);
  const auto cut = read_node_answer("[\"node_answer\",3,3,[\"ann\"");
  REQUIRE(cut);
  CHECK_FALSE(cut->result);
}

TEST_CASE("nodes are asked if the answer covers all of them") {
  using What = core::ObserveQuery::What;
  const auto observe = [](What what) {
    core::ObserveQuery query;
    query.what = what;
    return node_scope(query);
  };
  CHECK(observe(What::list) == NodeScope::asked);
  CHECK(observe(What::refusals) == NodeScope::none);
  CHECK(observe(What::receipts) == NodeScope::none);
  CHECK(node_scope(core::SendEvent{}) == NodeScope::asked);
  CHECK(node_scope(core::ForgetUser{}) == NodeScope::notified);
  CHECK(node_scope(core::ServerPublish{}) == NodeScope::none);
}

}  // namespace
}  // namespace dialogue::test
