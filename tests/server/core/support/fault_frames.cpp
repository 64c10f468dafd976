// What a shard says of a fault, as tests expect it: REPLY and BYE.
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

std::string refused(std::uint64_t req, ErrorCode code, std::string_view argument) {
  return frame({FrameType::reply, req, number(code)}, fault_object(code, argument));
}

std::string bye(ErrorCode code, std::string_view argument, std::uint64_t retry_after_ms) {
  return frame({FrameType::bye, number(code), retry_after_ms}, fault_object(code, argument));
}

}  // namespace dialogue::testing
