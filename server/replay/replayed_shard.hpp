// One shard of a replay: its lines, the shard that runs again on them, and the external answers in the recorded run. Used by
// verify() only.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/effects/effect_log.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/replay/action_digest.hpp"
#include "server/replay/format/recording_file.hpp"
#include "server/replay/format/recording_line.hpp"
#include "server/replay/replay.hpp"

namespace dialogue::replay {

/// Shard messages that were posted and not yet taken, by sender and receiver.
using ReplayedMessages = std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<core::ShardMessage>>;

class ReplayedShard final : public core::EffectLog, private core::ShardHost {
 public:
  using Each = std::function<void(const ReplayedInput&)>;
  struct Setup {
    const RecordingHead& head;
    const core::ShardConfig& config;
    std::uint32_t index;
  };

  ReplayedShard(const Setup& setup, const RecordedShard& recorded);

  /// Runs until the lines end, a shard message is missing or something is wrong. False when nothing could be done.
  [[nodiscard]] bool run(ReplayedMessages& messages, const Each& each);
  /// Reports the inputs without running them.
  void show(const Each& each);

  [[nodiscard]] bool is_done() const { return at_ == lines_.size(); }
  /// "line 7: ..."; empty: none.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// The first inputs with other actions than recorded, in words; empty: none.
  [[nodiscard]] const std::string& difference() const { return difference_; }
  /// What it waits for, in words. After run(), unless is_done().
  [[nodiscard]] std::string missing() const;
  [[nodiscard]] std::uint64_t inputs() const { return inputs_; }
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }

  /// A hook is called: repeats its recorded commands and answer.
  [[nodiscard]] core::HookDecision hook(core::HookClient& client);

  /// A middleware is called: its recorded answer.
  [[nodiscard]] core::HookVerdict judge() const;

  // As in EffectLog.
  void returned(std::uint64_t question) override;
  void threw(std::uint64_t, std::optional<std::string_view>) override {}
  void denied(std::uint64_t, const std::string&) override {}
  void screened(std::uint64_t, const core::HookVerdict&) override {}
  void requested(std::uint64_t, std::string_view, std::string_view) override {}
  void sent(std::uint64_t, std::string_view, std::string_view, std::string_view) override {}
  [[nodiscard]] std::optional<core::Error> validated(std::optional<core::Error>&& fault) override;
  [[nodiscard]] core::PayloadHash hashed(core::PayloadHash hash) override;

 private:
  [[nodiscard]] core::Time now() const override { return now_; }
  void perform(core::Actions& actions) override;

  /// A `["told", ...]` line, read.
  struct Effect {
    std::uint64_t question = 0, number = 0;
    std::string kind;
    std::vector<std::string> texts;
  };

  /// Replays one line, with those that belong to it. Returns false if it has to wait.
  [[nodiscard]] bool step(ReplayedMessages& messages, const Each& each);
  void compare(const RecordedLine& line);
  void take_effects(ReplayedInput& input);
  /// Applies the input to the shard, and adds its actions to `input`.
  void repeat(const RecordedLine& line, ReplayedMessages& messages, ReplayedInput& input);
  void apply(core::Input&& input);
  void decided(std::string text, std::optional<core::ConnectionId> connection);
  [[nodiscard]] const Effect* find(std::uint64_t question, std::string_view kind) const;
  void fail(const RecordedLine& line, std::string_view what) { fault_ = line_fault(line, what); }

  const std::uint32_t index_;
  const bool keeps_payloads_;
  const std::vector<RecordedLine>& lines_;
  std::size_t at_ = 0;
  std::uint64_t inputs_, decisions_ = 0, compared_ = 0;
  ActionDigest digest_;
  core::ShardDriver driver_;
  core::Time now_;
  ReplayedMessages* messages_ = nullptr;  ///< while an input is repeated
  ReplayedInput* input_ = nullptr;        ///< the same
  std::vector<Effect> effects_;
  std::string fault_, difference_;
};

}  // namespace dialogue::replay
