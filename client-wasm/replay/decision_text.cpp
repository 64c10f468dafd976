// See decision_text.hpp.
#include "client-wasm/replay/decision_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "client-wasm/core/action.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/number_text.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::client {

namespace {

std::string number_text(double number) {
  if (std::abs(number) < 0x1p63 && std::trunc(number) == number) return std::to_string(static_cast<std::int64_t>(number));
  return std::isfinite(number) ? std::to_string(number) : "no number";
}

std::string joined(std::string text, std::span<const double> numbers) {
  for (const double number : numbers) text += " " + number_text(number);
  return text;
}

std::string error_text(double code) {
  for (const ErrorRow& row : kErrors)
    if (static_cast<double>(row.code) == code) return std::string(row.name);
  return "code " + number_text(code);
}

/// A frame's type by its name, and its other integers.
std::string frame_text(std::span<const double> numbers) {
  if (numbers.empty()) return "no frame";
  for (const FrameShape& shape : kFrameShapes)
    if (static_cast<double>(shape.type) == numbers[0]) return joined(std::string(shape.name), numbers.subspan(1));
  return joined("unknown frame", numbers);
}

std::string state_text(double state) {
  constexpr std::array<std::string_view, 4> kStates = {"connecting", "connected", "reconnecting", "closed"};
  return state >= 0 && state < kStates.size() ? std::string(kStates[static_cast<std::size_t>(state)]) : number_text(state);
}

std::string gap_text(std::span<const double> numbers) {
  const std::string which = numbers[0] == 0 ? "all so far" : number_text(numbers[0]) + " to " + number_text(numbers[1]);
  return "gap in " + which + (numbers[2] == 0 ? "" : ": " + error_text(numbers[2]));
}

std::string ticket_text(double ticket) { return "ticket " + number_text(ticket); }

}  // namespace

std::string DecisionText::time(double now) const { return "+" + number_text(now - began_.value_or(now)) + " ms"; }

std::string DecisionText::room(double handle) const {
  const auto found = rooms_.find(word(handle));
  return "room " + number_text(handle) + (found == rooms_.end() ? "" : " \"" + found->second + "\"");
}

std::string DecisionText::of(const CallRow& row, const RecordedCall& call) {
  if (row.now != kNoTime && !began_) began_ = call.arguments[row.now];
  if (call.name == "add_room") rooms_[word(call.result.value_or(0))] = call.text;
  if (call.name == "next") return action(call.result.value_or(0), call.area);
  if (call.name != "deadline") return input(row, call);
  return call.result && std::isfinite(*call.result) ? "next tick at " + time(*call.result) : "no tick";
}

std::string DecisionText::input(const CallRow& row, const RecordedCall& call) const {
  std::string text = row.now == kNoTime ? "" : time(call.arguments[row.now]) + "  ";
  text += call.name;
  if (call.name == "receive") return text + " " + frame_text(call.area) + " " + call.text;
  if (call.name == "violated") return text + " " + error_text(call.arguments[0]);
  const std::size_t first = row.is_about_room ? 1 : 0;
  if (row.is_about_room) text += " " + room(call.arguments[0]);
  text = joined(std::move(text), std::span(call.arguments).first(std::min(row.now, call.arguments.size())).subspan(first));
  if (!call.text.empty() && !row.is_about_catalogue) text += " " + call.text;
  if (call.name == "validate") return text + ": " + error_text(call.result.value_or(0));
  if (call.name == "position") return joined(text + " ->", call.area);
  if (call.result) text += " -> " + number_text(*call.result);
  return call.name == "publish" && !call.area.empty() && call.area[0] != 0 ? text + ", volatile" : text;
}

std::string DecisionText::sent(double reference, std::span<const double> numbers) const {
  const std::string frame = "send " + frame_text(numbers);
  const double type = numbers.empty() ? 0 : numbers[0];
  if (type == static_cast<double>(FrameType::join)) return frame + " of " + room(reference);
  if (type == static_cast<double>(FrameType::publish) || type == static_cast<double>(FrameType::can))
    return frame + " of " + ticket_text(reference);
  return type == static_cast<double>(FrameType::hello) ? frame + " as producer " + number_text(reference) : frame;
}

std::string DecisionText::action(double kind, std::span<const double> area) const {
  constexpr std::size_t kHead = 2;  // reference and count, before the numbers
  std::array<double, kAreaNumbers> numbers{};
  if (area.size() > kHead) std::copy_n(area.begin() + kHead, std::min(area.size() - kHead, numbers.size()), numbers.begin());
  const double reference = area.empty() ? 0 : area[0];
  switch (static_cast<ActionKind>(word(kind))) {
    case ActionKind::none:
      return "nothing more";
    case ActionKind::open:
      return "open a socket";
    case ActionKind::drop:
      return "close the socket with " + number_text(numbers[0]);
    case ActionKind::send:
      return sent(reference, area.subspan(std::min(kHead, area.size())));
    case ActionKind::state:
      return "state " + state_text(numbers[0]);
    case ActionKind::welcome:
      return "welcome, catalogue " + number_text(numbers[0]);
    case ActionKind::joined:
      return "joined " + room(reference);
    case ActionKind::left:
      return "left " + room(reference) + (numbers[0] == 0 ? "" : ": " + error_text(numbers[0]));
    case ActionKind::deliver:
      return "deliver to " + (word(reference) == kNoRoom ? "the user" : room(reference));
    case ActionKind::presence:
      return "presence of " + room(reference);
    case ActionKind::gap:
      return gap_text(numbers) + " of " + room(reference);
    case ActionKind::fault:
      return "fault " + error_text(numbers[0]);
    case ActionKind::answer:
      return "answer " + ticket_text(reference) + ": " + error_text(numbers[0]);
    case ActionKind::settle:
      return "settle " + ticket_text(reference) + ": " + error_text(numbers[0]);
    case ActionKind::wait:
      return numbers[0] == 0 ? "wait no longer" : "wait until " + time(numbers[1]) + ": " + error_text(numbers[0]);
  }
  return joined("action " + number_text(kind), area);
}

}  // namespace dialogue::client
