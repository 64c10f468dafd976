// How many questions may be open of one user and one connection while others have some, too.
#include "server/webhooks/hook_shares.hpp"

#include <catch2/catch.hpp>

#include "tests/server/webhooks/hook_kit.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::webhooks;
using namespace dialogue::test;

namespace {

std::size_t take_all(HookShares& shares, const HookQuestion& question) {
  std::size_t taken = 0;
  while (shares.take(question)) ++taken;
  return taken;
}

HookQuestion on_session(const std::string& user, const std::string& session) {
  HookQuestion asked = question_of(user, HookVerb::connect);
  asked.session_id = session;
  return asked;
}

}  // namespace

TEST_CASE("F-N01 a connection has at most a sixteenth of the free questions, a user an eighth, and a newcomer always one") {
  HookShares shares(4096, 1 << 20);
  CHECK(take_all(shares, on_session("mallory", "1")) == 241);
  std::size_t of_mallory = 241;
  for (int i = 2; i < 50; ++i) of_mallory += take_all(shares, on_session("mallory", std::to_string(i)));
  CHECK(of_mallory == 455);
  std::size_t of_crowd = 0;
  for (int i = 0; i < 100; ++i) of_crowd += take_all(shares, question_of("user" + std::to_string(i), HookVerb::connect));
  CHECK(of_mallory + of_crowd < 4096);
  CHECK(shares.take(question_of("newcomer", HookVerb::connect)));
}

TEST_CASE("F-P7 what an application asks for its users without a connection shares no connection's part") {
  HookShares shares(4096, 1 << 20);
  std::size_t taken = 0;
  for (int i = 0; i < 600; ++i) taken += shares.take(on_session("user" + std::to_string(i), "")) ? 1 : 0;
  CHECK(taken == 600);
  CHECK(shares.remembered() == 600);
  for (int i = 0; i < 600; ++i) shares.give_back(on_session("user" + std::to_string(i), ""));
  CHECK(shares.remembered() == 0);
}

TEST_CASE("F-N01 payloads count by their bytes, answers release them, and users without a question are forgotten") {
  HookShares shares(4096, 160'000);
  const HookQuestion large = question_of("mallory", HookVerb::publish, std::string(5000, 'x'));
  CHECK(take_all(shares, large) == 1);
  const HookQuestion other = question_of("ann", HookVerb::publish, std::string(100'000, 'x'));
  CHECK(shares.take(other));
  CHECK_FALSE(shares.take(question_of("bob", HookVerb::publish, std::string(100'000, 'x'))));
  CHECK(shares.remembered() == 4);
  shares.give_back(large);
  shares.give_back(other);
  CHECK(shares.remembered() == 0);
  HookShares few(3, 1000);
  CHECK(take_all(few, question_of("ann", HookVerb::connect)) == 1);
  CHECK(take_all(few, question_of("bob", HookVerb::connect)) == 1);
  CHECK(take_all(few, question_of("cy", HookVerb::connect)) == 1);
  CHECK_FALSE(few.take(question_of("dan", HookVerb::connect)));
}
