// `dialogue publish`: payloads become events of a room, one a line, each acknowledged. A bounded number is on its way at a time,
// so that a pipe of any length needs little memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/shell/shell_command.hpp"

namespace dialogue::shell {

struct PublishPlan {
  std::string room, event;
  std::optional<std::string> payload;  ///< absent: each line of `input`
  int input = 0;
  bool is_json = false;  ///< says each acknowledgement
  std::uint64_t patience_ms = 30'000;
};

class Publish final : public ShellCommand {
 public:
  /// Both outlive it.
  Publish(const ConnectOptions& connect, const PublishPlan& plan, Streams streams)
      : ShellCommand(connect, streams, plan.patience_ms), plan_(plan) {}

 private:
  static constexpr std::size_t kUnsettledMax = kPublishInFlightMax;

  void begin() override;
  [[nodiscard]] int input() const override;
  void on_input() override;
  [[nodiscard]] int interrupted() override;
  [[nodiscard]] int unread() override { return interrupted(); }  // what is left is not published
  void welcomed(const CatalogueView& catalogue) override;
  void left(ErrorCode why) override;
  void settled(client::Ticket ticket, ErrorCode code, const Frame* answer) override;
  void ended(const std::string& why) override;

  /// Publishes lines that have come, as many as may be on their way.
  void publish_lines();
  void publish(std::string payload);
  void refuse(std::uint64_t line, const std::string& why);
  void finish_when_done();

  const PublishPlan& plan_;
  client::Ticket join_ = 0;
  std::map<client::Ticket, std::uint64_t> unsettled_;  ///< the line of each
  std::string text_;                                   ///< of the input, not published yet
  std::size_t looked_ = 0;                             ///< text_ before this has no line end
  std::uint64_t lines_ = 0, refused_ = 0, accepted_ = 0;
  bool is_joined_ = false, has_all_ = false;
};

}  // namespace dialogue::shell
