// The middleware that comes with the server, each by itself, and the chain that definitions and an application make together.
#include <catch2/catch.hpp>
#include <dialogue/middleware.hpp>
#include <dialogue/setup_error.hpp>

#include "server/middleware/chain.hpp"
#include "server/middleware/rewrite_json.hpp"
#include "shared/schema/canonical_json.hpp"
#include "tests/shared/support/random_payload.hpp"

namespace dialogue::middleware {

using namespace core;

namespace {

HookVerdict ask(const MiddlewareFunction& middleware, std::string_view payload, const std::string& role = {}) {
  Identity identity;
  identity.user_id = "ann";
  identity.role = role;
  return middleware({identity, "s1", "chat", "message", payload});
}

}  // namespace

TEST_CASE("values of JSON are replaced in place, and everything else stays") {
  const auto by_path = [](std::string_view wanted) {
    return [wanted](std::string_view path, std::string_view) {
      return path == wanted ? std::optional<std::string>("0") : std::nullopt;
    };
  };
  CHECK(rewrite_json(R"({"a":{"b":[1,{"c":"x"}]},"d":[[2e3]]})", by_path("a.b")) == R"({"a":{"b":0},"d":[[2e3]]})");
  CHECK(rewrite_json(R"({"a":{"b":[1,{"c":"x"},{"c":[]}]}})", by_path("a.b.c")) == R"({"a":{"b":[1,{"c":0},{"c":0}]}})");
  CHECK(rewrite_json(R"({"q\"":{},"b":[]})", by_path("b")) == R"({"q\"":{},"b":0})");
  CHECK(rewrite_json("[]", by_path("")) == "0");
  CHECK_FALSE(rewrite_json(R"({"a":1})", by_path("b")));
}

TEST_CASE("a content filter refuses, in texts at any depth, whatever the case") {
  const MiddlewareFunction filter = content_filter({{R"(\bdarn\b)", "he+ck"}, {}});
  CHECK(ask(filter, R"({"text":"a darned good word"})").allows());
  CHECK(ask(filter, R"({"darn":1})").allows());
  CHECK(ask(filter, R"({"text":"Darn it"})").code == ErrorCode::denied_by_hook);
  CHECK(ask(filter, R"([{"a":["x",{"b":"oh heeeck"}]}])").code == ErrorCode::denied_by_hook);
  CHECK(ask(filter, R"("d\u0061rn")").code == ErrorCode::denied_by_hook);  // as it reads, not as it is written
}

TEST_CASE("a content filter replaces matches if it has a replacement, which is inserted verbatim") {
  const MiddlewareFunction filter = content_filter({{"d(a)rn"}, R"(\1\)"});
  CHECK_FALSE(ask(filter, R"({"text":"fine"})").payload);
  CHECK(ask(filter, R"({"text":"darn, DARN","n":1})").payload == R"({"text":"\\1\\, \\1\\","n":1})");
  CHECK(content_filter({{"x"}, "", false})({Identity(), "", "", "", R"("xX")"}).payload == R"("X")");
}

TEST_CASE("F-Y1 a filter and a redaction read every payload that a schema may let through, U+0000 included") {
  const MiddlewareFunction refuses = content_filter({{"darn"}, {}}), replaces = content_filter({{"darn"}, "****"});
  CHECK(ask(refuses, R"({"text":"darn\u0000"})").code == ErrorCode::denied_by_hook);
  CHECK(ask(refuses, R"({"\u0000":1,"text":"darn"})").code == ErrorCode::denied_by_hook);
  CHECK(ask(replaces, R"({"text":"darn","\u0000":1,"email":"a@b.c"})").payload ==
        R"({"text":"****","\u0000":1,"email":"a@b.c"})");
  CHECK(ask(redact({"email"}), R"({"\u0000":1,"text":"x","email":"a@b.c"})").payload ==
        R"({"\u0000":1,"text":"x","email":"[redacted]"})");
}

TEST_CASE("F-Y1 a rewritten payload is the same but for what was replaced") {
  testing::Random random(67'002);
  testing::RandomPayload payloads(random);
  testing::JsonTreeWriter writer(random);
  const auto darned = [](const testing::JsonTree& tree, const auto& self) -> bool {
    const auto has = [&self](const auto& member) { return self(member, self); };
    return tree.text.find("darn") != std::string::npos || std::any_of(tree.items.begin(), tree.items.end(), has) ||
           std::any_of(tree.members.begin(), tree.members.end(), [&](const auto& member) { return has(member.second); });
  };
  for (int i = 0; i < 2'000; ++i) {
    const testing::JsonTree payload = payloads.value();
    const std::string text = writer.write(payload);
    INFO(text);
    CHECK(ask(content_filter({{"darn"}, {}}), text).allows() != darned(payload, darned));
    const auto rewritten = ask(content_filter({{"darn"}, "darn"}), text).payload;
    if (rewritten) CHECK(canonical_json(*rewritten) == canonical_json(text));
  }
}

TEST_CASE("a step that cannot read a payload throws, which refuses it") {
  for (const char* text : {R"({"a":1)", R"({"a":{"b":"\ud800"}})", R"(["x)", "nonsense"}) {
    CHECK_THROWS_AS(ask(content_filter({{"darn"}, {}}), text), UnreadablePayload);
    CHECK_THROWS_AS(ask(redact({"email"}), text), UnreadablePayload);
  }
}

TEST_CASE("an expression that RE2 does not take is refused with its reason") {
  CHECK_THROWS_WITH(content_filter({{"(a"}, {}}), Catch::Matchers::Contains("(a") && Catch::Matchers::Contains("missing )"));
}

TEST_CASE("an expression with exponential backtracking elsewhere is fast here") {
  const MiddlewareFunction filter = content_filter({{"(a+)+$"}, {}});
  CHECK(ask(filter, "\"" + std::string(60'000, 'a') + "!\"").allows());
}

TEST_CASE("redaction puts a text in the place of properties by their path") {
  const MiddlewareFunction cards = redact({"card.number", "email"});
  CHECK(ask(cards, R"({"card":{"number":4111,"name":"A"},"email":"a@b"})").payload ==
        R"({"card":{"number":"[redacted]","name":"A"},"email":"[redacted]"})");
  CHECK_FALSE(ask(cards, R"({"number":4111})").payload);
  CHECK(ask(redact({"n"}, "null"), R"([{"n":1},{"n":2}])").payload == R"([{"n":null},{"n":null}])");
}

TEST_CASE("a required role and a size guard name the missing requirement") {
  CHECK(ask(require_role("host"), "1", "host").allows());
  CHECK(ask(require_role("host"), "1", "guest").reason == "it needs the role host");
  CHECK(ask(size_guard(3), "123").allows());
  CHECK(ask(size_guard(3), "1234").reason == "it is larger than 3 bytes");
}

TEST_CASE("the logger logs user, event and room, and no payload") {
  std::vector<LogLine> lines;
  CHECK(ask(log_messages([&](const LogLine& line) { lines.push_back(line); }), R"({"text":"secret"})").allows());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].event == "message");
  CHECK(lines[0].fields == R"({"room":"chat","event_name":"message","user":"ann","session":"s1","bytes":17})");
}

TEST_CASE("the chain: for all rooms before for one, defined before added") {
  Definitions definitions;
  const auto role = [](const std::string& name) { return MiddlewareDefinition{MiddlewareUse::required_role, {}, {}, name, 0}; };
  definitions.middleware = {role("1"), {MiddlewareUse::size_guard, {}, {}, {}, 5}};
  definitions.rooms.emplace_back().id = "chat";
  definitions.rooms.back().middleware = {role("4")};
  const auto chain =
      middleware_chain(definitions, {{"chat", require_role("5"), {}}, {"", require_role("3"), {}}}, [](const LogLine&) {});
  REQUIRE(chain.size() == 5);
  CHECK(ask(chain[0].judge, "1").reason == "it needs the role 1");
  CHECK(ask(chain[1].judge, "123456").reason == "it is larger than 5 bytes");
  CHECK(ask(chain[2].judge, "1").reason == "it needs the role 3");
  CHECK(chain[2].room.empty());
  CHECK(ask(chain[3].judge, "1").reason == "it needs the role 4");
  CHECK(chain[3].room == "chat");
  CHECK(ask(chain[4].judge, "1").reason == "it needs the role 5");
}

}  // namespace dialogue::middleware
