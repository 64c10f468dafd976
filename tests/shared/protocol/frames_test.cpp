// The frame codec against shared/vectors/frames.json, which the JavaScript side runs too; and how messages are split.
#include "shared/protocol/frames.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/source_dir.hpp"

namespace {

using namespace dialogue;

nlohmann::json vectors(const char* list) {
  std::ifstream file(source_dir() + "/shared/vectors/frames.json");
  nlohmann::json found = nlohmann::json::parse(file)[list];
  REQUIRE_FALSE(found.empty());
  return found;
}

const FrameShape& shape_of(const std::string& name) {
  for (const FrameShape& shape : kFrameShapes)
    if (shape.name == name) return shape;
  FAIL("no frame is called " << name);
  return kFrameShapes[0];
}

TEST_CASE("golden frames are read field by field") {
  for (const nlohmann::json& vector : vectors("frames")) {
    INFO(vector["name"]);
    const std::string text = vector["text"];
    Frame frame;
    REQUIRE(read_frame(text, frame) == ErrorCode::ok);
    const FrameShape& shape = shape_of(vector["type"]);
    CHECK(frame.type == shape.type);
    REQUIRE(vector["integers"].size() == shape.integers);
    for (std::size_t i = 0; i < shape.integers; ++i) CHECK(frame.integers[i] == vector["integers"][i].get<std::uint64_t>());
    CHECK(frame.string == vector.value("string", ""));
    CHECK(frame.ext == vector.value("ext", ""));
    CHECK(frame.payload == vector.value("payload", ""));
  }
}

TEST_CASE("golden frames come out of the writer as they went in") {
  for (const nlohmann::json& vector : vectors("frames")) {
    const std::string text = vector["text"];
    if (text.find('\\') != std::string::npos || text.find(' ') < text.find('{')) continue;  // escaped or spaced in another way
    INFO(vector["name"]);
    std::string out = "before";
    FrameWriter writer(out, shape_of(vector["type"]).type);
    for (const nlohmann::json& integer : vector["integers"]) writer.integer(integer.get<std::uint64_t>());
    if (vector.contains("string")) writer.string(vector["string"].get<std::string>());
    if (vector.contains("ext")) writer.raw(vector["ext"].get<std::string>());
    if (vector.contains("payload")) writer.raw(vector["payload"].get<std::string>());
    writer.finish();
    CHECK(out == "before" + text);
  }
}

TEST_CASE("as many of the longest integers as any frame has are written, whatever stands between them") {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  const std::string largest = std::to_string(kLargest);
  std::string wanted = "[44", out;
  FrameWriter writer(out, FrameType::ping);
  for (int i = 0; i < 8; ++i) {
    writer.integer(kLargest).integer(7);
    wanted += "," + largest + ",7";
    if (i == 4) {
      writer.string("a\"b").raw("{}");
      wanted += ",\"a\\\"b\",{}";
    }
  }
  writer.finish();
  CHECK(out == wanted + "]");
}

TEST_CASE("there is a golden vector for every frame type") {
  std::set<std::string> seen;
  for (const nlohmann::json& vector : vectors("frames")) seen.insert(vector["type"].get<std::string>());
  CHECK(seen.size() == kFrameShapes.size());
}

TEST_CASE("malformed frames are refused with their code") {
  for (const nlohmann::json& vector : vectors("malformed")) {
    INFO(vector["name"]);
    Frame frame;
    const std::string text = vector["text"];
    CHECK(error_name(read_frame(text, frame)) == vector["code"].get<std::string>());
  }
}

TEST_CASE("an unknown frame is reported with its type") {
  Frame frame;
  REQUIRE(read_frame("[99,1]", frame) == ErrorCode::frame_unknown);
  CHECK(frame.integers[0] == 99);
}

TEST_CASE("no prefix of a frame is a frame") {
  for (const nlohmann::json& vector : vectors("frames")) {
    const std::string text = vector["text"];
    Frame frame;
    for (std::size_t length = 0; length < text.size(); ++length) {
      const bool unchecked = vector["type"] == "PUBLISH" || vector["type"] == "EVENT";
      if (unchecked && length > 0 && text[length - 1] == ']')
        continue;  // a payload that ends in a bracket, cut: the validator's case
      INFO(text.substr(0, length));
      CHECK(read_frame(text.substr(0, length), frame) != ErrorCode::ok);
    }
  }
}

TEST_CASE("integers are written in full") {
  std::string out;
  FrameWriter(out, FrameType::ping).integer(0).integer(kSafeIntegerMax).finish();
  CHECK(out == "[44,0,9007199254740991]");
}

TEST_CASE("frame types are in their table once, with as many integers as a frame can hold") {
  std::set<FrameType> types;
  for (const FrameShape& shape : kFrameShapes) {
    CHECK(types.insert(shape.type).second);
    CHECK(shape.integers + 1U <= kFrameIntegersMax);
    CHECK(shape.strings <= 1);
  }
}

std::vector<std::string> split(std::string_view batch, bool& overflow) {
  FrameSplitter splitter(batch);
  std::vector<std::string> frames;
  for (std::string_view frame; splitter.next(frame);) frames.emplace_back(frame);
  overflow = splitter.overflow();
  return frames;
}

TEST_CASE("a message is split at line feeds") {
  bool overflow = false;
  CHECK(split("[11]", overflow) == std::vector<std::string>{"[11]"});
  CHECK(split("[11]\n[8,1]", overflow) == std::vector<std::string>{"[11]", "[8,1]"});
  CHECK(split("", overflow) == std::vector<std::string>{""});
  CHECK(split("[11]\n", overflow) == std::vector<std::string>{"[11]", ""});
  CHECK_FALSE(overflow);
}

TEST_CASE("a batch holds 16 frames, the seventeenth is too many") {
  std::string batch = "[11]";
  for (std::size_t i = 1; i < kBatchFramesMax; ++i) batch += "\n[11]";
  bool overflow = false;
  CHECK(split(batch, overflow).size() == kBatchFramesMax);
  CHECK_FALSE(overflow);
  CHECK(split(batch + "\n[11]", overflow).size() == kBatchFramesMax);
  CHECK(overflow);
}

TEST_CASE("a batch holds 16 KiB, a single frame may be larger") {
  const std::string large = "[4,1,1,1,0,\"" + std::string(kBatchBytesMax, 'x') + "\"]";
  bool overflow = false;
  CHECK(split(large, overflow).size() == 1);
  CHECK_FALSE(overflow);
  CHECK(split("[11]\n" + large, overflow).empty());
  CHECK(overflow);
  CHECK(split("[11]\n" + std::string(kBatchBytesMax - 5, 'x'), overflow).size() == 2);
  CHECK_FALSE(overflow);
}

}  // namespace
