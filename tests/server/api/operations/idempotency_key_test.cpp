// Keys of both forms, and which publications they tell apart.
#include "server/api/operations/idempotency_key.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::api;
using namespace dialogue::core;

namespace {

ServerPublish numbered(std::string_view key, const std::string& event = "message", const std::string& from = "ann",
                       std::string_view data = "1", std::optional<std::size_t> place = {}, const std::string& caller = "key 1") {
  ServerPublish publish;
  publish.event = event;
  publish.from = from;
  number_publication(publish, *parse_idempotency_key(key), caller, data, place);
  return publish;
}

}  // namespace

TEST_CASE("a key is a name, or a producer and a number from 1") {
  CHECK(parse_idempotency_key("4f6c-a.b:c@d~e_9")->number == 0);
  CHECK(parse_idempotency_key("p/1")->number == 1);
  CHECK(parse_idempotency_key("p/9007199254740991")->number == 9007199254740991);
  for (const char* text :
       {"", "/1", "p/", "p/0", "p/01", "p/-1", "p/1x", "p/1/2", "p/9007199254740992", "a b", "a..b", "p/99999999999999999999"})
    CHECK_FALSE(parse_idempotency_key(text));
  CHECK(parse_idempotency_key(std::string(64, 'k')));
  CHECK_FALSE(parse_idempotency_key(std::string(65, 'k')));
}

TEST_CASE("F-K10 a number belongs to the user's producer, a key to the caller") {
  CHECK(*numbered("p/7").producer == "ann\np");
  CHECK(numbered("p/7").producer_seq == 7);
  CHECK(numbered("p/7").refusal_counts);
  CHECK(*numbered("p").producer == "\nkey 1\np");
  CHECK(numbered("p").producer_seq == 1);
  CHECK_FALSE(numbered("p").refusal_counts);
  CHECK(*numbered("p", "message", "ann", "1", 3).producer == "\nkey 1\np\n3");
  CHECK(*numbered("p", "message", "ann", "1", {}, "user bob").producer == "\nuser bob\np");
}

TEST_CASE("publications under a key are distinguished by event, user and data") {
  const std::uint64_t hash = numbered("p").hash;
  CHECK(numbered("p").hash == hash);
  CHECK(numbered("p", "move").hash != hash);
  CHECK(numbered("p", "message", "bob").hash != hash);
  CHECK(numbered("p", "message", "ann", "2").hash != hash);
}
