// The flight recorder: a shard's inputs, each as a line of text, the newest within a bound. Shards with the same configuration
// and inputs make the same decisions, so a replay (server/replay/replay.hpp) reproduces them. Messages of other shards are not
// recorded: the other shard's recording reproduces them. A RecordingDriver passes the inputs. Used by its shard's thread. One
// to four microseconds per input.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "server/core/effects/effect_log.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/input.hpp"
#include "server/core/util/time.hpp"
#include "server/replay/action_digest.hpp"
#include "server/replay/format/recording_values.hpp"

namespace dialogue::replay {

struct RecordingOptions {
  std::size_t bytes_max = 64 * 1024 * 1024;  ///< of one shard
  /// Payloads are masked otherwise: letters become x, digits 1; keys and lengths stay. Tokens are never kept.
  bool keeps_payloads = false;
  /// Random bytes, not kept: with them hashes of masked payloads reveal equality, but no content.
  std::string salt;
};

class Recorder final : public core::EffectLog {
 public:
  Recorder(std::uint32_t shard, RecordingOptions options);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// An input that the shard is about to apply.
  void applied(const core::Input& input, core::Time now);
  /// Records the decisions that an input caused.
  void decided(const core::Applied& result, std::span<const core::Action> actions);

  // As in EffectLog.
  void returned(std::uint64_t) override {}
  void threw(std::uint64_t question, std::optional<std::string_view> what) override;
  void denied(std::uint64_t question, const std::string& reason) override;
  void screened(std::uint64_t question, const core::HookVerdict& verdict) override;
  void requested(std::uint64_t question, std::string_view kind, std::string_view text) override;
  void sent(std::uint64_t question, std::string_view room, std::string_view event, std::string_view json) override;
  [[nodiscard]] std::optional<core::Error> validated(std::optional<core::Error>&& fault) override;
  [[nodiscard]] core::PayloadHash hashed(core::PayloadHash hash) override;

  /// This shard's part of a recording: see recording_text().
  [[nodiscard]] std::string text() const;

 private:
  /// Lines that go together when there is no more space.
  struct Chunk {
    std::string lines;
    std::uint64_t inputs = 0;
  };

  [[nodiscard]] static LineWriter effect(std::uint64_t question, std::string_view kind);
  void keep(LineWriter& line) { append(line.take() + "\n"); }
  void append(const std::string& line);
  [[nodiscard]] std::string check_line() const;
  [[nodiscard]] core::PayloadHash salted(core::PayloadHash hash) const;

  std::uint32_t shard_;
  RecordingOptions options_;
  Privacy privacy_;
  ActionDigest digest_;
  std::deque<Chunk> chunks_{1};
  std::size_t bytes_ = 0;
  std::uint64_t inputs_ = 0, dropped_ = 0;  ///< dropped: the oldest, for want of space
};

/// Inputs from one checksum of the actions to the next.
inline constexpr std::uint64_t kInputsPerCheck = 100;

/// A whole recording: recording_head(), then each shard's text() in their order.
[[nodiscard]] std::string recording_text(const std::string& head, std::span<const std::string> shards);

}  // namespace dialogue::replay
