// Which records replace each other: those whose keys are equal values, and no others.
#include "server/core/log/event_retention.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "shared/schema/canonical_json.hpp"
#include "tests/shared/support/random_payload.hpp"

namespace dialogue::core {

using dialogue::testing::JsonTree;

TEST_CASE("F-Y1 F-Y4 keys that are equal values have one text, and different ones differ") {
  const auto key = [](const std::string& value) { return *property_text(R"({"k":)" + value + "}", "k"); };
  CHECK(key("1") == key("1.0"));
  CHECK(key("100") == key("1e2"));
  CHECK(key("0") == key("-0"));
  CHECK(key(R"("a")") == key(R"("\u0061")"));
  for (const auto& [a, b] : std::map<std::string, std::string>{{"1", R"("1")"},
                                                               {"true", R"("true")"},
                                                               {"9007199254740992", "9007199254740993"},
                                                               {R"("x\u0000")", R"("y\u0000")"},
                                                               {R"("x\u0000")", R"("x\\u0000\"")"},
                                                               {R"("x\u0000")", R"("x")"},
                                                               {"null", R"("")"}})
    CHECK(key(a) != key(b));
  CHECK(*property_text(R"({"\u0000":1,"k":"a"})", "k") == key(R"("a")"));
  CHECK(*property_text(R"({"k":1,"k":2})", "k") == key("2"));
  for (const char* without : {"{}", "[]", " 1 ", R"({"x":1})"}) CHECK(property_text(without, "k") == "");
  for (const char* no_payload : {R"({"k":1)", R"({"k":"\ud800"})", "[", "x", ""}) CHECK_FALSE(property_text(no_payload, "k"));
}

TEST_CASE("F-Y1 the text of a key is a function of its value, and never has U+0000") {
  testing::Random random(67'004);
  testing::RandomPayload payloads(random);
  testing::JsonTreeWriter writer(random);
  std::map<std::string, std::string> values;  // by the text
  for (int i = 0; i < 3'000; ++i) {
    JsonTree payload = payloads.object();
    payload.members.emplace_back("k", payloads.value(3));
    const std::string value = *canonical_json(writer.write(*testing::member_of(payload, "k")));
    const auto text = property_text(writer.write(payload), "k");
    REQUIRE(text);
    CHECK(text->find('\0') == std::string::npos);
    CHECK(values.emplace(*text, value).first->second == value);
  }
  std::map<std::string, std::string> texts;
  for (const auto& [text, value] : values) CHECK(texts.emplace(value, text).second);
}

}  // namespace dialogue::core
