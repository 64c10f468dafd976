// trigger_as: a program publishes for a user, in a whole server.
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>
#include <dialogue/middleware.hpp>
#include <dialogue/store.hpp>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/net/temporary_directory.hpp"

using namespace dialogue;
using namespace dialogue::test;

namespace {

const Identity kBot{"bot", "Bot", {}, {}};

}  // namespace

TEST_CASE("a program publishes for a user: members see the author, middleware and rights decide") {
  Instance server = create_dialogue(test_config());
  server.use(content_filter({{"darn"}, "****"}));
  server.use(duo, require_role("admin"));
  server.listen();
  FrameClient ann(server.port(), "ann");
  static_cast<void>(ann.join("chat"));
  CHECK(value_of(server.trigger_as(kBot, chat, message, Message{"darn it"})).seq == 1);
  const json event = ann.wait_for(FrameType::event);
  CHECK(event[5] == "bot");
  CHECK(event[7]["text"] == "**** it");
  CHECK(value_of(server.trigger_as(kBot, duo, message, Message{"hello"})).code == ErrorCode::denied_by_hook);
  CHECK(value_of(server.trigger_as({"root", {}, R"({"role":"admin"})", "admin"}, duo, message, Message{"hello"})).ok());
  CHECK(value_of(server.trigger_as(kBot, "nowhere", "message", R"({"text":"x"})")).code == ErrorCode::room_unknown);
  std::promise<TriggerResult> called;
  server.trigger_as(kBot, chat, message, Message{"back"}, "", [&](const TriggerResult& result) { called.set_value(result); });
  CHECK(value_of(called.get_future()).seq == 2);
  ann.reset();
  server.stop();
  CHECK(value_of(server.trigger_as(kBot, chat, message, Message{"late"})).code == ErrorCode::closed);
}

TEST_CASE("a message of a bot with a key is one message, also over a restart") {
  const TemporaryDirectory directory;
  const auto published = [&](const std::string& text, std::string_view key) {
    Config config = test_config();
    config.store = open_store("sqlite:" + directory.path() + "/log.db");
    Instance server = create_dialogue(std::move(config));
    server.listen();
    const TriggerResult result = value_of(server.trigger_as(kBot, chat, message, Message{text}, key));
    server.stop();
    return result;
  };
  const TriggerResult first = published("order 1001", "order-1001"), again = published("order 1001", "order-1001");
  CHECK(first.seq == 1);
  CHECK_FALSE(first.is_duplicate);
  CHECK(again.seq == 1);
  CHECK(again.is_duplicate);
  CHECK(published("another text", "order-1001").code == ErrorCode::producer_conflict);
  CHECK(published("counted", "billing/1").seq == 2);
  CHECK(published("counted", "billing/3").code == ErrorCode::producer_hole);
}

TEST_CASE("an identity or a key of another form is refused when it is passed") {
  Instance server = create_dialogue(test_config());
  server.listen();
  const auto refused = [&](const Identity& user, std::string_view key) {
    const TriggerResult result = value_of(server.trigger_as(user, "chat", "message", R"({"text":"x"})", key));
    CHECK(result.code == ErrorCode::request_invalid);
    return result.message;
  };
  CHECK(refused({"", {}, {}, {}}, "").find("user:") == 0);
  CHECK(refused({"system", {}, {}, {}}, "").find("user:") == 0);
  CHECK(refused({"ann", "line\nbreak", {}, {}}, "").find("user:") == 0);
  CHECK(refused({"ann", {}, "no object", {}}, "").find("user:") == 0);
  CHECK(refused(kBot, "two words").find("key:") == 0);
  CHECK(refused(kBot, "billing/0").find("key:") == 0);
}
