// Updates in parts: applied one after the other they are the whole, in any document that could apply that.
#include "shared/document/split.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/document/byte_writer.hpp"
#include "shared/document/document.hpp"
#include "shared/document/view.hpp"

namespace {

using namespace dialogue::document;

constexpr std::size_t kPartBytes = 1024;

void put_head(std::string& out, std::uint64_t structs, std::uint64_t client, std::uint64_t clock) {
  for (const std::uint64_t number : {structs, client, clock}) put_integer(out, number);
}

/// A text in the root "t", or behind a place.
std::string text_struct(std::string_view text, const Id& origin = {}) {
  std::string out;
  put_byte(out, static_cast<unsigned>(Kind::text) | (origin.is_set() ? kHasOrigin : 0));
  if (origin.is_set()) {
    put_integer(out, origin.client);
    put_integer(out, origin.clock);
  } else {
    put_integer(out, 1);
    put_bytes(out, "t");
  }
  put_bytes(out, text);
  return out;
}

std::vector<std::string> parts_of(const std::string& update, std::size_t bytes_max = kPartBytes) {
  std::vector<std::string> parts;
  REQUIRE(split_update(update, bytes_max, parts));
  for (const std::string& part : parts) CHECK(part.size() <= bytes_max);
  return parts;
}

/// Whether the parts make the document that the update makes.
void check_whole(const std::string& update, const std::vector<std::string>& parts) {
  Document whole, in_parts;
  REQUIRE(whole.apply(update, nullptr) == Refusal::none);
  for (const std::string& part : parts) REQUIRE(in_parts.apply(part, nullptr) == Refusal::none);
  CHECK(in_parts.encode() == whole.encode());
}

}  // namespace

TEST_CASE("an update that fits is one part, and what is malformed is none") {
  std::string small;
  put_integer(small, 1);
  put_head(small, 1, 7, 0);
  small += text_struct("hi") + '\0';
  CHECK(parts_of(small) == std::vector{small});
  std::vector<std::string> none;
  CHECK_FALSE(split_update("\x01", kPartBytes, none));
  CHECK(none.empty());
}

TEST_CASE("a text larger than a part is cut between characters, and the structs that follow the text come after it") {
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += i % 3 == 0 ? "\xF0\x9F\x98\x80" : i % 3 == 1 ? "\xC3\xA9" : "x";
  std::string update;
  put_integer(update, 1);
  put_head(update, 2, 7, 0);
  update += text_struct(text);
  const std::uint64_t units = dialogue::document::units_of(text);
  update += text_struct("end", {7, units - 1}) + '\0';
  const auto parts = parts_of(update);
  CHECK(parts.size() > 5);
  check_whole(update, parts);
}

TEST_CASE("structs come after those of other clients that they name, whichever order the update has") {
  // Client 9 begins; client 3, whose structs are listed last, is between them, and each names the one before.
  std::string nine, three;
  constexpr int kRounds = 200;
  for (int i = 0; i < kRounds; ++i) {
    nine += i == 0 ? text_struct("n") : text_struct("n", {3, static_cast<std::uint64_t>(i) - 1});
    three += text_struct("t", {9, static_cast<std::uint64_t>(i)});
  }
  std::string update;
  put_integer(update, 2);
  const bool is_nine_first = GENERATE(true, false);
  for (const bool is_nine : {is_nine_first, !is_nine_first}) {
    put_head(update, kRounds, is_nine ? 9 : 3, 0);
    update += is_nine ? nine : three;
  }
  update += '\0';
  const auto parts = parts_of(update);
  CHECK(parts.size() > 1);
  check_whole(update, parts);
}

TEST_CASE("deletions come last, in as many parts as they need") {
  std::string update;
  put_integer(update, 1);
  constexpr std::uint64_t kStructs = 900;
  put_head(update, kStructs, 7, 0);
  for (std::uint64_t i = 0; i < kStructs; ++i) update += i == 0 ? text_struct("a") : text_struct("a", {7, i - 1});
  put_integer(update, 1);
  put_integer(update, 7);
  put_integer(update, kStructs / 2);
  for (std::uint64_t i = 0; i < kStructs / 2; ++i) {
    put_integer(update, 2 * i);
    put_integer(update, 1);
  }
  const auto parts = parts_of(update);
  CHECK(parts.size() > 3);
  check_whole(update, parts);
}

TEST_CASE("what cannot be cut is refused: a large value that is not a text") {
  std::string update;
  put_integer(update, 1);
  put_head(update, 1, 7, 0);
  put_byte(update, static_cast<unsigned>(Kind::binary));
  put_integer(update, 1);
  put_bytes(update, "t");
  put_bytes(update, std::string(2 * kPartBytes, 'b'));
  update += '\0';
  std::vector<std::string> parts;
  CHECK_FALSE(split_update(update, kPartBytes, parts));
}

TEST_CASE("the deletion of clients names each of their places once") {
  std::string update;
  put_integer(update, 2);
  put_head(update, 1, 9, 0);
  update += text_struct("nine");
  put_head(update, 1, 3, 0);
  update += text_struct("three") + '\0';
  Document document;
  REQUIRE(document.apply(update, nullptr) == Refusal::none);
  REQUIRE(document.apply(document.deletion_of({9, 77}), nullptr) == Refusal::none);
  CHECK(text_of(*document.root("t")) == "three");
  CHECK(document.deletion_of({77}) == std::string(2, '\0'));
}
