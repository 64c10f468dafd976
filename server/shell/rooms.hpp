// `dialogue rooms`: the rooms that exist and that this user may join, sorted by id, one a line.
#pragma once
#include <cstdint>
#include <string>

#include "server/shell/shell_command.hpp"

namespace dialogue::shell {

class Rooms final : public ShellCommand {
 public:
  /// `connect` outlive it.
  Rooms(const ConnectOptions& connect, bool is_json, std::uint64_t patience_ms, Streams streams)
      : ShellCommand(connect, streams, patience_ms), is_json_(is_json) {}

 private:
  void begin() override { ask({}); }
  [[nodiscard]] int interrupted() override { return kInterrupted; }
  void settled(client::Ticket ticket, ErrorCode code, const Frame* answer) override;

  void ask(const std::string& after);
  /// A page's rooms; where the next page begins, or empty.
  [[nodiscard]] std::string show(std::string_view page);

  const bool is_json_;
};

}  // namespace dialogue::shell
