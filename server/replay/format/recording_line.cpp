// See recording_line.hpp.
#include "server/replay/format/recording_line.hpp"

#include <charconv>

#include "shared/base/base64.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/utf8.hpp"

namespace dialogue::replay {

LineWriter& LineWriter::number(std::uint64_t value) {
  if (value > kSafeIntegerMax) return text(std::to_string(value));
  comma();
  line_ += std::to_string(value);
  return *this;
}

LineWriter& LineWriter::text(std::string_view bytes) {
  comma();
  if (is_utf8(bytes) && bytes.find('\0') == std::string_view::npos) {
    append_json_string(line_, bytes);
  } else {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(bytes.data());
    line_ += "[\"" + encode_base64({raw, bytes.size()}) + "\"]";
  }
  return *this;
}

LineWriter& LineWriter::optional(const std::optional<std::uint64_t>& value) {
  begin();
  if (value) number(*value);
  return end();
}

LineWriter& LineWriter::texts(const std::vector<std::string>& values) {
  begin();
  for (const std::string& value : values) text(value);
  return end();
}

LineWriter& LineWriter::optional(const std::optional<std::vector<std::string>>& values) {
  begin();
  if (values) texts(*values);
  return end();
}

LineWriter& LineWriter::begin() {
  comma();
  line_ += '[';
  return *this;
}

LineWriter& LineWriter::end() {
  line_ += ']';
  return *this;
}

std::string LineWriter::take() {
  end();
  return std::move(line_);
}

LineReader::LineReader(std::string_view line) : json_(line) {
  demand(json_.enter_array());
  name_ = text();
}

bool LineReader::at_element() {
  if (is_well() && !std::exchange(at_element_, false)) demand(json_.next_element());
  return is_well();
}

std::uint64_t LineReader::number() {
  std::uint64_t value = 0;
  if (!at_element()) return 0;
  if (json_.peek() != '"') {
    demand(json_.read_integer(value));
    return is_well() ? value : 0;
  }
  const std::string digits = plain_text();
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  demand(fault == std::errc{} && end == digits.data() + digits.size());
  return is_well() ? value : 0;
}

std::string LineReader::plain_text() {
  std::string value;
  demand(json_.read_string(value));
  return is_well() ? value : std::string();
}

std::string LineReader::text() {
  if (!at_element()) return {};
  if (json_.peek() != '[') return plain_text();
  at_element_ = true;
  begin();
  if (!at_element()) return {};
  const auto bytes = decode_base64(plain_text());
  demand(bytes.has_value());
  end();
  return is_well() ? std::string(bytes->begin(), bytes->end()) : std::string();
}

std::optional<std::uint64_t> LineReader::optional_number() {
  std::optional<std::uint64_t> value;
  begin();
  while (more()) value = number();
  return value;
}

std::vector<std::string> LineReader::texts() {
  std::vector<std::string> values;
  begin();
  while (more()) values.push_back(text());
  return values;
}

std::optional<std::vector<std::string>> LineReader::optional_texts() {
  std::optional<std::vector<std::string>> values;
  begin();
  while (more()) values = texts();
  return values;
}

void LineReader::begin() {
  if (!at_element()) return;
  demand(json_.enter_array());
  ++open_;
}

bool LineReader::more() {
  if (is_well() && !at_element_ && open_ > 0) {
    at_element_ = json_.next_element();
    if (!at_element_) --open_;
  }
  return is_well() && at_element_;
}

}  // namespace dialogue::replay
