// What the validator says: code, path and argument, for each keyword and each way to break it.
#include "shared/validate/validator.hpp"

#include <catch2/catch.hpp>

#include "tests/shared/support/json_cases.hpp"
#include "tests/shared/support/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;

TEST_CASE("a payload of any type is checked as JSON and nothing else") {
  SchemaGraph graph;
  const NodeIndex any = graph.add({});
  const Built built(one_event(std::move(graph), any));
  for (const std::string& text : accepted_json()) {
    INFO(text);
    CHECK(verdict_of(built.view, text) == "ok");
  }
  for (const auto& [text, code] : refused_json()) {
    INFO(text.substr(0, 100));
    const std::string verdict = verdict_of(built.view, text);
    CHECK(verdict.substr(0, verdict.find(' ')) == error_name(code));
  }
}

TEST_CASE("a typed payload is checked as JSON all the way down") {
  // A recursive schema that allows everything but is no `true`, so that every value is walked and none is skipped.
  SchemaGraph graph;
  SchemaNode walked;
  walked.items = 0;
  walked.additional_properties = 0;
  walked.max_length = 1 << 20;
  graph.add(walked);
  const Built built(one_event(graph, 0));
  for (const std::string& text : accepted_json()) {
    INFO(text);
    CHECK(verdict_of(built.view, text) == "ok");
  }
  for (const auto& [text, code] : refused_json()) {
    INFO(text.substr(0, 100));
    const std::string verdict = verdict_of(built.view, text);
    CHECK(verdict.substr(0, verdict.find(' ')) == error_name(code));
  }
}

TEST_CASE("a wrong type is reported with the expected one") {
  CHECK(verdict_of(node_of(kString), "1") == "wrong_type $ string");
  CHECK(verdict_of(node_of(kInteger), "1.5") == "wrong_type $ integer");
  CHECK(verdict_of(node_of(kInteger | kNull), "\"1\"") == "wrong_type $ null or integer");
  CHECK(verdict_of(node_of(kNumber), "true") == "wrong_type $ number");
  CHECK(verdict_of(node_of(kObject | kArray | kBoolean), "null") == "wrong_type $ boolean or array or object");
  CHECK(verdict_of(node_of(0), "1") == "value_forbidden $");
  for (const char* whole : {"1", "1.0", "-0", "1e2", "1.5e1", "1e400"}) CHECK(verdict_of(node_of(kInteger), whole) == "ok");
  for (const char* number : {"1", "1.5", "1e-400", "-1e400"}) CHECK(verdict_of(node_of(kNumber), number) == "ok");
}

TEST_CASE("numbers are held against their bounds exactly") {
  SchemaNode node = node_of(kNumber);
  node.minimum = 0.1;
  node.exclusive_maximum = 9007199254740992.0;
  CHECK(verdict_of(node, "0.1") == "ok");
  CHECK(verdict_of(node, "0.10000000000000000000") == "ok");
  CHECK(verdict_of(node, "0.09999999999999999999999") == "too_small $ 0.1");
  CHECK(verdict_of(node, "9007199254740991.9999999999") == "ok");
  CHECK(verdict_of(node, "9007199254740992") == "too_large $ 9007199254740992");
  CHECK(verdict_of(node, "1e400") == "too_large $ 9007199254740992");
  CHECK(verdict_of(node, "-1e400") == "too_small $ 0.1");
  SchemaNode strict = node_of(kNumber);
  strict.exclusive_minimum = -5;
  strict.maximum = 5;
  CHECK(verdict_of(strict, "-5") == "too_small $ -5");
  CHECK(verdict_of(strict, "-5.0e0") == "too_small $ -5");
  CHECK(verdict_of(strict, "5") == "ok");
  CHECK(verdict_of(strict, "5.0000000000000000001") == "too_large $ 5");
  SchemaNode steps = node_of(kNumber);
  steps.multiple_of = 0.01;
  CHECK(verdict_of(steps, "19.99") == "ok");
  CHECK(verdict_of(steps, "0.075") == "not_multiple $ 0.01");
}

