// Hostile catalogue bytes: what is not a whole catalogue is refused, and what is accepted can be used without reading outside.
// (The sanitizer builds are what makes the second half tell.)
#include "shared/catalogue/catalogue_check.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "shared/catalogue/catalogue_writer.hpp"
#include "shared/schema/canonical_json.hpp"
#include "shared/schema/catalogue_layout.hpp"
#include "tests/shared/support/sample_definitions.hpp"
#include "tests/shared/support/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;

/// Everything that can be asked of a view.
void use(const CatalogueView& view) {
  Verdict verdict;
  for (std::uint32_t event = 0; event < view.event_count(); ++event) {
    static_cast<void>(view.find_event(view.event(event).name));
    for (const std::string_view payload : kSamplePayloads) validate(view, event, payload, verdict);
  }
  for (std::uint32_t room = 0; room < view.room_count(); ++room) static_cast<void>(view.room_allows(room, 1));
  for (const char* id : {"chat", "game-7", "empty", ""}) static_cast<void>(view.match_room(id));
}

/// The bytes in memory of exactly their size, so that a sanitizer sees the first one outside.
std::optional<CatalogueView> parse_exact(const std::vector<std::uint8_t>& bytes, std::unique_ptr<std::uint8_t[]>& memory) {
  memory = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), memory.get());
  return CatalogueView::parse({memory.get(), bytes.size()});
}

TEST_CASE("the sample catalogue is whole and says what the payloads are") {
  const Built built(sample_definitions());
  use(built.view);
  std::vector<std::string> verdicts;
  for (const std::string_view payload : kSamplePayloads) verdicts.push_back(verdict_of(built.view, payload, 2));
  CHECK(verdicts == std::vector<std::string>{"ok", "ok", "ok", "items_not_unique $.list[3]", "ok", "variant_unknown $.one.kind",
                                             "ok", "wrong_type $ array or object", "too_few_items $.list 1"});
}

TEST_CASE("a catalogue that is cut or longer than it says is refused") {
  const Built built(sample_definitions());
  for (std::size_t size = 0; size < built.bytes.size(); ++size) {
    std::unique_ptr<std::uint8_t[]> memory;
    std::vector<std::uint8_t> cut(built.bytes.begin(), built.bytes.begin() + static_cast<long>(size));
    if (parse_exact(cut, memory)) FAIL("accepted when cut to " << size);
    if (size >= 8) cut[4] = static_cast<std::uint8_t>(size), cut[5] = static_cast<std::uint8_t>(size >> 8);
    if (parse_exact(cut, memory)) FAIL("accepted when cut to " << size << " with the right size in its header");
  }
  std::vector<std::uint8_t> longer = built.bytes;
  longer.push_back(0);
  CHECK_FALSE(is_well_formed_catalogue(longer));
  CHECK_FALSE(is_well_formed_catalogue({}));
}

TEST_CASE("a catalogue with any one byte changed is refused or harmless") {
  const Built built(sample_definitions());
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < built.bytes.size(); ++at)
    for (const int change : {0x01, 0x02, 0x04, 0x10, 0x40, 0x80, 0xff}) {
      std::vector<std::uint8_t> bytes = built.bytes;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ change);
      std::unique_ptr<std::uint8_t[]> memory;
      if (const auto view = parse_exact(bytes, memory)) {
        use(*view);
        ++accepted;
      }
    }
  CHECK(accepted > 0);  // the fingerprint is not computed again, and a text may be another text
}

TEST_CASE("a catalogue with several words changed is refused or harmless") {
  const Built built(sample_definitions());
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::uint8_t> bytes = built.bytes;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
      const std::size_t at = random() % (bytes.size() - 4);
      const std::uint32_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      7,
                                      0xFFFFFFFF,
                                      0x7FFFFFFF,
                                      static_cast<std::uint32_t>(bytes.size()),
                                      static_cast<std::uint32_t>(random() % bytes.size()),
                                      static_cast<std::uint32_t>(random())};
      const std::uint32_t value = values[random() % std::size(values)];
      for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    std::unique_ptr<std::uint8_t[]> memory;
    if (const auto view = parse_exact(bytes, memory)) use(*view);
  }
  SUCCEED();
}

