// The document against updates that Yjs 13.6 made, and against bytes that it would fail on. tests/differential/documents.test.mjs
// has the random histories.
#include "shared/document/document.hpp"

#include <catch2/catch.hpp>

#include "shared/base/hex.hpp"
#include "shared/base/limits.hpp"
#include "shared/document/byte_writer.hpp"
#include "shared/document/document_limits.hpp"
#include "shared/document/view.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::document;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at < hex.size(); at += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
  return bytes;
}

std::string as_hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) append_hex(hex, static_cast<std::uint8_t>(byte), 2);
  return hex;
}

const std::string kHi = from_hex("010101000401017402486900");                    // client 1 writes "Hi" into "t"
const std::string kBang = from_hex("01010200840101012100");                      // client 2 "!" behind it
const std::string kWithoutH = from_hex("000101010001");                          // "H" is deleted
const std::string kFive = from_hex("0101050004010174046669766500");              // client 5 "five" at place 0 of "t"
const std::string kSix = from_hex("01010600040101740373697800");                 // client 6 "six" there
const std::string kNested = from_hex("010207000701016c0008000700027d017d0200");  // an array with 1, 2 in "l"
const std::string kMap = from_hex("010203002101016d016b01a8030001750278760101617e0103010001");

Refusal judge(Document& document, std::string_view update) { return document.apply(update, nullptr); }

std::string shown(const Document& document) { return text_of(*document.root("t")); }

/// An update of one client from `structs` without deletions.
std::string update_of(std::uint64_t client, std::uint64_t clock, const std::vector<std::string>& structs) {
  std::string out;
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{structs.size()}, client, clock}) put_integer(out, number);
  for (const std::string& each : structs) out += each;
  return out + '\0';
}

/// A struct without neighbours in a root.
std::string in_root(Kind kind, std::string_view root, std::string_view content) {
  std::string out;
  put_byte(out, static_cast<unsigned>(kind));
  put_integer(out, 1);
  put_bytes(out, root);
  return out.append(content);
}

/// An array in the type that another item holds.
std::string array_in(const Id& parent) {
  std::string out("\x07\x00", 2);
  put_integer(out, parent.client);
  put_integer(out, parent.clock);
  return out + '\0';
}

void refuses(std::string_view update, Refusal refusal) {
  Document document;
  REQUIRE(judge(document, kHi) == Refusal::none);
  const std::string before = document.encode();
  CHECK(judge(document, update) == refusal);
  CHECK(document.encode() == before);
  CHECK_FALSE(document.is_spoiled());
}

TEST_CASE("a document encodes as Yjs does") {
  Document document;
  CHECK(document.encode() == std::string(2, '\0'));
  CHECK(document.state_vector() == std::string(1, '\0'));
  REQUIRE(judge(document, kHi) == Refusal::none);
  CHECK(document.encode() == kHi);
  REQUIRE(judge(document, kBang) == Refusal::none);
  CHECK(as_hex(document.encode()) == "0201020084010101210101000401017402486900");
  CHECK(as_hex(document.state_vector()) == "0202010102");
  CHECK(shown(document) == "Hi!");
  REQUIRE(judge(document, kWithoutH) == Refusal::none);
  CHECK(shown(document) == "i!");
  std::string since;
  REQUIRE(document.encode_since(from_hex("010102"), since));
  CHECK(as_hex(since) ==
        "01010200840101012101"
        "01010001");
  CHECK_FALSE(document.encode_since("\x05", since));
}

TEST_CASE("what was new is an update, and what was known is none") {
  Document document;
  std::string fresh;
  REQUIRE(document.apply(kHi, &fresh) == Refusal::none);
  CHECK(fresh == kHi);
  REQUIRE(document.apply(kHi, &fresh) == Refusal::none);
  CHECK(fresh.empty());
  REQUIRE(document.apply(kWithoutH, &fresh) == Refusal::none);
  CHECK(fresh == kWithoutH);
  REQUIRE(document.apply(kWithoutH, &fresh) == Refusal::none);
  CHECK(fresh.empty());
}

TEST_CASE("insertions at one place have one order, whichever comes first") {
  for (const bool is_five_first : {true, false}) {
    Document document;
    REQUIRE(judge(document, is_five_first ? kFive : kSix) == Refusal::none);
    REQUIRE(judge(document, is_five_first ? kSix : kFive) == Refusal::none);
    CHECK(shown(document) == "fivesix");
    CHECK(as_hex(document.encode()) == "02010600040101740373697801050004010174046669766500");
  }
}

TEST_CASE("a cut within a pair of surrogates leaves two replacements, as in Yjs") {
  Document document;
  REQUIRE(judge(document, from_hex("01010400040101740678f09f98807900")) == Refusal::none);
  CHECK(shown(document) == "x\xF0\x9F\x98\x80y");
  REQUIRE(judge(document, from_hex("01010404c404010402012d00")) == Refusal::none);
  CHECK(as_hex(document.encode()) == "01030400040101740478efbfbd84040104efbfbd79c404010402012d00");
}

