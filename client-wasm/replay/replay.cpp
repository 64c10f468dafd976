// See replay.hpp.
#include "client-wasm/replay/replay.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "client-wasm/replay/calls.hpp"
#include "client-wasm/replay/decision_text.hpp"

namespace dialogue::client {

namespace {

using Tell = std::function<void(const std::string&)>;

constexpr std::string_view kIndent = "  ";

bool is_decision(const RecordedCall& call) { return call.name == "next" || call.name == "deadline"; }

/// Results are compared as the module gives them: of 32 bits, signed or not. Only deadline() gives more.
bool is_same(const RecordedCall& one, const RecordedCall& other) {
  if (one.area != other.area || one.result.has_value() != other.result.has_value()) return false;
  if (!one.result || *one.result == *other.result) return true;
  return one.name != "deadline" && word(*one.result) == word(*other.result);
}

class Replay {
 public:
  Replay(const RecordingHead& head, const Tell& tell) : head_(head), tell_(tell), instance_(head.seed) {}

  void begin() const;
  /// Makes or shows one call, which stands at `line`. Returns why that is impossible, or an empty text.
  [[nodiscard]] std::string make(const RecordedCall& call, std::size_t line);
  void conclude() const;
  [[nodiscard]] bool differs() const { return differs_at_ != 0; }

 private:
  [[nodiscard]] RecordedCall made_again(const CallRow& row, const RecordedCall& call);
  void show(const CallRow& row, const RecordedCall& call);
  void say(std::string text) const;

  const RecordingHead& head_;
  const Tell& tell_;
  RecordedInstance instance_;
  DecisionText text_;
  std::size_t rooms_ = 0, differs_at_ = 0;
  bool has_failed_ = false;  ///< a recorded call made the module fail; its state after that is unknown
};

/// Keeps a line in one piece and free of characters that control a terminal: a recording may be from anyone.
void Replay::say(std::string text) const {
  constexpr char kDelete = 0x7f;
  for (char& each : text)
    if ((each >= 0 && each < ' ') || each == kDelete) each = ' ';
  tell_(text);
}

void Replay::begin() const {
  say("recorded by dialogue-client " + head_.client_version + (head_.keeps_payloads ? "" : ", payloads masked"));
  if (head_.dropped == 0) return;
  say("the first " + std::to_string(head_.dropped) + " calls are gone, since the recording may have " +
      std::to_string(head_.bytes_max) + " bytes: createRecorder({ bytes }) says how many; what is left is shown, not replayed");
}

std::string Replay::make(const RecordedCall& call, std::size_t line) {
  const CallRow* const row = find_call(call.name);
  if (row == nullptr) return "no call is named " + call.name;
  if (std::string why = why_not_whole(*row, call); !why.empty()) return why;
  const bool has_text = row->name != "validate" || head_.keeps_payloads;
  if (call.trapped || has_failed_ || head_.dropped != 0 || !has_text) {
    show(*row, call);
    if (call.trapped) say(std::string(kIndent) + "the module failed");
    has_failed_ = has_failed_ || call.trapped;
    return {};
  }
  if (std::string why = why_impossible(*row, call, instance_, rooms_); !why.empty()) return why;
  const RecordedCall again = made_again(*row, call);
  if (row->name == "add_room") rooms_ = std::max(rooms_, static_cast<std::size_t>(again.result.value_or(0)) + 1);
  show(*row, again);
  if (is_same(call, again)) return {};
  say(std::string(kIndent) + "recorded: " + text_.of(*row, call));
  if (differs_at_ == 0) differs_at_ = line;
  return {};
}

RecordedCall Replay::made_again(const CallRow& row, const RecordedCall& call) {
  RecordedCall again = call;
  const double result = row.make(instance_, call);
  if (row.has_result) again.result = result;
  if (row.name == "receive") return again;
  constexpr std::size_t kActionHead = 2;  // reference and count
  const bool is_action = row.name == "next" && result != 0;
  const std::size_t left = is_action ? kActionHead + static_cast<std::size_t>(instance_.area[1]) : row.area;
  again.area.assign(instance_.area.data(), instance_.area.data() + left);
  return again;
}

void Replay::show(const CallRow& row, const RecordedCall& call) {
  const bool is_end = call.name == "next" && call.result == 0.0;
  if (!is_end) say(std::string(is_decision(call) ? kIndent : "") + text_.of(row, call));
}

void Replay::conclude() const {
  if (head_.dropped != 0) return;
  if (!differs()) return say("the same decisions as recorded");
  say("other decisions than recorded, from line " + std::to_string(differs_at_) + " of the recording on");
}

}  // namespace

ClientReplay replay_client(std::string_view recording, const std::function<void(const std::string&)>& line) {
  RecordingReader reader(recording);
  RecordingHead head;
  if (std::string problem = reader.read_head(head); !problem.empty()) return {std::move(problem)};
  Replay replay(head, line);
  replay.begin();
  for (RecordedCall call; reader.next(call);)
    if (const std::string why = replay.make(call, reader.line()); !why.empty())
      return {"line " + std::to_string(reader.line()) + ": " + why};
  if (!reader.problem().empty()) return {reader.problem()};
  replay.conclude();
  return {{}, replay.differs()};
}

}  // namespace dialogue::client
