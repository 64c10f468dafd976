// Publications that an application makes for a user: rights, limits, middleware, order and numbers are those of the user.
#include "server/core/middleware/acting_publications.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::shared_ptr<const Identity> user(std::string id, std::string role = {}) {
  Identity identity{std::move(id), {}, {}, std::move(role)};
  return std::make_shared<const Identity>(std::move(identity));
}

ServerPublish acting(const std::shared_ptr<const Identity>& as, std::string room, std::string event, std::string payload) {
  ServerPublish publish{std::move(room), std::move(event), std::move(payload), as->user_id};
  publish.as = as;
  return publish;
}

/// A program that acts for users, and answers the questions of middleware when a test says so.
struct Program {
  explicit Program(std::vector<Middleware> steps = {}, std::optional<RateLimit> limit = {}, std::uint32_t shards = 1)
      : config(test_config()) {
    config->hooks.middleware = std::move(steps);
    config->definitions.rate_limit_global = limit;
    cluster.emplace(shards, std::move(config));
  }
  static std::vector<Middleware> asking(std::vector<std::pair<HookQuestion, std::function<void(HookVerdict)>>>& asked) {
    return {{"", {}, [&asked](HookQuestion&& question, std::function<void(HookVerdict)> done) {
               asked.emplace_back(std::move(question), std::move(done));
             }}};
  }
  /// The place of its result among `results`.
  std::size_t publish(ServerPublish message) {
    const std::size_t place = results.size();
    results.emplace_back();
    cluster->ask(std::move(message), [this, place](const PublishResult& result) { results[place] = result; });
    return place;
  }
  [[nodiscard]] ErrorCode code(std::size_t place) const { return results.at(place).value().fault.code; }
  [[nodiscard]] PublishResult now(ServerPublish message) { return results.at(publish(std::move(message))).value(); }

  std::unique_ptr<ShardConfig> config;
  std::optional<Cluster> cluster;
  std::vector<std::optional<PublishResult>> results;
};

using Asked = std::vector<std::pair<HookQuestion, std::function<void(HookVerdict)>>>;

}  // namespace

TEST_CASE("an application publishes for a user without a connection, with the user's rights in the room") {
  Program program({}, {}, GENERATE(1u, 3u, 5u));
  Client bob = program.cluster->producer("bob");
  static_cast<void>(bob.join("quiet"));
  bob.take();
  const PublishResult refused = program.now(acting(user("ann"), "quiet", "message", kHi));
  CHECK(refused.fault.code == ErrorCode::forbidden);
  CHECK(refused.message.find("role:admin") != std::string::npos);
  CHECK(bob.take().empty());
  CHECK(program.now(acting(user("ann", "admin"), "quiet", "message", kHi)).position.seq == 1);
  CHECK(bob.only().find(R"("ann",0,{"text":"hi"})") != std::string::npos);
  CHECK(program.now(acting(user("ann", "admin"), "nowhere", "message", kHi)).fault.code == ErrorCode::room_unknown);
  CHECK(program.now(acting(user("ann"), "chat", "game.move", "1")).fault.code == ErrorCode::event_not_allowed);
  CHECK(program.now(acting(user("ann"), "chat", "message", R"({"text":7})")).fault.path == "$.text");
}

TEST_CASE("middleware sees who is acted for, without a session, and what it decides is the result") {
  std::vector<std::string> seen;
  Program program({{"",
                    [&seen](const Draft& draft) {
                      seen.push_back(draft.identity.user_id + "/" + std::string(draft.session_id));
                      if (draft.payload.find("spam") != std::string_view::npos) return HookVerdict::deny("no spam");
                      return HookVerdict::replace(R"({"text":"clean"})");
                    },
                    {}}});
  Client bob = program.cluster->producer("bob");
  static_cast<void>(bob.join("chat"));
  bob.take();
  const PublishResult refused = program.now(acting(user("ann"), "chat", "message", R"({"text":"spam"})"));
  CHECK(refused.fault.code == ErrorCode::denied_by_hook);
  CHECK(refused.message.find("no spam") != std::string::npos);
  CHECK(refused.retry_after_ms == 0);
  CHECK(program.now(acting(user("ann"), "chat", "message", kHi)).position.seq == 1);
  CHECK(bob.only().find(R"({"text":"clean"})") != std::string::npos);
  CHECK(seen == std::vector<std::string>{"ann/", "ann/"});
  CHECK(program.now({"chat", "message", R"({"text":"spam"})"}).position.seq == 2);  // the server's own passes it by
}

TEST_CASE("a user's limits count what an application publishes for the user") {
  Program program({}, RateLimit{2, 1000});
  CHECK(program.now(acting(user("ann"), "chat", "message", kHi)).fault.code == ErrorCode::ok);
  CHECK(program.now(acting(user("ann"), "chat", "message", kHi)).fault.code == ErrorCode::ok);
  const PublishResult limited = program.now(acting(user("ann"), "chat", "message", kHi));
  CHECK(limited.fault.code == ErrorCode::rate_limited);
  CHECK(limited.retry_after_ms == 500);
  CHECK(program.now(acting(user("bob"), "chat", "message", kHi)).fault.code == ErrorCode::ok);
  program.cluster->advance(500);
  CHECK(program.now(acting(user("ann"), "chat", "message", kHi)).fault.code == ErrorCode::ok);
}

