// What a change of a call breaks: each key, in both directions.
#include <catch2/catch.hpp>

#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/definitions_json.hpp"
#include "tests/server/definitions/definition_files.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

using Lines = std::vector<std::string>;

Definitions with(const std::string& kind, const std::string& keys) {
  return definitions_of(R"({"events": {}, ")" + kind + R"(": {"a.b": {)" + keys + "}}}");
}
Definitions with_call(const std::string& keys) { return with("calls", keys); }

Lines changes(const Definitions& before, const Definitions& after) {
  Lines lines;
  for (const Change& change : compare_definitions(before, after)) lines.push_back(format_change(change));
  return lines;
}

const std::string kBreaks = "breaks old publishers: call a.b: ", kHarmless = "harmless: call a.b: ";

}  // namespace

TEST_CASE("F-Y3 each key of a call breaks callers when it tightens, and no client when it loosens") {
  const struct {
    const char *wide, *narrow, *wide_text, *narrow_text, *verb;
  } rows[] = {
      {"", R"("access": [])", "everybody", "no user", "is granted to "},
      {R"("access": ["role:a", "user:b"])", R"("access": ["user:b"])", "role:a, user:b", "user:b", "is granted to "},
      {R"("access": ["*"])", R"("access": ["role:staff"])", "*", "role:staff", "is granted to "},
      {"", R"("rateLimit": {"maxEvents": 1, "window": "1h"})", "any number of calls", "1 calls in 3600000 ms", "takes "},
      {R"("timeout": "60s")", R"("timeout": "1ms")", "60000 ms", "1 ms", "may take "},
      {"", R"("timeout": "9s")", "10000 ms", "9000 ms", "may take "},
  };
  for (const auto& row : rows) {
    INFO(row.wide << " -> " << row.narrow);
    const Definitions wide = with_call(row.wide), narrow = with_call(row.narrow);
    CHECK(changes(wide, narrow) == Lines{kBreaks + row.verb + row.narrow_text + " now; it was " + row.wide_text + "."});
    CHECK(changes(narrow, wide) == Lines{kHarmless + row.verb + row.wide_text + " now; it was " + row.narrow_text + "."});
    CHECK(changes(wide, wide).empty());
  }
  CHECK(changes(with_call(R"("access": ["role:a", "role:b"])"), with_call(R"("access": ["role:b", "role:a"])")).empty());
  CHECK(changes(with("streams", R"("items": true)"), with("streams", R"("items": true, "timeout": "9s")")) ==
        Lines{kBreaks + "may take 9000 ms now; it was any time."});
}

TEST_CASE("F-Y3 a call that is no longer repeated breaks callers, and another kind breaks both ends") {
  const Definitions plain = with_call(""), repeated = with_call(R"("idempotent": true)");
  CHECK(changes(repeated, plain) == Lines{kBreaks + "is not idempotent now: clients no longer repeat it by themselves."});
  CHECK(changes(plain, repeated) == Lines{kHarmless + "is idempotent now."});
  CHECK(changes(repeated, with("streams", R"("items": true)")).front() ==
        "breaks old publishers and readers: call a.b: is a stream now; it was a call.");
}

TEST_CASE("F-Y3 an error is a variant of what callers receive, and a change in a value names the call") {
  const Definitions one = with_call(R"("errors": {"a": true})"), two = with_call(R"("errors": {"a": true, "b": true})");
  CHECK(changes(one, two) == Lines{"breaks readers: call a.b, error b: is new."});
  CHECK(changes(two, one) == Lines{"harmless: call a.b, error b: is gone."});
  CHECK(changes(definitions_of(R"({"events": {}})"), one).front() == "harmless: call a.b: is new.");
  CHECK(changes(with_call(R"("answer": true)"), with_call(R"("answer": {"type": "string"})"))
            .front()
            .find(": call a.b, answer, $: ") != std::string::npos);
}

TEST_CASE("F-Y3 a rule for who may manage takes it from the users whose tokens grant it") {
  const auto room = [](const std::string& access) {
    return definitions_of(R"({"events": {}, "rooms": {"r": {"events": [])" + access + "}}}");
  };
  const Definitions usual = room(""), none = room(R"(, "access": {"manage": []})"),
                    staff = room(R"(, "access": {"manage": ["role:x"]})"), token = room(R"(, "access": {"manage": ["token"]})"),
                    all = room(R"(, "access": {"manage": ["*"]})");
  const std::string breaks = "breaks old publishers: room r: grants manage to ", harmless = "harmless: room r: grants manage to ",
                    by_session = "users whose session's token grants it";
  CHECK(changes(usual, none) == Lines{breaks + "no user now; it was " + by_session + "."});
  CHECK(changes(usual, staff) == Lines{breaks + "role:x now; it was " + by_session + "."});
  CHECK(changes(usual, token) == Lines{breaks + "token now; it was " + by_session + "."});  // the token of a JOIN
  CHECK(changes(token, usual) == Lines{breaks + by_session + " now; it was token."});
  CHECK(changes(none, usual) == Lines{harmless + by_session + " now; it was no user."});
  CHECK(changes(usual, all) == Lines{harmless + "* now; it was " + by_session + "."});
  CHECK(changes(usual, usual).empty());
}
