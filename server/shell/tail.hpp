// `dialogue tail`: the events of a room, one a line, from a position on and as they come.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/shell/shell_command.hpp"

namespace dialogue::shell {

struct TailPlan {
  std::string room;
  JoinFrom from = JoinFrom::tail;
  client::Position position;        ///< since: after this; last: its sequence is how many
  std::vector<std::string> events;  ///< names, or beginnings with * behind them; none: the room's default
  std::uint64_t count = 0;          ///< ends after this number; 0: never
  bool is_json = false;
};

/// "EPOCH:SEQ" as `tail --json` shows both. Nothing for any other form.
[[nodiscard]] std::optional<client::Position> parse_position(std::string_view text);

class Tail final : public ShellCommand {
 public:
  /// Both outlive it.
  Tail(const ConnectOptions& connect, const TailPlan& plan, Streams streams) : ShellCommand(connect, streams, 0), plan_(plan) {}

 private:
  void begin() override;
  [[nodiscard]] int interrupted() override { return kDone; }  // that is how it ends
  void delivered(const Frame& event, std::uint64_t epoch) override;
  void missed(std::uint64_t first, std::uint64_t last, ErrorCode why) override;
  void settled(client::Ticket ticket, ErrorCode code, const Frame* answer) override;

  const TailPlan& plan_;
  std::uint64_t shown_ = 0;
};

}  // namespace dialogue::shell
