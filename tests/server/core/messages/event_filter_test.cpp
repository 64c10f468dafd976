// Filters: what they let through, compared with a plain reading of the same tree, and what is refused.
#include "server/core/messages/event_filter.hpp"

#include <catch2/catch.hpp>

#include "server/core/connection/filter_table.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/schema/canonical_json.hpp"
#include "tests/shared/support/random_payload.hpp"

namespace dialogue::core {
namespace {

struct Fixture {
  Fixture() {
    for (const char* name : {"created", "paid"}) {
      EventDefinition event;
      event.name = name;
      event.schema = definitions.schemas.add({});
      definitions.events.push_back(event);
    }
    definitions.events[0].filterable = {"region", "total", "customer.id", "customer.address.city"};
    definitions.events[1].filterable = {"region"};
    bytes = make_catalogue(definitions).bytes;
    catalogue = *CatalogueView::parse(bytes);
    fields.emplace(catalogue, definitions.events);
  }
  [[nodiscard]] bool lets(std::string_view filter, std::string_view payload, std::uint32_t event = 0) const {
    const auto read = EventFilter::read(filter, *fields);
    if (const auto* fault = std::get_if<Error>(&read)) FAIL(fault->argument);
    FilterFields::Values values;
    fields->read(event, payload, values);
    return std::get<EventFilter>(read).matches(values);
  }
  [[nodiscard]] std::string fault(std::string_view filter) const {
    const auto read = EventFilter::read(filter, *fields);
    const auto* error = std::get_if<Error>(&read);
    return error != nullptr ? error->argument : "none";
  }
  Definitions definitions;
  std::vector<std::uint8_t> bytes;
  CatalogueView catalogue;
  std::optional<FilterFields> fields;
};

}  // namespace

TEST_CASE("each operator compares values of one kind") {
  const Fixture on;
  for (const auto& [filter, payload, expected] : std::vector<std::tuple<const char*, const char*, bool>>{
           {R"({"eq":["region","eu"]})", R"({"region":"eu"})", true},
           {R"({"eq":["region","eu"]})", R"({"region":"\u0065u"})", true},
           {R"({"eq":["region","eu"]})", R"({"region":"us"})", false},
           {R"({"eq":["region","1"]})", R"({"region":1})", false},
           {R"({"eq":["total",1]})", R"({"total":1.0})", true},
           {R"({"eq":["total",true]})", R"({"total":true})", true},
           {R"({"eq":["total",true]})", R"({"total":1})", false},
           {R"({"eq":["total",null]})", R"({"total":null})", true},
           {R"({"eq":["total",null]})", "{}", false},
           {R"({"ne":["region","eu"]})", R"({"region":"us"})", true},
           {R"({"ne":["region","eu"]})", R"({"region":"eu"})", false},
           {R"({"ne":["region","eu"]})", "{}", true},
           {R"({"ne":["region","eu"]})", R"({"region":["eu"]})", true},
           {R"({"in":["region",["eu","uk"]]})", R"({"region":"uk"})", true},
           {R"({"in":["region",[]]})", R"({"region":"uk"})", false},
           {R"({"prefix":["region","eu-"]})", R"({"region":"eu-west"})", true},
           {R"({"prefix":["region","eu-"]})", R"({"region":"eu"})", false},
           {R"({"lt":["total",5]})", R"({"total":4.9})", true},
           {R"({"lt":["total",5]})", R"({"total":"4"})", false},
           {R"({"lte":["total",5]})", R"({"total":5})", true},
           {R"({"gt":["total",-1e3]})", R"({"total":-999})", true},
           {R"({"gte":["region","b"]})", R"({"region":"a"})", false},
           {R"({"exists":"customer.id"})", R"({"customer":{"id":null}})", true},
           {R"({"exists":"customer.id"})", R"({"customer":"id"})", false},
           {R"({"eq":["customer.address.city","Rome"]})", R"({"customer":{"id":1,"address":{"city":"Rome"}}})", true},
           {R"({"eq":["region",2]})", R"({"region":1,"region":2})", true},
           {R"({"exists":"customer.id"})", R"({"customer":{"id":1},"customer":{}})", false},
           {R"({"not":{"exists":"region"}})", "[]", true},
           {R"({"and":[{"exists":"region"},{"or":[{"eq":["total",1]},{"eq":["total",2]}]}]})", R"({"region":1,"total":2})", true},
           {R"({"and":[{"exists":"region"},{"or":[{"eq":["total",1]},{"eq":["total",2]}]}]})", R"({"region":1,"total":3})",
            false},
       }) {
    INFO(filter << " on " << payload);
    CHECK(on.lets(filter, payload) == expected);
  }
}

TEST_CASE("F-Y1 a field is found in every payload, and its value is whole, U+0000 included") {
  const Fixture on;
  CHECK(on.lets(R"({"eq":["region","eu"]})", R"({"\u0000":1,"region":"eu"})"));
  CHECK_FALSE(on.lets(R"({"ne":["region","eu"]})", R"({"\u0000":1,"region":"eu"})"));
  CHECK(on.lets(R"({"exists":"customer.id"})", R"({"customer":{"\u0000":{},"id":1}})"));
  CHECK(on.lets(R"({"prefix":["region","eu"]})", R"({"region":"eu\u0000"})"));
  CHECK(on.lets(R"({"eq":["region","eu\u0000x"]})", R"({"region":"eu\u0000x"})"));
  CHECK_FALSE(on.lets(R"({"eq":["region","eu\u0000x"]})", R"({"region":"eu\u0000y"})"));
}

TEST_CASE("F-Y1 equal values and only they pass a filter for them") {
  const Fixture on;
  testing::Random random(67'003);
  testing::RandomPayload payloads(random);
  testing::JsonTreeWriter writer(random);
  int passed = 0;
  for (int i = 0; i < 3'000; ++i) {
    testing::JsonTree payload = payloads.object(), wanted = payloads.value(4);
    const std::size_t place = random.below(payload.members.size() + 1);
    payload.members.insert(payload.members.begin() + static_cast<std::ptrdiff_t>(place), {"region", payloads.value(3)});
    const std::string value = writer.write(wanted), text = writer.write(payload);
    const std::string found = writer.write(*testing::member_of(payload, "region"));
    INFO(value << " on " << text);
    const bool is_equal = canonical_json(value) == canonical_json(found);
    CHECK(on.lets(R"({"eq":["region",)" + value + "]}", text) == is_equal);
    CHECK(on.lets(R"({"ne":["region",)" + value + "]}", text) != is_equal);
    passed += is_equal ? 1 : 0;
  }
  CHECK(passed > 100);
}

TEST_CASE("F-Y7 numbers are compared by their exact value, texts by their code points") {
  const Fixture on;
  for (const auto& [filter, payload, expected] : std::vector<std::tuple<const char*, const char*, bool>>{
           {R"({"eq":["total",9007199254740992]})", R"({"total":9007199254740993})", false},
           {R"({"gt":["total",9007199254740992]})", R"({"total":9007199254740993})", true},
           {R"({"gte":["total",100]})", R"({"total":1e400})", true},
           {R"({"lt":["total",1]})", R"({"total":-1e400})", true},
           {R"({"eq":["total",0]})", R"({"total":-0.0})", true},
           {R"({"eq":["total",1e400]})", R"({"total":10e399})", true},
           {R"({"gt":["region","\uffff"]})", R"({"region":"\ud83d\ude00"})", true},
       }) {
    INFO(filter << " on " << payload);
    CHECK(on.lets(filter, payload) == expected);
  }
}

TEST_CASE("a long number in a payload is read once, whatever the filters compare it with") {
  const Fixture on;
  std::string filter = R"({"or":[)";
  for (int i = 0; i < 20; ++i)
    filter += std::string(i == 0 ? "" : ",") + R"({"in":["total",[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9]]})";
  filter += "]}";
  const std::string payload = R"({"total":)" + std::string(60'000, '9') + "}";
  const auto read = EventFilter::read(filter, *on.fields);
  REQUIRE(std::holds_alternative<EventFilter>(read));
  FilterFields::Values values;
  on.fields->read(0, payload, values);
  for (int i = 0; i < 5'000; ++i) REQUIRE_FALSE(std::get<EventFilter>(read).matches(values));
}

TEST_CASE("an event is filtered by its own filterable fields only") {
  const Fixture on;
  CHECK(on.lets(R"({"eq":["total",1]})", R"({"total":1})", 0));
  CHECK_FALSE(on.lets(R"({"eq":["total",1]})", R"({"total":1})", 1));
  CHECK(on.lets(R"({"eq":["region",1]})", R"({"region":1})", 1));
}

TEST_CASE("a filter is bounded in nodes, depth, values and bytes") {
  const Fixture on;
  const auto nested = [](int depth) {
    std::string text = R"({"exists":"region"})";
    for (int i = 1; i < depth; ++i) text = R"({"not":)" + text + '}';
    return text;
  };
  const auto wide = [](int nodes) {
    std::string text = R"({"or":[)";
    for (int i = 1; i < nodes; ++i) text += std::string(i == 1 ? "" : ",") + R"({"exists":"total"})";
    return text + "]}";
  };
  const auto listed = [](int values) {
    std::string text = R"({"in":["total",[0)";
    for (int i = 1; i < values; ++i) text += ",0";
    return text + "]]}";
  };
  CHECK(on.fault(nested(8)) == "none");
  CHECK(on.fault(nested(9)) == "filter $.not.not.not.not.not.not.not.not is nested more than 8 levels deep");
  CHECK(on.fault(wide(64)) == "none");
  CHECK(on.fault(wide(65)) == "filter $.or[63] is one node more than the 64 that a filter may have");
  CHECK(on.fault(listed(64)) == "none");
  CHECK(on.fault(listed(65)) == "filter $.in has more than 64 values");
  CHECK(on.fault(R"({"eq":["region",")" + std::string(2048, 'x') + "\"]}") == "filter is larger than 2048 bytes");
}

TEST_CASE("an invalid filter is refused with its place, and nothing else happens") {
  const Fixture on;
  const std::string good = R"({"and":[{"in":["region",["eu","uk"]]},{"not":{"lt":["customer.id",5]}}]})";
  CHECK(on.fault(good) == "none");
  for (std::size_t cut = 0; cut < good.size(); ++cut) CHECK(on.fault(good.substr(0, cut)) != "none");
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char c : {'"', '[', ']', '{', '}', ',', ':', '1', 'x', '\0'}) {
      std::string changed = good;
      changed[at] = c;
      CHECK_FALSE(on.fault(changed).empty());
    }
  CHECK(on.fault(R"({"eq":["region"]})") == "filter $.eq is not [FIELD, VALUE]");
  CHECK(on.fault(R"({"eq":["region",1,2]})") == "filter $.eq is not [FIELD, VALUE]");
  CHECK(on.fault(R"({"prefix":["region",1]})") == "filter $.prefix compares with a string only");
  CHECK(on.fault(R"({"in":["region",[[]]]})") == "filter $.in compares with a string, a number, a boolean or null only");
  CHECK(on.fault(R"({"exists":"price"})") ==
        "filter $.exists has the field \"price\", and filterable are customer.address.city, customer.id, region, total");
}

TEST_CASE("members with the same text share a filter, and filters without members are evicted") {
  const Fixture on;
  FilterTable table(*on.fields);
  const auto read = [&](int i) {
    return std::get<std::shared_ptr<SharedFilter>>(table.read("{\"eq\":[\"total\"," + std::to_string(i) + "]}"));
  };
  const auto kept = read(-1);
  CHECK(read(-1) == kept);
  for (int i = 0; i < 10'000; ++i) (void)read(i);
  CHECK(table.size() <= 64);
  CHECK(read(-1) == kept);
  std::vector<std::shared_ptr<SharedFilter>> held;
  for (int i = 0; i < 1000; ++i) held.push_back(read(i));
  CHECK(table.size() <= 2 * held.size() + 64);
}

}  // namespace dialogue::core