TEST_CASE("a oneOf that leads to itself ends with a verdict") {
  SchemaGraph graph;
  SchemaNode choice;
  choice.one_of.emplace().tag = "kind";
  choice.one_of->by_tag = {{"a", sample_variant(graph, "a", graph.add({}))}};
  const NodeIndex root = graph.add(choice);
  Built built(one_event(std::move(graph), root));
  const NodeView node(built.bytes.data(), built.view.event(0).schema);
  REQUIRE(node.has(NodeField::one_of));
  std::uint8_t* const branch = built.bytes.data() + node.word(NodeField::one_of) + 4 * 4;
  REQUIRE(read_word(branch) != built.view.event(0).schema);
  *branch = static_cast<std::uint8_t>(built.view.event(0).schema);
  const auto view = CatalogueView::parse(built.bytes);
  REQUIRE(view);
  CHECK(verdict_of(*view, R"({"kind":"a"})") == "variant_unknown $");
}

TEST_CASE("bounds that the validator's fixed room relies on are demanded of the bytes") {
  SchemaNode list = node_of(kArray);
  list.unique_items = true;
  list.max_items = 1024;
  SchemaGraph graph;
  const NodeIndex root = graph.add(list);
  Built built(one_event(std::move(graph), root));
  std::uint8_t* const record = built.bytes.data() + built.bytes.size() - 12;  // [flags][mask][max items] ends the catalogue
  REQUIRE(read_word(record + 8) == 1024);
  CHECK(is_well_formed_catalogue(built.bytes));
  record[8] = 1;
  CHECK_FALSE(is_well_formed_catalogue(built.bytes));  // 1025
}

/// A catalogue of one event with this schema, as no builder would write it.
std::vector<std::uint8_t> written(const std::vector<NormalNode>& nodes) {
  EventDefinition event;
  event.name = "e";
  CatalogueContent content;
  content.events = {&event};
  content.schemas = {nodes, {0}};
  return write_catalogue(content);
}

bool is_taken(const std::vector<NormalNode>& nodes) { return is_well_formed_catalogue(written(nodes)); }

TEST_CASE("F-Y9 a listed value that is longer than it need be uses up the work of a payload, and not the page's time") {
  NormalNode list, item;
  list.items = 1;
  item.enumeration = {"1." + std::string(10'000, '0')};
  const std::vector<std::uint8_t> bytes = written({list, item});
  const auto view = CatalogueView::parse(bytes);
  REQUIRE(view);
  const auto ones = [](std::size_t count) {
    std::string payload = "[1";
    for (std::size_t i = 1; i < count; ++i) payload += ",1";
    return payload + "]";
  };
  Verdict verdict;
  validate(*view, 0, ones(1), verdict);
  CHECK(verdict.valid());
  validate(*view, 0, ones(20'000), verdict);
  CHECK(verdict.code == ErrorCode::not_const);
}

TEST_CASE("F-Y9 numbers are as short as doubles are, and branches by type are no more than there are types") {
  NormalNode number;
  number.numbers[0] = canonical_number(-std::numeric_limits<double>::denorm_min());
  CHECK(is_taken({number}));
  number.numbers[0] = std::string(33, '9');
  CHECK_FALSE(is_taken({number}));

  const auto branches = [](const std::vector<std::uint8_t>& types) {
    NormalNode node;
    node.one_of.emplace();
    for (const std::uint8_t each : types) node.one_of->by_type.emplace_back(each, 1);
    return is_taken({node, NormalNode()});
  };
  CHECK(branches({kNull, kBoolean, kInteger | kNumber, kString, kArray, kObject}));
  CHECK(branches({kNull | kBoolean, kString}));
  CHECK_FALSE(branches({kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject, 0}));
  CHECK_FALSE(branches({static_cast<std::uint8_t>(kAnyType + 1)}));
}

}  // namespace
