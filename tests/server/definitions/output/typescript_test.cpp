// Generated TypeScript against golden/everything.ts, which the type tests of js/ compile. To renew it after a wanted change:
// dialogue codegen tests/server/definitions/golden/everything.json --ts tests/server/definitions/golden/everything.ts
#include "server/definitions/output/typescript.hpp"

#include <catch2/catch.hpp>

#include "server/definitions/definitions_json.hpp"
#include "server/definitions/output/asyncapi.hpp"
#include "server/definitions/output/typescript_names.hpp"
#include "server/definitions/output/typescript_types.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/define/define.hpp"
#include "tests/server/definitions/definition_files.hpp"
#include "tests/source_dir.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

const std::string kGolden = source_dir() + "/tests/server/definitions/golden/everything";

std::string module_of(const Definitions& definitions, std::string_view source = "") {
  return typescript_module(definitions, make_catalogue(definitions).bytes, source);
}

TEST_CASE("the TypeScript module of the golden definitions is the golden one") {
  const LoadResult loaded = load_definitions(text_of(kGolden + ".json"));
  for (const std::string& line : loaded.lines()) FAIL(line);
  CHECK(module_of(loaded.definitions, "everything.json") == text_of(kGolden + ".ts"));
}

TEST_CASE("the order of a definition file does not matter to the module") {
  const auto module_from = [](const char* text) { return module_of(load_definitions(text).definitions); };
  CHECK(module_from(
            R"({"events": {"a": {"schema": true}, "b": {"schema": {"type": "null"}}}, "rooms": {"x": {"events": ["a", "b"]},
        "y": {"events": []}}})") ==
        module_from(
            R"({"rooms": {"y": {"events": []}, "x": {"events": ["b", "a"]}}, "events": {"b": {"schema": {"type": "null"}},
        "a": {"schema": {}}}})"));
}

struct Item {
  std::string title;
  std::vector<Item> parts;
};
enum class Level { low, high };

}  // namespace

template <>
inline constexpr auto dialogue::describe<Item> = fields(field<&Item::title>("title", max_length(9)), field<&Item::parts>("parts"),
                                                        description("A thing."));
template <>
inline constexpr auto dialogue::describe<Level> = values("low", "high");

namespace {

struct Report {
  std::vector<Item> items;
  Level level = Level::low;
  nullable<Item> top;
  std::optional<std::int32_t> count;
};

TEST_CASE("C++ definitions name their TypeScript types after the structs") {
  static constexpr auto report =
      define_event<Report>("report", field<&Report::items>("items", description("All of them.")), field<&Report::level>("level"),
                           field<&Report::top>("top"), field<&Report::count>("count"));
  static constexpr auto room = define_room("reports", {}, report);
  static constexpr auto app = define_app(room);
  const std::string module = module_of(Definitions(app));
  CHECK(module.find(R"(export interface Report {
  /** All of them. */
  items: Item[];
  level: "low" | "high";
  top: Item | null;
  /** a whole number; at least -2147483648; at most 2147483647 */
  count?: number;
}

/** A thing. */
export interface Item {
  /** at most 9 characters */
  title: string;
  parts: Item[];
}
)") != std::string::npos);
}

TEST_CASE("F-U-M12 what events share has a type of its name, and the catalogue of schemas that are written out") {
  const char* const text = R"({"$defs": {"Status": {"enum": ["open", "paid"]}, "Order": {"type": "object",
    "properties": {"id": {"type": "string"}, "status": {"$ref": "#/$defs/Status"}}, "required": ["id", "status"],
    "additionalProperties": false}}, "events": {"order.created": {"schema": {"$ref": "#/$defs/Order"}},
    "order.changed": {"schema": {"$ref": "#/$defs/Order"}}, "order.moved": {"schema": {"type": "object",
    "properties": {"to": {"$ref": "#/$defs/Status"}}, "required": ["to"], "additionalProperties": false}}}, "rooms": {}})";
  const LoadResult loaded = load_definitions(text);
  for (const std::string& line : loaded.lines()) FAIL(line);
  const std::string module = module_of(loaded.definitions);
  CHECK(module.find(R"(/** The payload of "order.changed", "order.created". */
export interface Order {
  id: string;
  status: Status;
}
)") != std::string::npos);
  CHECK(module.find("export interface OrderMoved {\n  to: Status;\n}\n") != std::string::npos);
  CHECK(module.find("export type Status = \"open\" | \"paid\";\n") != std::string::npos);
  CHECK(module.find("\"order.created\": Order;\n") != std::string::npos);
  const char* const order = R"({"type": "object", "properties": {"id": {"type": "string"},
    "status": {"enum": ["open", "paid"]}}, "required": ["id", "status"], "additionalProperties": false})";
  const std::string written_out = R"({"events": {"order.created": {"schema": )" + std::string(order) +
                                  R"(}, "order.changed": {"schema": )" + order + R"(}, "order.moved": {"schema": {
    "type": "object", "properties": {"to": {"enum": ["open", "paid"]}}, "required": ["to"], "additionalProperties": false}}},
    "rooms": {}})";
  CHECK(make_catalogue(loaded.definitions).bytes == make_catalogue(load_definitions(written_out).definitions).bytes);
  CHECK(asyncapi_document(loaded.definitions, "Shop").find("\"#/components/schemas/Status\"") != std::string::npos);
}