TEST_CASE("strings are counted in code points") {
  SchemaNode node = node_of(kString);
  node.min_length = 2;
  node.max_length = 3;
  CHECK(verdict_of(node, "\"\xf0\x9f\x98\x80\"") == "too_short $ 2");
  CHECK(verdict_of(node, "\"\xf0\x9f\x98\x80\xc3\xa9\"") == "ok");
  CHECK(verdict_of(node, R"("\ud83d\ude00\n\u0041")") == "ok");
  CHECK(verdict_of(node, "\"abcd\"") == "too_long $ 3");
  SchemaNode pattern = node_of(kString);
  pattern.pattern = "^[a-z]+$";
  CHECK(verdict_of(pattern, R"("\u0061b")") == "ok");
  CHECK(verdict_of(pattern, "\"aB\"") == "pattern_mismatch $ ^[a-z]+$");
  SchemaNode large = node_of(kString);
  large.pattern = "^[a-z]{1,100}$";
  CHECK(verdict_of(large, "\"" + std::string(5191, 'a') + "\"") == "too_long $ 5190");
  CHECK(verdict_of(large, "\"" + std::string(5190, 'a') + "\"") == "pattern_mismatch $ ^[a-z]{1,100}$");
  SchemaNode format = node_of(kString);
  format.format = Format::uuid;
  CHECK(verdict_of(format, "\"x\"") == "format_mismatch $ uuid");
}

TEST_CASE("of bytes the bytes are counted, and only of base64") {
  SchemaNode node = node_of(kString);
  node.format = Format::bytes;
  node.min_bytes = 2;
  node.max_bytes = 4;
  CHECK(verdict_of(node, R"("Zg==")") == "too_few_bytes $ 2");
  CHECK(verdict_of(node, R"("Zm8=")") == "ok");
  CHECK(verdict_of(node, R"("Zm9vY\u0067==")") == "ok");
  CHECK(verdict_of(node, R"("Zm9vYmE=")") == "too_many_bytes $ 4");
  CHECK(verdict_of(node, R"("Zm9vYmFy-")") == "format_mismatch $ bytes");
  SchemaNode limited = node_of(kString);
  limited.format = Format::bytes;
  limited.pattern = "^[a-z]{1,100}$";
  CHECK(verdict_of(limited, "\"" + std::string(5192, 'a') + "\"") == "too_many_bytes $ 3891");
  CHECK(verdict_of(limited, "\"" + std::string(5188, 'a') + "\"") == "pattern_mismatch $ ^[a-z]{1,100}$");
}

TEST_CASE("characters of bytes are not counted, nor bytes of other texts") {
  for (const bool is_bytes : {true, false}) {
    SchemaNode node = node_of(kString);
    if (is_bytes) node.format = Format::bytes;
    (is_bytes ? node.max_length : node.max_bytes) = 4;
    Definitions definitions;
    EventDefinition event;
    event.name = "data";
    event.schema = definitions.schemas.add(node);
    definitions.events.push_back(event);
    CHECK(make_catalogue(definitions).faults.size() == 1);
  }
}

TEST_CASE("enum and const compare by meaning") {
  SchemaNode node;
  node.enumeration = {{"1", R"({"a":[1,{}],"b":null})", "\"x\""}};
  for (const char* good :
       {"1", "1.0", "10e-1", "\"x\"", R"("\u0078")", R"({"b":null,"a":[1,{}]})", R"({"a":0,"b":null,"a":[1.0,{}]})"})
    CHECK(verdict_of(node, good) == "ok");
  for (const char* bad : {"2", "\"y\"", R"({"a":[1,{}]})", R"({"a":[1,{}],"b":null,"c":1})", R"({"a":[{},1],"b":null})",
                          R"({"a":[1,{}],"b":null,"b":1})"})
    CHECK(verdict_of(node, bad) == "not_in_enum $");
  CHECK(verdict_of(node, "true") == "wrong_type $ integer or string or object");
  CHECK(verdict_of(constant("1"), "2") == "not_const $");
  CHECK(verdict_of(constant("[]"), "[1]") == "not_const $");
}

