// The validator's verdict, or that of the size limit before it.
#include "server/app/commands/verdict_line.hpp"

#include "server/core/messages/frame_text.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::app {
namespace {

std::string refusal(ErrorCode code, std::string_view path, std::string_view argument) {
  std::string line = R"({"valid":false,"path":)";
  append_json_string(line, path);
  line += R"(,"code":")" + std::string(error_name(code)) + R"(","message":)";
  append_json_string(line, core::error_message(code, argument));
  return line + "}";
}

}  // namespace

std::string verdict_line(const CatalogueView& catalogue, std::uint32_t event, std::string_view payload, bool& valid) {
  valid = false;
  if (payload.size() > kMessageBytesMax) return refusal(ErrorCode::payload_too_large, "$", std::to_string(kMessageBytesMax));
  Verdict verdict;
  validate(catalogue, event, payload, verdict);
  valid = verdict.valid();
  return valid ? R"({"valid":true})" : refusal(verdict.code, verdict.path(), verdict.argument());
}

}  // namespace dialogue::app
