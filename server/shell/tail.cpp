// See tail.hpp.
#include "server/shell/tail.hpp"

#include <array>
#include <charconv>
#include <ctime>

#include "shared/base/printable.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::shell {
namespace {

/// "2026-11-23T06:49:03.120Z".
std::string time_text(std::uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string ms = std::to_string(1000 + unix_ms % 1000);
  return std::string(text.data(), size) + '.' + ms.substr(1) + 'Z';
}

std::string_view name_of(const CatalogueView& catalogue, std::uint64_t number) {
  if (number == 0 || number > catalogue.event_count()) return "?";
  return catalogue.event(static_cast<std::uint32_t>(number - 1)).name;
}

}  // namespace

std::optional<client::Position> parse_position(std::string_view text) {
  client::Position position;
  const char* const end = text.data() + text.size();
  const auto [colon, fault] = std::from_chars(text.data(), end, position.epoch);
  if (fault != std::errc{} || colon == end || *colon != ':') return std::nullopt;
  const auto [rest, second_fault] = std::from_chars(colon + 1, end, position.sequence);
  if (second_fault != std::errc{} || rest != end || position.epoch > kSafeIntegerMax || position.sequence > kSafeIntegerMax)
    return std::nullopt;
  return position;
}

void Tail::begin() {
  std::string options = "{}";
  if (!plan_.events.empty()) options = JsonText().raw("match", json_array(plan_.events, json_string)).take();
  (void)session_.join(plan_.room, plan_.from, plan_.position, std::move(options));
}

void Tail::delivered(const Frame& event, std::uint64_t epoch) {
  if (is_over()) return;
  const std::uint64_t sequence = event.integers[2], unix_ms = event.integers[3];
  const std::string_view name = name_of(session_.catalogue(), event.integers[1]);
  if (plan_.is_json) {
    JsonText json;
    json.text("event", name).text("roomId", plan_.room).raw("data", event.payload).text("from", event.string);
    json.number("timestamp", unix_ms).number("seq", sequence).number("epoch", epoch);
    if (is_deletion(event.ext)) json.flag("deleted", true);
    streams_.out << printable_json(json.take()) << '\n';
  } else {
    streams_.out << time_text(unix_ms) << ' ' << printable(event.string) << ' ' << printable(name) << ' '
                 << (is_deletion(event.ext) ? "deleted " : "") << printable_json(event.payload) << '\n';
  }
  if (++shown_ == plan_.count) finish(kDone);
}

// On the error stream, so that what is in the pipe are events alone.
void Tail::missed(std::uint64_t first, std::uint64_t last, ErrorCode why) {
  const std::string reason = why == ErrorCode::ok ? "" : " (" + std::string(error_name(why)) + ")";
  if (first == 0)
    warn("the room's log was replaced: earlier events are missing" + reason);
  else
    warn("events " + std::to_string(first) + " to " + std::to_string(last) + " are missing" + reason);
}

void Tail::settled(client::Ticket, ErrorCode code, const Frame* answer) {
  if (code != ErrorCode::ok) fail(refusal_text(code, answer == nullptr ? std::string_view() : answer->payload));
}

}  // namespace dialogue::shell