TEST_CASE("users whose limits are remembered are bounded; the one that is whole soonest is forgotten") {
  Program program({}, RateLimit{1, 1'000'000});
  for (std::size_t i = 0; i <= kActingUsersMax; ++i) {
    CHECK(program.now(acting(user("user-" + std::to_string(i)), "chat", "note", "1")).fault.code == ErrorCode::ok);
    program.cluster->advance(1);
  }
  CHECK(program.now(acting(user("user-1"), "chat", "note", "1")).fault.code == ErrorCode::rate_limited);
  CHECK(program.now(acting(user("user-0"), "chat", "note", "1")).fault.code == ErrorCode::ok);
}

TEST_CASE("publications for one user reach a room in their order, whenever the middleware answers") {
  Asked asked;
  Program program(Program::asking(asked));
  const std::size_t first = program.publish(acting(user("ann"), "chat", "note", "1"));
  const std::size_t second = program.publish(acting(user("ann"), "chat", "note", "2"));
  const std::size_t others = program.publish(acting(user("bob"), "chat", "note", "3"));
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].first.session_id.empty());
  CHECK(asked[0].first.identity->user_id == "ann");
  asked[1].second(HookVerdict::allow());
  program.cluster->settle();
  CHECK_FALSE(program.results[second]);  // it waits for the first
  asked[2].second(HookVerdict::allow());
  program.cluster->settle();
  CHECK(program.results[others].value().position.seq == 1);
  asked[0].second(HookVerdict::allow());
  program.cluster->settle();
  CHECK(program.results[first].value().position.seq == 2);
  CHECK(program.results[second].value().position.seq == 3);
}

TEST_CASE("a final refusal of middleware consumes a counted number, one that may be repeated does not") {
  Asked asked;
  Program program(Program::asking(asked));
  const auto numbered = [](std::uint32_t number) {
    ServerPublish publish = acting(user("ann"), "chat", "note", "1");
    publish.producer = std::make_shared<const std::string>("ann\nbilling");
    publish.producer_seq = number;
    publish.refusal_counts = true;
    publish.hash = number;
    return publish;
  };
  const auto answer = [&](std::size_t which, HookVerdict verdict) {
    asked.at(which).second(std::move(verdict));
    program.cluster->settle();
  };
  const std::size_t first = program.publish(numbered(1));
  answer(0, HookVerdict::deny("no"));
  CHECK(program.code(first) == ErrorCode::denied_by_hook);
  const std::size_t second = program.publish(numbered(2));
  answer(1, {ErrorCode::hook_unavailable, {}, {}, {}});
  CHECK(program.code(second) == ErrorCode::hook_unavailable);
  CHECK(program.results[second]->retry_after_ms == kAskAgainMs);
  const std::size_t again = program.publish(numbered(2));
  answer(2, HookVerdict::allow());
  CHECK(program.results[again].value().position.seq == 1);
  const std::size_t repeated = program.publish(numbered(2));
  answer(3, HookVerdict::allow());
  CHECK(program.results[repeated].value().duplicate);
}

TEST_CASE("publications that wait for the middleware are bounded, in number and in bytes") {
  Asked asked;
  Program program(Program::asking(asked));
  SECTION("number") {
    for (std::size_t i = 0; i < kActingWaitingMax; ++i) program.publish(acting(user("ann"), "chat", "note", "1"));
    CHECK(asked.size() == kActingWaitingMax);
  }
  SECTION("bytes") {
    const std::string large = '"' + std::string(60'000, 'x') + '"';
    for (std::size_t i = 0; i < kActingWaitingBytesMax / large.size(); ++i)
      program.publish(acting(user("ann"), "chat", "note", large));
    static_cast<void>(program.publish(acting(user("ann"), "chat", "note", '"' + std::string(50'000, 'x') + '"')));
    CHECK(asked.size() == kActingWaitingBytesMax / large.size() + 1);
  }
  const std::size_t further = program.publish(acting(user("bob"), "chat", "note", '"' + std::string(50'000, 'x') + '"'));
  CHECK(program.code(further) == ErrorCode::rate_limited);
  CHECK(program.results[further]->retry_after_ms == kAskAgainMs);
  const std::size_t waiting = asked.size();
  for (std::size_t i = 0; i < waiting; ++i) asked[i].second(HookVerdict::allow());
  program.cluster->settle();
  CHECK(program.results[0].value().fault.code == ErrorCode::ok);
  const std::size_t after = program.publish(acting(user("bob"), "chat", "note", "1"));
  asked.back().second(HookVerdict::allow());
  program.cluster->settle();
  CHECK(program.code(after) == ErrorCode::ok);
}

TEST_CASE("a room that is deleted while the middleware is asked refuses the publication") {
  Asked asked;
  Program program(Program::asking(asked));
  RoomDefinition party;
  party.id = "party";
  party.events = {"note"};
  program.cluster->ask(CreateRoom{party}, [](ErrorCode code) { CHECK(code == ErrorCode::ok); });
  const std::size_t waiting = program.publish(acting(user("ann"), "party", "note", "1"));
  program.cluster->ask(DeleteRoom{"party"}, [](ErrorCode code) { CHECK(code == ErrorCode::ok); });
  asked.at(0).second(HookVerdict::allow());
  program.cluster->settle();
  CHECK(program.code(waiting) == ErrorCode::room_unknown);
}

}  // namespace dialogue::testing
