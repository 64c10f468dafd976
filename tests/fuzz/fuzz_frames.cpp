// Fuzzes the frame codec and the JSON reader: a message is split and read as a client's or a server's would be. What was read
// must be inside the message, a payload that counts as checked must be JSON, and what is written again must read the same.
#include <cstdint>
#include <cstdlib>

#include "shared/json/json_reader.hpp"
#include "shared/protocol/frames.hpp"

namespace {

using namespace dialogue;

void demand(bool holds) {
  if (!holds) std::abort();
}

const FrameShape& shape_of(FrameType type) {
  for (const FrameShape& shape : kFrameShapes)
    if (shape.type == type) return shape;
  std::abort();
}

void read_everything(JsonReader& reader, int depth) {
  std::string text;
  const char next = reader.peek();
  if (next == '{' && reader.enter_object()) {
    while (reader.next_key(text)) read_everything(reader, depth + 1);
  } else if (next == '[' && reader.enter_array()) {
    while (reader.next_element()) read_everything(reader, depth + 1);
  } else if (!reader.skip()) {
    demand(reader.failed());
  }
  demand(depth <= static_cast<int>(kJsonDepthMax));
}

void check_frame(std::string_view text) {
  Frame frame;
  if (read_frame(text, frame) != ErrorCode::ok) return;
  const FrameShape& shape = shape_of(frame.type);
  const bool unchecked = frame.type == FrameType::publish || frame.type == FrameType::event;
  const bool has_payload = shape.payload && !(shape.optional_payload && frame.payload.empty());
  if (has_payload)
    demand(frame.payload.data() >= text.data() && frame.payload.data() + frame.payload.size() < text.data() + text.size());
  if (has_payload && !unchecked) {
    JsonReader reader(frame.payload);
    read_everything(reader, 0);
    demand(!reader.failed() || frame.payload.find("\\u0000") != std::string_view::npos);
  }
  std::string out;
  FrameWriter writer(out, frame.type);
  for (std::size_t i = 0; i < shape.integers; ++i) writer.integer(frame.integers[i]);
  if (shape.strings != 0) writer.string(frame.string);
  if (shape.ext) writer.raw(frame.ext);
  if (has_payload) writer.raw(frame.payload);
  writer.finish();
  Frame again;
  demand(read_frame(out, again) == ErrorCode::ok);
  demand(again.integers == frame.integers && again.string == frame.string && again.ext == frame.ext &&
         again.payload == frame.payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  FrameSplitter splitter(message);
  std::size_t count = 0;
  for (std::string_view frame; splitter.next(frame); ++count) check_frame(frame);
  demand(count <= kBatchFramesMax);
  JsonReader reader(message);
  read_everything(reader, 0);
  return 0;
}