TEST_CASE("F-U-M12 a struct that is the payload of several events has its name") {
  static constexpr auto added = define_event<Item>("item.added");
  static constexpr auto removed = define_event<Item>("item.removed");
  static constexpr auto room = define_room("items", {}, added, removed);
  static constexpr auto app = define_app(room);
  const std::string module = module_of(Definitions(app));
  CHECK(module.find("export interface Item {") != std::string::npos);
  CHECK(module.find("\"item.removed\": Item;") != std::string::npos);
}

TEST_CASE("the properties that members may filter by are part of Events, and of an AsyncAPI message") {
  const char* const text = R"({"events": {"order": {"schema": true, "filterable": ["region", "customer.id"]},
    "paid": {"schema": true, "filterable": ["region"]}, "chat": {"schema": true}}, "rooms": {"all": {"events": ["order"]}}})";
  const Definitions definitions = load_definitions(text).definitions;
  const std::string module = module_of(definitions);
  CHECK(module.find("import type { DialogueApp, EventSchemas, Filterable, StandardSchema } from") != std::string::npos);
  CHECK(module.find(R"(interface Events extends Filterable<{ "order": "region" | "customer.id"; "paid": "region" }> {)") !=
        std::string::npos);
  CHECK(asyncapi_document(definitions, "Shop").find(R"("x-filterable":["region","customer.id"])") != std::string::npos);
  const Definitions plain = load_definitions(R"({"events": {"chat": {"schema": true}}, "rooms": {}})").definitions;
  CHECK(module_of(plain).find("Filterable") == std::string::npos);
  CHECK(asyncapi_document(plain, "Shop").find("x-filterable") == std::string::npos);
}