TEST_CASE("faults of objects name missing and surplus members") {
  SchemaGraph graph;
  SchemaNode object = node_of(kObject);
  object.properties = {{"text", graph.add(node_of(kString)), true},
                       {"a b", graph.add(node_of(kInteger)), false},
                       {"id", graph.add(node_of(kInteger)), true}};
  object.additional_properties = graph.add(node_of(0));
  const NodeIndex root = graph.add(object);
  const Built built(one_event(graph, root));
  const auto verdict = [&](const char* payload) { return verdict_of(built.view, payload); };
  CHECK(verdict(R"({"text":"","id":1})") == "ok");
  CHECK(verdict(R"({"\u0074ext":"","id":1,"a b":2})") == "ok");
  CHECK(verdict("{}") == "required_missing $ id");
  CHECK(verdict(R"({"id":1})") == "required_missing $ text");
  CHECK(verdict(R"({"id":1,"text":2})") == "wrong_type $.text string");
  CHECK(verdict(R"({"id":1,"a b":""})") == R"(wrong_type $["a b"] integer)");
  CHECK(verdict(R"({"id":1,"more":2})") == "property_unknown $.more");
  CHECK(verdict(R"({"id":1,"\u006do\u0072e":2})") == "property_unknown $.more");
  CHECK(verdict(R"({"id":1,"":2})") == R"(property_unknown $[""])");
  CHECK(verdict(R"({"id":1,"x\ny":2})") == R"(property_unknown $["x\ny"])");
  CHECK(verdict(R"({"id":1,"id":1})") == "duplicate_key $.id id");
  CHECK(verdict(R"({"id":1,"\u0069d":1})") == "duplicate_key $.id id");
  CHECK(verdict(R"({"a b":1,"a b":1})") == R"(duplicate_key $["a b"] a b)");
}

TEST_CASE("a repeated undeclared key is allowed, and each of its values is checked") {
  SchemaGraph graph;
  SchemaNode object = node_of(kObject);
  object.additional_properties = graph.add(node_of(kInteger));
  const NodeIndex root = graph.add(object);
  const Built built(one_event(graph, root));
  CHECK(verdict_of(built.view, R"({"x":1,"x":2})") == "ok");
  CHECK(verdict_of(built.view, R"({"x":"","x":2})") == "wrong_type $.x integer");
}

TEST_CASE("a key that is only required counts as declared") {
  SchemaNode object = node_of(kObject);
  object.properties = {{"x", std::nullopt, true}};
  CHECK(verdict_of(object, R"({"x":1})") == "ok");
  CHECK(verdict_of(object, "{}") == "required_missing $ x");
  CHECK(verdict_of(object, R"({"x":1,"x":1})") == "duplicate_key $.x x");
}

TEST_CASE("different keys are counted once") {
  SchemaNode object = node_of(kObject);
  object.min_properties = 2;
  object.max_properties = 3;
  CHECK(verdict_of(object, R"({"a":1})") == "too_few_properties $ 2");
  CHECK(verdict_of(object, R"({"a":1,"a":2,"\u0061":3})") == "too_few_properties $ 2");
  CHECK(verdict_of(object, R"({"a":1,"b":2,"a":{"x":[]},"c":3,"b":1})") == "ok");
  CHECK(verdict_of(object, R"({"a":1,"b":2,"c":3,"d":4})") == "too_many_properties $ 3");
  object.min_properties = 5;  // nothing fits; what is said is still true
  CHECK(verdict_of(object, R"({"a":1,"b":2,"c":3,"d":4,"e":5})") == "too_many_properties $ 3");
  object.max_properties = 0;
  object.min_properties.reset();
  CHECK(verdict_of(object, "{}") == "ok");
  CHECK(verdict_of(object, R"({"a":1})") == "too_many_properties $ 0");
}

TEST_CASE("faults of arrays have place and count") {
  SchemaGraph graph;
  SchemaNode list = node_of(kArray);
  list.prefix_items = {graph.add(node_of(kString)), graph.add(node_of(kInteger))};
  list.items = graph.add(node_of(kBoolean));
  list.min_items = 1;
  list.max_items = 4;
  const NodeIndex root = graph.add(list);
  const Built built(one_event(graph, root));
  const auto verdict = [&](const char* payload) { return verdict_of(built.view, payload); };
  CHECK(verdict("[]") == "too_few_items $ 1");
  CHECK(verdict(R"(["a"])") == "ok");
  CHECK(verdict(R"(["a",1,true,false])") == "ok");
  CHECK(verdict(R"(["a","b"])") == "wrong_type $[1] integer");
  CHECK(verdict(R"(["a",1,2])") == "wrong_type $[2] boolean");
  CHECK(verdict(R"(["a",1,true,false,true])") == "too_many_items $ 4");
}