TEST_CASE("maps have the newest value of a key, and what it replaced is collected") {
  Document document;
  REQUIRE(judge(document, kMap) == Refusal::none);
  CHECK(json_of(*document.root("m"), TypeKind::map) == R"({"k":[true,{"a":null}]})");
  CHECK(document.encode() == kMap);
}

TEST_CASE("content of a deleted type is collected, with its bytes") {
  Document document;
  REQUIRE(judge(document, kNested) == Refusal::none);
  CHECK(json_of(*document.root("l"), TypeKind::array) == "[[1,2]]");
  CHECK(document.bytes() > 0);
  REQUIRE(judge(document, from_hex("000107010003")) == Refusal::none);
  CHECK(as_hex(document.encode()) == "010207000101016c0100020107010003");
  CHECK(document.bytes() == 0);
  CHECK(json_of(*document.root("l"), TypeKind::array) == "[]");
  // What another inserts into it afterwards is collected, too.
  REQUIRE(judge(document, from_hex("010109000800070001"
                                   "7d0500")) == Refusal::none);
  CHECK(json_of(*document.root("l"), TypeKind::array) == "[]");
}

TEST_CASE("an update that is cut anywhere changes nothing") {
  for (const std::string& update : {kFive, kNested, kMap})
    for (std::size_t length = 0; length < update.size(); ++length) {
      Document document;
      CHECK(judge(document, std::string_view(update).substr(0, length)) == Refusal::invalid);
      CHECK(document.size() == 0);
    }
  refuses(kFive + '\0', Refusal::invalid);
}

TEST_CASE("an update that needs what is not there is refused, and taken once it is") {
  Document document;
  CHECK(judge(document, kBang) == Refusal::hole);
  CHECK(judge(document, kWithoutH) == Refusal::hole);
  CHECK(document.size() == 0);
  REQUIRE(judge(document, kHi) == Refusal::none);
  CHECK(judge(document, kBang) == Refusal::none);
  refuses(update_of(1, 5, {in_root(Kind::text, "t", "\x01z")}), Refusal::hole);  // places 2 to 4 are missing
  refuses(update_of(9, 0, {std::string("\x0A\x02", 2), in_root(Kind::text, "t", "\x01z")}), Refusal::hole);  // skipped ones
  refuses(from_hex("000101010009"), Refusal::hole);
  // Two clients that wait for each other.
  refuses(from_hex("0201080084090001780109008408000179"
                   "00"),
          Refusal::hole);
}

TEST_CASE("ids of the future, repeated clients and numbers without end are refused by their form") {
  refuses(update_of(9, 0, {std::string("\x84\x09\x00\x01z", 5)}), Refusal::invalid);  // its own origin
  refuses(update_of(9, 0, {array_in({9, 0})}), Refusal::invalid);                     // its own parent
  refuses(from_hex("02010900040101740161010900040101740161"
                   "00"),
          Refusal::invalid);  // client 9 twice
  refuses(from_hex("ffffffffffffffffff0100"), Refusal::invalid);
  refuses(from_hex("01ffffffff0f"), Refusal::invalid);
  refuses(update_of(9, 0, {std::string("\x00\x00", 2)}), Refusal::invalid);  // no place
  refuses(update_of(9, kSafeIntegerMax, {in_root(Kind::text, "t", "\x01z")}), Refusal::invalid);
  refuses(update_of(9, 0, {in_root(Kind::text, "t", "\x01\xFF")}), Refusal::invalid);  // no UTF-8
  refuses(update_of(9, 0, {in_root(Kind::embed, "t", "\x01{")}), Refusal::invalid);    // no JSON
  refuses(update_of(9, 0, {in_root(static_cast<Kind>(11), "t", "\x01z")}), Refusal::invalid);
  refuses(update_of(9, 0, {in_root(Kind::type, "t", "\x07")}), Refusal::invalid);
  refuses(update_of(9, 0, {in_root(Kind::any, "t", "\x01\x10")}), Refusal::invalid);  // no such value
  refuses(update_of(9, 0, {in_root(Kind::text, std::string(kNameMax + 1, 'n'), "\x01z")}), Refusal::invalid);
  refuses(std::string(kUpdateBytesMax + 1, '\0'), Refusal::invalid);
}

