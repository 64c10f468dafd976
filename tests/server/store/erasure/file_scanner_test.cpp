// Finding texts in bytes and files: across blocks, escaped, and only as often as they are there.
#include "server/store/erasure/file_scanner.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

std::string write_file(const test::TemporaryDirectory& directory, const std::string& name, const std::string& bytes) {
  const std::string path = directory.path() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace

TEST_CASE("a search finds each occurrence of a needle, also if needles overlap") {
  ByteSearch search;
  const auto ann = search.add("ann"), nan = search.add("nann"), long_one = search.add("channel");
  REQUIRE(ann);
  REQUIRE(nan);
  REQUIRE(long_one);
  std::map<std::size_t, int> hits;
  search.look("ann nanny channel ann", 0, [&](std::size_t needle, std::size_t) { ++hits[needle]; });
  CHECK(hits[*ann] == 4);
  CHECK(hits[*nan] == 1);
  CHECK(hits[*long_one] == 1);
  hits.clear();
  search.look("ann ann", 3, [&](std::size_t needle, std::size_t) { ++hits[needle]; });
  CHECK(hits[*ann] == 1);
}

TEST_CASE("a search refuses a needle that is too short or too long, and needles beyond its bound") {
  ByteSearch search;
  CHECK_FALSE(search.add("an"));
  CHECK_FALSE(search.add(std::string(ByteSearch::kNeedleBytesMax + 1, 'x')));
  for (std::size_t i = 0; i < ByteSearch::kNeedlesMax; ++i) REQUIRE(search.add("needle " + std::to_string(i)));
  CHECK_FALSE(search.add("one more"));
  CHECK(search.size() == ByteSearch::kNeedlesMax);
}

TEST_CASE("traces are found at any place of a file, once each, as text and escaped") {
  const test::TemporaryDirectory directory;
  const std::string payload = R"({"text":"a secret \"plan\" of ännchen"})";
  FileScanner traces("quintessa", {payload});
  CHECK(traces.is_id_searched());
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  for (const std::size_t at : {std::size_t{0}, kBlock - 5, kBlock, 2 * kBlock - 1}) {
    std::string bytes(3 * kBlock, '.');
    bytes.replace(at, 9, "quintessa");
    const ScrubbedFile found = traces.search(write_file(directory, "file", bytes));
    CHECK(found.user_hits == 1);
    CHECK(found.payload_hits == 0);
    CHECK(found.bytes == bytes.size());
  }
  CHECK(
      traces.search(write_file(directory, "log", R"({"line":"{\"text\":\"a secret \\\"plan\\\" of ännchen\"}"})")).payload_hits >
      0);
  CHECK(traces.search(write_file(directory, "plain", payload)).payload_hits > 0);
  CHECK(traces.search(directory.path() + "/missing").bytes == 0);
  const std::string text = write_file(directory, "text", R"(quintessas {"user":"quintessa"} xquintessa)");
  CHECK(traces.search(text).user_hits == 3);
  CHECK(traces.search(text, FileScanner::IdForm::whole_word).user_hits == 1);
}

TEST_CASE("an id is found however a writer of JSON escaped it, across blocks, too") {
  const test::TemporaryDirectory directory;
  const auto hits = [&](const std::string& id, const std::string& text) {
    FileScanner traces(id, {});
    return traces.search(write_file(directory, "log", text), FileScanner::IdForm::whole_word).user_hits;
  };
  CHECK(hits("zoë", R"({"u":"zo\u00eb"} {"u":"zo\u00EB"} zoë)") == 3);
  CHECK(hits("😀k1", R"({"u":"\ud83d\ude00k1"})") == 1);
  CHECK(hits("a/b", R"({"u":"a\/b"})") == 1);
  CHECK(hits("<x>", R"({"u":"\u003cx\u003e"})") == 1);
  CHECK(hits("zoë", R"({"u":"zo\u00e"} \u00)") == 0);
  CHECK(hits("end\\", R"(\u0065nd\)") == 1);  // what was begun at the end is no escape
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  for (std::size_t before = 0; before < 16; ++before)
    CHECK(hits("zo😀", std::string(kBlock - before, '.') + R"(zo\ud83d\ude00)" + std::string(kBlock, '.')) == 1);
}

TEST_CASE("an id that JSON escapes is found as it is and as it stands in a line of a log") {
  const test::TemporaryDirectory directory;
  FileScanner traces(R"(eve"x)", {});
  CHECK(traces.is_id_searched());
  CHECK(traces.pieces() == 0);
  const std::string log = write_file(directory, "log", R"({"user":"eve\"x"} {"user":"eve\"xy"} eve"x)");
  CHECK(traces.search(log).user_hits == 3);
  CHECK(traces.search(log, FileScanner::IdForm::whole_word).user_hits == 2);
  CHECK(traces.take_out_of(R"({"text":"hello eve\"x"})") == 1);
}

TEST_CASE("what others published, too, does not count, and an id of two letters is not searched for") {
  const test::TemporaryDirectory directory;
  FileScanner traces("al", {R"({"text":"good morning to all of you"})"});
  CHECK_FALSE(traces.is_id_searched());
  const std::string path = write_file(directory, "file", R"({"text":"good morning to all of you"})");
  CHECK(traces.search(path).payload_hits > 0);
  static_cast<void>(traces.take_out_of(R"({"text":"good morning to all of you"})"));
  CHECK(traces.search(path).payload_hits == 0);
  CHECK(traces.pieces_of_others() > 0);
}

}  // namespace dialogue::testing
