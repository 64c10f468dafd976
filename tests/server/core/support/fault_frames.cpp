// Frames as tests write and expect them, and what a shard says of a fault: REPLY and BYE.
#include "server/core/messages/frame_text.hpp"
#include "shared/json/json_reader.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::string fault_object(ErrorCode code, std::string_view argument) {
  std::string object = "{\"message\":";
  append_json_string(object, error_message(code, argument));
  if (code == ErrorCode::denied_by_hook && !argument.empty()) append_json_string(object += ",\"reason\":", argument);
  return object + "}";
}

}  // namespace

void demand(bool holds, const std::string& rule) {
  if (!holds) throw BrokenRule(rule);
}

std::string payload_of(std::size_t bytes) { return "\"" + std::string(bytes - 2, 'x') + "\""; }

std::string frame(std::initializer_list<FrameInteger> integers, std::string_view tail) {
  std::string text = "[";
  for (const FrameInteger integer : integers) text += (text.size() > 1 ? "," : "") + std::to_string(integer.value);
  if (!tail.empty()) text.append(",").append(tail);
  return text + "]";
}

bool begins(std::string_view text, std::initializer_list<FrameInteger> integers) {
  std::string start = frame(integers);
  start.back() = ',';
  return text.substr(0, start.size()) == start;
}

std::uint64_t number(ErrorCode code) { return static_cast<std::uint64_t>(code); }

std::string refused(std::uint64_t req, ErrorCode code, std::string_view argument) {
  return frame({FrameType::reply, req, number(code)}, fault_object(code, argument));
}

std::string bye(ErrorCode code, std::string_view argument, std::uint64_t retry_after_ms) {
  return frame({FrameType::bye, number(code), retry_after_ms}, fault_object(code, argument));
}

}  // namespace dialogue::testing
