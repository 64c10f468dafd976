// See recording.hpp.
#include "client-wasm/replay/recording.hpp"

#include <limits>

#include "shared/base/number_text.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::client {

namespace {

/// A number, null for none, or the name of what JSON has no number for.
bool number_of(std::string_view raw, std::optional<double>& number) {
  if (raw == "null") return true;
  if (raw == "\"NaN\"") number = std::numeric_limits<double>::quiet_NaN();
  if (raw == "\"Infinity\"") number = std::numeric_limits<double>::infinity();
  if (raw == "\"-Infinity\"") number = -std::numeric_limits<double>::infinity();
  if (number) return true;
  number = parse_number(raw);
  return number.has_value();
}

bool read_numbers(JsonReader& reader, std::vector<double>& numbers) {
  if (!reader.enter_array()) return false;
  while (reader.next_element()) {
    std::string_view raw;
    std::optional<double> number;
    if (!reader.read_raw(raw) || !number_of(raw, number) || !number) return false;
    numbers.push_back(*number);
  }
  return !reader.failed();
}

bool read_result(JsonReader& reader, RecordedCall& call) {
  std::string_view raw;
  if (!reader.next_element() || !reader.read_raw(raw)) return false;
  call.trapped = raw == "\"trap\"";
  return call.trapped || number_of(raw, call.result);
}

/// What follows the name of a call.
bool read_call(JsonReader& reader, RecordedCall& call) {
  return reader.next_element() && read_numbers(reader, call.arguments) && read_result(reader, call) && reader.next_element() &&
         read_numbers(reader, call.area) && reader.next_element() && reader.read_string(call.text) && !reader.next_element() &&
         reader.at_end();
}

bool next_integer(JsonReader& reader, std::uint64_t& value) { return reader.next_element() && reader.read_integer(value); }

bool read_facts(JsonReader& reader, RecordingHead& head) {
  std::uint64_t seed = 0, keeps_payloads = 0;
  if (!reader.next_element() || !reader.read_string(head.client_version) || !next_integer(reader, seed) ||
      !next_integer(reader, keeps_payloads) || !next_integer(reader, head.bytes_max) || !next_integer(reader, head.dropped))
    return false;
  head.seed = static_cast<double>(seed);
  head.keeps_payloads = keeps_payloads != 0;
  return !reader.next_element() && reader.at_end();
}

}  // namespace

std::string RecordingReader::read_head(RecordingHead& head) {
  JsonReader reader(take_line());
  std::string name;
  std::uint64_t version = 0;
  if (!reader.enter_array() || !reader.next_element() || !reader.read_string(name) || name != kRecordingName)
    return "this is not a recording of a client: its first line does not name " + std::string(kRecordingName);
  if (!next_integer(reader, version)) return "line 1: cut or damaged";
  if (version != kRecordingVersion)
    return "the recording is of version " + std::to_string(version) + ", and this program reads version " +
           std::to_string(kRecordingVersion);
  if (!read_facts(reader, head)) return "line 1: cut or damaged";
  dropped_ = head.dropped;
  return {};
}

bool RecordingReader::next(RecordedCall& call) {
  if (rest_.empty()) return fail("the recording is cut here: the line that says \"end\" is missing");
  JsonReader reader(take_line());
  call = {};
  if (!reader.enter_array() || !reader.next_element() || !reader.read_string(call.name)) return fail("not a call");
  if (call.name != "end") {
    if (!read_call(reader, call)) return fail("not a whole call of " + call.name);
    ++calls_;
    return true;
  }
  std::uint64_t total = 0;
  if (!next_integer(reader, total) || reader.next_element() || !reader.at_end()) return fail("not a whole end");
  if (total != dropped_ + calls_)
    return fail(std::to_string(total - dropped_) + " calls were recorded, and there are " + std::to_string(calls_));
  if (!rest_.empty()) return fail("more follows after the end");
  return false;
}

std::string_view RecordingReader::take_line() {
  ++line_;
  const std::size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  return line;
}

bool RecordingReader::fail(std::string_view what) {
  problem_ = "line " + std::to_string(line_) + ": ";
  problem_ += what;
  return false;
}

}  // namespace dialogue::client
