// One shard of a replay: its lines, the shard that runs again on them, and what it heard from outside in the recorded run.
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

#include "server/core/effects/effect_tape.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/replay/action_digest.hpp"
#include "server/replay/recording_file.hpp"
#include "server/replay/recording_line.hpp"
#include "server/replay/replay.hpp"

namespace dialogue {

/// Mail that was posted and not yet taken, by sender and receiver.
using ReplayedMessage = std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<ShardMessage>>;

class ReplayedShard final : public EffectTape, private ShardHost {
 public:
  using Tell = std::function<void(const ReplayedInput&)>;
  struct Setup {
    const RecordingHead& head;
    const ShardConfig& config;
    std::uint32_t index;
  };

  ReplayedShard(const Setup& setup, const RecordedShard& recorded);

  /// Runs on until the lines end, a letter is missing or something is wrong. False when nothing could be done.
  [[nodiscard]] bool run(ReplayedMessage& mail, const Tell& tell);
  /// Tells the inputs without running them.
  void show(const Tell& tell);

  [[nodiscard]] bool is_done() const { return at_ == lines_.size(); }
  /// "line 7: ..."; empty: none.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// The first inputs with other actions than recorded, in words; empty: none.
  [[nodiscard]] const std::string& difference() const { return difference_; }
  /// What it waits for, in words. After run(), unless is_done().
  [[nodiscard]] std::string missing() const;
  [[nodiscard]] std::uint64_t inputs() const { return inputs_; }
  [[nodiscard]] std::uint64_t decisions() const { return decisions_; }

  /// A hook is called: does and says what it did then.
  [[nodiscard]] HookDecision hook(HookClient& client);

  /// A middleware is called: what it said then.
  [[nodiscard]] HookVerdict judge() const;

  // As in EffectTape.
  void returned(std::uint64_t question) override;
  void threw(std::uint64_t, std::optional<std::string_view>) override {}
  void denied(std::uint64_t, const std::string&) override {}
  void screened(std::uint64_t, const HookVerdict&) override {}
  void requested(std::uint64_t, std::string_view, std::string_view) override {}
  void sent(std::uint64_t, std::string_view, std::string_view, std::string_view) override {}
  [[nodiscard]] std::optional<Error> validated(std::optional<Error>&& fault) override;
  [[nodiscard]] PayloadHash hashed(PayloadHash hash) override;

 private:
  [[nodiscard]] Time now() const override { return now_; }
  void perform(Actions& actions) override;

  /// A ["told", ...] line, read.
  struct Effect {
    std::uint64_t question = 0, number = 0;
    std::string kind;
    std::vector<std::string> texts;
  };

  /// One line, with those that belong to it. False when it has to wait.
  [[nodiscard]] bool step(ReplayedMessage& mail, const Tell& tell);
  void compare(const RecordedLine& line);
  void take_effects(ReplayedInput& input);
  /// Applies the input to the shard, and adds its actions to `input`.
  void repeat(const RecordedLine& line, ReplayedMessage& mail, ReplayedInput& input);
  void apply(Input&& input);
  void decided(std::string text, std::optional<ConnectionId> connection);
  [[nodiscard]] const Effect* find(std::uint64_t question, std::string_view kind) const;
  void fail(const RecordedLine& line, std::string_view what) { fault_ = line_fault(line, what); }

  const std::uint32_t index_;
  const bool keeps_payloads_;
  const std::vector<RecordedLine>& lines_;
  std::size_t at_ = 0;
  std::uint64_t inputs_, decisions_ = 0, compared_ = 0;
  ActionDigest digest_;
  ShardDriver driver_;
  Time now_;
  ReplayedMessage* mail_ = nullptr;  ///< while an input is repeated
  ReplayedInput* input_ = nullptr;   ///< the same
  std::vector<Effect> effects_;
  std::string fault_, difference_;
};

}  // namespace dialogue
