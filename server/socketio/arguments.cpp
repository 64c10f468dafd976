// See arguments.hpp.
#include "server/socketio/arguments.hpp"

#include "server/socketio/limits.hpp"
#include "shared/base/utf8.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::socketio {
namespace {

/// The number of the attachment that a whole value stands for.
std::optional<std::uint64_t> placeholder_of(std::string_view json) {
  JsonReader reader(json);
  std::string key;
  bool is_placeholder = false;
  std::optional<std::uint64_t> number;
  if (reader.peek() != '{' || !reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    std::uint64_t value = 0;
    if (key == "_placeholder" && reader.peek() == 't')
      is_placeholder = reader.skip();
    else if (key == "num" && reader.read_integer(value))
      number = value;
    else
      return std::nullopt;
  }
  return is_placeholder && !reader.failed() ? number : std::nullopt;
}

}  // namespace

std::optional<std::string_view> Arguments::bytes(std::size_t index) const {
  const auto number = placeholder_of(json(index));
  if (!number || *number >= attachments_.size()) return std::nullopt;
  return *attachments_[*number];
}

Arguments& Arguments::add_text(std::string_view text) {
  is_valid_ = is_valid_ && is_utf8(text);
  std::string quoted;
  if (is_valid_) append_json_string(quoted, text);
  values_.push_back(std::move(quoted));
  return *this;
}

Arguments& Arguments::add_json(std::string json) {
  is_valid_ = is_valid_ && json_value_length(json) == json.size();
  values_.push_back(std::move(json));
  return *this;
}

Arguments& Arguments::add_binary(std::string bytes) {
  values_.push_back(R"({"_placeholder":true,"num":)" + std::to_string(attachments_.size()) + "}");
  attachments_.push_back(std::make_shared<const std::string>(std::move(bytes)));
  is_valid_ = is_valid_ && attachments_.size() <= kAttachmentsMax;
  return *this;
}

std::string Arguments::joined() const {
  std::string all;
  for (const std::string& value : values_) all.append(all.empty() ? "" : ",").append(value);
  return all;
}

}  // namespace dialogue::socketio
