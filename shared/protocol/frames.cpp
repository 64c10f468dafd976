// Frames are read and written by hand: their prefix is a few integers, and their payload is bytes to be passed on.
#include "shared/protocol/frames.hpp"

#include <algorithm>
#include <charconv>

#include "shared/json/json_reader.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kIntegerCharsMax = 20;

const FrameShape* find_shape(std::uint64_t type) {
  for (const FrameShape& shape : kFrameShapes)
    if (static_cast<std::uint64_t>(shape.type) == type) return &shape;
  return nullptr;
}

bool read_string(JsonCursor& cursor, std::string& out) {
  JsonReader reader({cursor.at, static_cast<std::size_t>(cursor.end - cursor.at)});
  const bool good = reader.read_string(out);
  cursor.at += reader.offset();
  cursor.skip_space();
  return good;
}

/// `0`, or a JSON object.
bool read_ext(JsonCursor& cursor, std::string_view& ext) {
  cursor.skip_space();
  const char* const begin = cursor.at;
  if (!cursor.accept('0') && (cursor.peek() != '{' || skip_value(cursor, 0) != ErrorCode::ok)) return false;
  ext = {begin, static_cast<std::size_t>(cursor.at - begin)};
  cursor.skip_space();
  return true;
}

/// Everything up to the bracket that ends the frame. The reader of an event's payload checks it; other payloads are checked here.
bool read_payload(JsonCursor& cursor, bool unchecked, std::string_view& payload) {
  cursor.skip_space();
  const char *const begin = cursor.at, *end = cursor.end - 1;  // the frame's own bracket stands at `end`
  if (end <= begin || *end != ']') return false;
  cursor.at = end;
  while (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t' || end[-1] == '\n') --end;
  payload = {begin, static_cast<std::size_t>(end - begin)};
  return unchecked || json_value_length(payload) == payload.size();
}

bool ends_integer(const JsonCursor& cursor) { return cursor.peek() == ',' || cursor.peek() == ']'; }

/// Reads the integers after the type. `read`: the number of complete integers.
bool read_integers(JsonCursor& cursor, const FrameShape& shape, Frame& frame, std::size_t& read) {
  for (; read < shape.integers; ++read)
    if (!cursor.accept(',') || !scan_integer(cursor, frame.integers[read]) || !ends_integer(cursor)) return false;
  return true;
}

/// Reads what follows the integers.
bool read_tail(JsonCursor& cursor, const FrameShape& shape, Frame& frame) {
  if (shape.strings != 0 && !(cursor.accept(',') && read_string(cursor, frame.string))) return false;
  if (shape.ext && !(cursor.accept(',') && read_ext(cursor, frame.ext))) return false;
  const bool unchecked = shape.type == FrameType::publish || shape.type == FrameType::event;
  const bool has_payload = shape.payload && !(shape.optional_payload && cursor.peek() == ']');
  if (has_payload && !(cursor.accept(',') && read_payload(cursor, unchecked, frame.payload))) return false;
  if (has_payload && shape.optional_payload && !frame.payload.starts_with('{')) return false;
  return cursor.accept(']') && cursor.at == cursor.end;
}

}  // namespace

ErrorCode read_frame(std::string_view text, Frame& frame) {
  frame = {};
  JsonCursor cursor{text.data(), text.data() + text.size()};
  std::uint64_t type = 0;
  if (!cursor.accept('[') || !scan_integer(cursor, type) || !ends_integer(cursor)) return ErrorCode::frame_malformed;
  const FrameShape* const shape = find_shape(type);
  if (shape == nullptr) {
    frame.integers[0] = type;
    return ErrorCode::frame_unknown;
  }
  frame.type = shape->type;
  std::size_t read = 0;
  if (read_integers(cursor, *shape, frame, read) && read_tail(cursor, *shape, frame)) return ErrorCode::ok;
  const std::size_t naming = naming_integers(shape->type);
  if (naming == 0 || read < naming) return ErrorCode::frame_malformed;
  const std::array<std::uint64_t, kFrameIntegersMax> integers = frame.integers;
  frame = {};
  frame.type = shape->type;
  std::copy_n(integers.begin(), naming, frame.integers.begin());
  return ErrorCode::request_invalid;
}

bool FrameSplitter::next(std::string_view& frame) {
  if (done_ || overflow_) return false;
  const std::size_t line_feed = rest_.find('\n');
  const bool last = line_feed == std::string_view::npos;
  overflow_ = count_ == kBatchFramesMax || (large_ && !last);
  if (overflow_) return false;
  ++count_;
  frame = last ? rest_ : std::string_view(rest_.data(), line_feed);
  if (last)
    done_ = true;
  else
    rest_.remove_prefix(line_feed + 1);
  return true;
}

FrameWriter::FrameWriter(std::string& out, FrameType type) : out_(out) {
  run_[run_size_++] = '[';
  digits(static_cast<std::uint64_t>(type));
}

void FrameWriter::digits(std::uint64_t value) {
#ifndef __EMSCRIPTEN__  // faster, and larger than a client should be
  char* const begin = run_.data() + run_size_;
  run_size_ += static_cast<std::size_t>(std::to_chars(begin, run_.data() + run_.size(), value).ptr - begin);
#else
  char text[kIntegerCharsMax];
  char* at = text + sizeof text;
  do {
    *--at = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (at != text + sizeof text) run_[run_size_++] = *at++;
#endif
}

void FrameWriter::append_run() {
  out_.append(run_.data(), run_size_);
  run_size_ = 0;
}

FrameWriter& FrameWriter::integer(std::uint64_t value) {
  if (run_size_ + 1 + kIntegerCharsMax + 1 > run_.size()) append_run();  // a comma before it, a comma or bracket after it
  run_[run_size_++] = ',';
  digits(value);
  return *this;
}

FrameWriter& FrameWriter::string(std::string_view utf8) {
  run_[run_size_++] = ',';
  append_run();
  append_json_string(out_, utf8);
  return *this;
}

FrameWriter& FrameWriter::raw(std::string_view json) {
  run_[run_size_++] = ',';
  append_run();
  out_ += json;
  return *this;
}

void FrameWriter::finish() {
  run_[run_size_++] = ']';
  append_run();
}

}  // namespace dialogue