TEST_CASE("unique items differ in meaning") {
  SchemaNode list = node_of(kArray);
  list.unique_items = true;
  for (const char* good : {"[]", "[1,2]", "[1,true,\"1\",null,[1],{\"a\":1}]", "[0,false,\"\",null,[],{}]",
                           R"([{"a":1},{"a":2}])", R"([[1,2],[2,1]])", R"([{"a":1,"a":2},{"a":1}])", "[0.1,1e-2]"})
    CHECK(verdict_of(list, good) == "ok");
  CHECK(verdict_of(list, "[1,2,1.0]") == "items_not_unique $[2]");
  CHECK(verdict_of(list, R"(["a","b","\u0061"])") == "items_not_unique $[2]");
  CHECK(verdict_of(list, R"([{"a":1,"b":2},{"b":2,"a":1}])") == "items_not_unique $[1]");
  CHECK(verdict_of(list, R"([{"a":1,"a":2},{"a":2}])") == "items_not_unique $[1]");
  CHECK(verdict_of(list, "[[],{},[ ]]") == "items_not_unique $[2]");
  CHECK(verdict_of(list, "[0,-0]") == "items_not_unique $[1]");
  CHECK(verdict_of(list, "[1e400,10e399]") == "items_not_unique $[1]");
}

TEST_CASE("unique items and counted keys have a bound, so that no payload costs much") {
  SchemaNode list = node_of(kArray);
  list.unique_items = true;
  std::string numbers = "[0", objects = "[{\"a\":0}", keys = "{\"0\":0";
  for (int i = 1; i < 12000; ++i) {
    if (i < 1024) objects += ",{\"a\":" + std::to_string(i) + "}";
    numbers += "," + std::to_string(i);
    keys += ",\"" + std::to_string(i) + "\":0";
  }
  CHECK(verdict_of(list, numbers + "]") == "too_many_items $ 1024");
  CHECK(verdict_of(list, objects + "]") == "ok");
  CHECK(verdict_of(list, "[" + keys + "}]") == "too_many_items $ 0");  // its digest alone is too much work
  SchemaNode object = node_of(kObject);
  object.max_properties = 1024;
  CHECK(verdict_of(object, keys + "}") == "too_many_properties $ 1024");
  object.max_properties.reset();
  object.min_properties = 1024;
  CHECK(verdict_of(object, keys + "}") == "ok");
}

TEST_CASE("a tagged variant is chosen wherever its tag stands") {
  SchemaGraph graph;
  const auto variant = [&](const char* kind, std::uint8_t type) {
    SchemaNode node = node_of(kObject);
    node.properties = {{"kind", graph.add(constant("\"" + std::string(kind) + "\"")), true},
                       {"value", graph.add(node_of(type)), true}};
    node.additional_properties = graph.add(node_of(0));
    return graph.add(node);
  };
  SchemaNode choice;
  choice.one_of.emplace().tag = "kind";
  choice.one_of->by_tag = {{"text", variant("text", kString)}, {"number", variant("number", kNumber)}};
  choice.one_of->by_type = {graph.add(node_of(kNull))};
  const NodeIndex root = graph.add(choice);
  const Built built(one_event(graph, root));
  const auto verdict = [&](const char* payload) { return verdict_of(built.view, payload); };
  CHECK(verdict(R"({"kind":"text","value":"a"})") == "ok");
  CHECK(verdict(R"({"value":1,"kind":"number"})") == "ok");
  CHECK(verdict(R"( { "value" : [ { "kind":"number" } , "x" ] , "\u006bind" : "te\u0078t" } )") == "wrong_type $.value string");
  CHECK(verdict("null") == "ok");
  CHECK(verdict("1") == "wrong_type $ null or object");
  CHECK(verdict(R"({"kind":"other","value":1})") == "variant_unknown $.kind");
  CHECK(verdict(R"({"kind":1,"value":1})") == "variant_unknown $.kind");
  CHECK(verdict(R"({"value":1})") == "required_missing $ kind");
  CHECK(verdict("{}") == "required_missing $ kind");
  CHECK(verdict(R"({"kind":"text","value":"a","kind":"text"})") == "duplicate_key $.kind kind");
  CHECK(verdict(R"({"kind":"text","value":"a","more":1})") == "property_unknown $.more");
  CHECK(verdict(R"({"value":tru,"kind":"text"})") == "json_syntax $.value");
  CHECK(verdict(R"({"value":"a" "kind":"text"})") == "json_syntax $");
  CHECK(verdict(R"({"value":"a")") == "json_syntax $");
}

