// One shard of a replay: its lines, the shard that is run again on them, and what it is told from outside, as it was then.
// Used by replay() only.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/decision.hpp"
#include "server/core/effects/witness.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/recording_file.hpp"
#include "server/core/recording_line.hpp"
#include "server/core/replay.hpp"
#include "server/core/shard/shard.hpp"

namespace dialogue {

/// Letters that were posted and not yet taken, by sender and receiver.
using ReplayedMessage = std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<ShardMessage>>;

class ReplayedShard final : public Witness {
 public:
  using Tell = std::function<void(const ReplayedInput&)>;
  struct Setup {
    const RecordingHead& head;
    const ShardConfig& config;
    std::uint32_t index;
  };

  ReplayedShard(const Setup& setup, const RecordedShard& recorded);

  /// Runs on until the lines end, a shard message is missing or something is wrong. False when nothing could be done.
  [[nodiscard]] bool run(ReplayedMessage& mail, const Tell& tell);
  /// Tells the inputs without running them.
  void show(const Tell& tell);

  [[nodiscard]] bool is_done() const { return at_ == lines_.size(); }
  /// "line 7: ..."; empty: none.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// The first inputs with other decisions than recorded, in words; empty: none.
  [[nodiscard]] const std::string& difference() const { return difference_; }
  /// What it waits for, in words. After run(), unless is_done().
  [[nodiscard]] std::string missing() const;
  [[nodiscard]] std::uint64_t inputs() const { return inputs_; }
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }

  /// A hook is called: does and says what it did then.
  [[nodiscard]] HookDecision hook(HookClient& client);

  /// A middleware is called: what it said then.
  [[nodiscard]] HookVerdict judge() const;

  // As in Witness.
  void returned(std::uint64_t question) override;
  void threw(std::uint64_t, std::optional<std::string_view>) override {}
  void denied(std::uint64_t, const std::string&) override {}
  void screened(std::uint64_t, const HookVerdict&) override {}
  void wished(std::uint64_t, std::string_view, std::string_view) override {}
  void sends(std::uint64_t, std::string_view, std::string_view, std::string_view) override {}
  [[nodiscard]] std::optional<Error> judged(std::optional<Error>&& fault) override;
  [[nodiscard]] PayloadHash hashed(PayloadHash hash) override;

 private:
  /// A ["told", ...] line, read.
  struct Told {
    std::uint64_t question = 0, number = 0;
    std::string kind;
    std::vector<std::string> texts;
  };

  /// One line, with those that belong to it. False when it has to wait.
  [[nodiscard]] bool step(ReplayedMessage& mail, const Tell& tell);
  void compare(const RecordedLine& line);
  void take_told(ReplayedInput& input);
  /// Gives the input to the shard, and its decisions to `input`.
  void repeat(const RecordedLine& line, ReplayedMessage& mail, ReplayedInput& input);
  void give(std::string_view name, LineReader& line, ReplayedMessage& mail, ReplayedInput& input);
  void give_of_connection(std::string_view name, LineReader& line, ReplayedInput& input);
  void take_decisions(ReplayedMessage& mail, ReplayedInput& input);
  [[nodiscard]] const Told* find(std::uint64_t question, std::string_view kind) const;
  void fail(const RecordedLine& line, std::string_view what) { fault_ = line_fault(line, what); }

  const std::uint32_t index_;
  const bool keeps_payloads_;
  const std::vector<RecordedLine>& lines_;
  std::size_t at_ = 0;
  std::uint64_t inputs_, decisions_ = 0, compared_ = 0;
  Shard shard_;
  DecisionDigest digest_;
  Time now_;
  Actions actions_;
  std::vector<Told> told_;
  std::string fault_, difference_;
};

}  // namespace dialogue