TEST_CASE("values and types are nested to a bound") {
  const auto nested = [](std::size_t depth) {
    std::string value("\x01");
    for (std::size_t level = 0; level < depth; ++level) value += "\x75\x01";
    return update_of(9, 0, {in_root(Kind::any, "l", value + '\x7E')});
  };
  Document document;
  CHECK(judge(document, nested(kValueDepthMax)) == Refusal::none);
  refuses(nested(kValueDepthMax + 1), Refusal::invalid);

  std::vector<std::string> arrays{in_root(Kind::type, "l", std::string(1, '\0'))};
  while (arrays.size() < kTypeDepthMax) arrays.push_back(array_in({8, arrays.size() - 1}));
  REQUIRE(judge(document, update_of(8, 0, arrays)) == Refusal::none);
  CHECK(judge(document, update_of(8, kTypeDepthMax, {array_in({8, kTypeDepthMax - 1})})) == Refusal::too_large);
  arrays.push_back(array_in({8, arrays.size() - 1}));
  refuses(update_of(8, 0, arrays), Refusal::too_large);
}

TEST_CASE("roots, clients, ranges and bytes of a document are bounded") {
  Document document;
  std::vector<std::string> roots;
  for (std::size_t index = 0; index < kRootsMax; ++index)
    roots.push_back(in_root(Kind::text, "r" + std::to_string(index), "\x01z"));
  REQUIRE(judge(document, update_of(9, 0, roots)) == Refusal::none);
  CHECK(judge(document, update_of(9, kRootsMax, {in_root(Kind::text, "one", "\x01z")})) == Refusal::too_large);
  CHECK(judge(document, update_of(9, kRootsMax, {in_root(Kind::text, "r0", "\x01z")})) == Refusal::none);

  std::string ranges("\x00\x01\x01", 3);
  put_integer(ranges, kDeletionsMax + 1);
  for (std::size_t index = 0; index <= kDeletionsMax; ++index) ranges += std::string("\x00\x01", 2);
  refuses(ranges, Refusal::invalid);

  Document large;
  const std::string mebibyte(1024 * 1024, 'x');
  for (std::uint64_t count = 0; count < kDocumentBytesMax / mebibyte.size(); ++count) {
    std::string content;
    put_bytes(content, mebibyte);
    REQUIRE(judge(large, update_of(9, count * mebibyte.size(), {in_root(Kind::text, "t", content)})) == Refusal::none);
  }
  CHECK(judge(large, update_of(8, 0, {in_root(Kind::text, "t", "\x01z")})) == Refusal::too_large);
}

TEST_CASE("two clients that take turns are two, however many turns there are") {
  constexpr std::uint64_t kTurns = 40'000;  // of each: more than kClientsMax together
  static_assert(2 * kTurns > kClientsMax);
  std::string update("\x02");
  for (const std::uint64_t client : {std::uint64_t{2}, std::uint64_t{1}}) {
    for (const std::uint64_t number : {kTurns, client, std::uint64_t{0}}) put_integer(update, number);
    for (std::uint64_t turn = 0; turn < kTurns; ++turn) {
      if (client == 1 && turn == 0) {
        update += in_root(Kind::text, "t", "\x01z");
        continue;
      }
      put_byte(update, static_cast<unsigned>(Kind::text) | kHasOrigin);  // behind what the other has written last
      put_integer(update, 3 - client);
      put_integer(update, client == 1 ? turn - 1 : turn);
      update += "\x01z";
    }
  }
  update += '\0';
  Document document;
  REQUIRE(judge(document, update) == Refusal::none);
  CHECK(shown(document).size() == 2 * kTurns);
}

TEST_CASE("places that an update deletes many times are deleted once") {
  std::string bytes("\0\2", 2);
  for (const char client : {'\1', '\5'}) {
    bytes += client;
    put_integer(bytes, 1'000);
    for (std::uint64_t count = 0; count < 1'000; ++count) {
      put_integer(bytes, count % 10);
      put_integer(bytes, 10);
    }
  }
  Update update;
  REQUIRE(update.read(bytes));
  REQUIRE(update.deletions.size() == 2);
  CHECK(update.deletions[0].client == 5);
  CHECK(update.deletions[0].clock == 0);
  CHECK(update.deletions[0].end() == 19);
  CHECK(update.deletions[1].client == 1);
}

TEST_CASE("an update that compares too many neighbours is given up, and the document says so") {
  constexpr std::uint64_t kClients = 2'000;
  std::string each_at_the_start;
  put_integer(each_at_the_start, kClients);
  for (std::uint64_t client = 1; client <= kClients; ++client) {
    for (const std::uint64_t number : {std::uint64_t{1}, client, std::uint64_t{0}}) put_integer(each_at_the_start, number);
    each_at_the_start += in_root(Kind::text, "t", "\x01z");
  }
  each_at_the_start += '\0';
  Document document;
  REQUIRE(judge(document, each_at_the_start) == Refusal::none);
  const std::vector<std::string> structs(kStepsMax / kClients + 1, in_root(Kind::text, "t", "\x01z"));  // each behind all others
  CHECK(judge(document, update_of(kClients + 1, 0, structs)) == Refusal::too_costly);
  CHECK(document.is_spoiled());
  CHECK(judge(document, kHi) == Refusal::too_costly);
}

}  // namespace
