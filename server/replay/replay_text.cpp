// See replay_text.hpp.
#include "server/replay/replay_text.hpp"

namespace dialogue::replay {
namespace {

std::string count_of(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::string text_of(const ReplayedInput& input, const ReplayFilter& filter) {
  if (filter.shard && *filter.shard != input.shard) return {};
  const bool is_about_it = !filter.connection || input.connection == filter.connection;
  std::string decisions;
  for (const ReplayedInput::Decision& decision : input.decisions)
    if (is_about_it || decision.connection == filter.connection) decisions += "  " + decision.text + "\n";
  if (!is_about_it && decisions.empty()) return {};
  std::string text = std::to_string(input.shard) + "." + std::to_string(input.number) + " " + std::string(input.line) + "\n";
  for (const std::string_view effect : input.effects) text += "  " + std::string(effect) + "\n";
  return text + decisions;
}

std::string text_of(const ReplayReport& report) {
  if (report.outcome == ReplayReport::Outcome::damaged) return report.sentence + "\n";
  const std::string decisions =
      report.outcome == ReplayReport::Outcome::inputs_only ? std::string() : ", " + count_of(report.decisions, "decision");
  return count_of(report.inputs, "input") + decisions + ". " + report.sentence + "\n";
}

}  // namespace dialogue::replay