TEST_CASE("a value of bytes is a Uint8Array, and base64 in an AsyncAPI document") {
  const char* const text = R"({"events": {"picture": {"schema": {"type": "object", "additionalProperties": false,
    "properties": {"data": {"type": "string", "format": "bytes", "maxBytes": 1000},
      "thumb": {"type": ["string", "null"], "format": "bytes"}, "mark": {"enum": ["Zg=="], "format": "bytes"}}}},
    "uint8.array": {"schema": {"type": "null"}}}, "rooms": {}})";
  const LoadResult loaded = load_definitions(text);
  for (const std::string& line : loaded.lines()) FAIL(line);
  const std::string module = module_of(loaded.definitions);
  CHECK(module.find("import { payloadBytes } from \"dialogue-client/bytes\";\n") != std::string::npos);
  CHECK(module.find(R"(export interface Picture {
  /** at most 1000 bytes; bytes in base64 */
  data?: Uint8Array;
  /** bytes in base64 */
  thumb?: Uint8Array | null;
  mark?: "Zg==";
})") != std::string::npos);
  CHECK(module.find("\"uint8.array\": Uint8Array2;") != std::string::npos);
  CHECK(module.find("const catalogue =\n  \"") != std::string::npos);
  CHECK(module.find("  catalogue,\n  fingerprint: \"") != std::string::npos);
  CHECK(module.find("  bytes: payloadBytes(catalogue),\n};") != std::string::npos);
  const std::string document = asyncapi_document(loaded.definitions, "Pictures");
  CHECK(document.find(R"("data":{"type":"string","maxLength":1336,"contentEncoding":"base64"})") != std::string::npos);
}

TEST_CASE("a module without values of bytes imports nothing for them") {
  const Definitions plain =
      load_definitions(R"({"events": {"chat": {"schema": {"enum": ["Zg=="], "format": "bytes"}}}, "rooms": {}})").definitions;
  CHECK(module_of(plain).find("bytes") == std::string::npos);
}

TEST_CASE("type names are words of their own") {
  CHECK(pascal_case("message") == "Message");
  CHECK(pascal_case("game.move-made") == "GameMoveMade");
  CHECK(pascal_case("2d") == "Event2d");
  CHECK(pascal_case("~") == "Event");
  const LoadResult loaded = load_definitions(
      R"({"events": {"a.b": {"schema": {"type": "null"}}, "a-b": {"schema": {"type": "null"}},
        "events": {"schema": {"type": "null"}}}})");
  const std::string module = module_of(loaded.definitions);
  CHECK(module.find("\"a-b\": AB;") != std::string::npos);
  CHECK(module.find("\"a.b\": AB2;") != std::string::npos);
  CHECK(module.find("\"events\": Events2;") != std::string::npos);
}

TEST_CASE("F-Y8 no payload has the name of what a module imports or declares itself") {
  std::string events = R"("filtered": {"schema": true, "filterable": ["region"]})";
  for (const char* name : {"by-session", "dialogue-app", "event-schemas", "filterable", "presence-states", "standard-schema",
                           "events", "rooms", "calls", "record", "uint8-array"})
    events += std::string(", \"") + name + R"(": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}})";
  const LoadResult loaded = load_definitions(
      R"({"events": {)" + events + R"(}, "calls": {"a.b": {"request": true, "answer": true}}, "rooms": {"r": {"events": [],
        "presence": {"state": {"type": "object", "properties": {"x": {"type": "number"}}}, "merge": "sessions"}}}})");
  for (const std::string& line : loaded.lines()) FAIL(line);
  const std::string module = module_of(loaded.definitions);
  const std::string imports = module.substr(0, module.find("} from"));
  for (const char* name : {"BySession", "DialogueApp", "EventSchemas", "Filterable", "PresenceStates", "StandardSchema"}) {
    CHECK(imports.find(name) != std::string::npos);
    CHECK(module.find("interface " + std::string(name) + ' ') == std::string::npos);
  }
  for (const char* name : {"interface Events ", "interface Rooms ", "interface Calls "}) {
    INFO(name);
    CHECK(module.find(name) == module.rfind(name));
  }
  for (const char* name : {"interface Record ", "interface Uint8Array "}) CHECK(module.find(name) == std::string::npos);
}

TEST_CASE("a description cannot end its comment") {
  CHECK(jsdoc("a */ b", "") == "/** a *\\/ b */\n");
  CHECK(jsdoc("", "").empty());
}

TEST_CASE("bytes that are not a catalogue are refused") { CHECK_THROWS_AS(typescript_module({}, {}), std::invalid_argument); }

}  // namespace