TEST_CASE("paths lead through keys and indexes, and quote keys that are not identifiers") {
  SchemaGraph graph;
  SchemaNode walked = node_of(kObject | kArray | kNumber);
  walked.items = 0;
  walked.additional_properties = 0;
  graph.add(walked);
  const Built built(one_event(graph, 0));
  CHECK(verdict_of(built.view, R"({"items":[0,0,0,{"price":"x"}]})") == "wrong_type $.items[3].price number or array or object");
  CHECK(verdict_of(built.view, R"({"a-b":{"_$1":[[null]]}})") == R"(wrong_type $["a-b"]._$1[0][0] number or array or object)");
  CHECK(verdict_of(built.view, R"({"1a":null})") == R"(wrong_type $["1a"] number or array or object)");
  CHECK(verdict_of(built.view, "{\"\xc3\xa9\":null}") == "wrong_type $[\"\xc3\xa9\"] number or array or object");
}

TEST_CASE("a path that is too long ends in dots, between characters") {
  SchemaGraph graph;
  SchemaNode walked = node_of(kObject);
  walked.additional_properties = 0;
  graph.add(walked);
  const Built built(one_event(graph, 0));
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string key = std::string(shift, 'x');
    for (int i = 0; i < 100; ++i) key += "\xf0\x9f\x98\x80";
    Verdict verdict;
    validate(built.view, 0, "{\"" + key + "\":1}", verdict);
    CHECK(verdict.path().ends_with("..."));
    CHECK(verdict.path().size() <= kErrorPathBytesMax);
    CHECK(verdict.path().size() > kErrorPathBytesMax - 4);
    const std::string_view text = verdict.path().substr(3 + shift, verdict.path().size() - 6 - shift);
    CHECK(text.size() % 4 == 0);
  }
}

TEST_CASE("the offset is where the fault is") {
  const auto offset_of = [](const SchemaNode& node, std::string_view payload) {
    SchemaGraph graph;
    const NodeIndex root = graph.add(node);
    const Built built(one_event(std::move(graph), root));
    Verdict verdict;
    validate(built.view, 0, payload, verdict);
    REQUIRE_FALSE(verdict.valid());
    return verdict.offset;
  };
  CHECK(offset_of(node_of(kString), "  1") == 2);
  CHECK(offset_of({}, "[1,2") == 4);
  CHECK(offset_of({}, "1 x") == 2);
  CHECK(offset_of(node_of(kArray), "[1,\"\xff\"]") == 5);
}

TEST_CASE("a payload nested 32 deep is the deepest") {
  SchemaGraph graph;
  SchemaNode walked = node_of(kArray);
  walked.items = 0;
  graph.add(walked);
  const Built built(one_event(graph, 0));
  CHECK(verdict_of(built.view, nested(32, "[", "", "]")) == "ok");
  const std::string verdict = verdict_of(built.view, nested(33, "[", "", "]"));
  CHECK(verdict.substr(0, 13) == "json_depth $[");
  CHECK(verdict.ends_with(" 32"));
}

TEST_CASE("raw line ends and tabs outside strings become spaces, and nothing else changes") {
  std::string text = "{\n\t\"a\\\"\n\" :\r\n [1,\t\"x\\\\\",\n\"\\n\"] }\n";
  make_single_line(text);
  CHECK(text == "{  \"a\\\"\n\" :   [1, \"x\\\\\", \"\\n\"] } ");
  std::string cut = "\"abc\\";
  make_single_line(cut);
  CHECK(cut == "\"abc\\");
  std::string open = "\"\n";
  make_single_line(open);
  CHECK(open == "\"\n");
  make_single_line({});
}

}  // namespace
