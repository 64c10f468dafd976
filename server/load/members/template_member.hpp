// A member that speaks by templates. It has no acknowledgements and does not reconnect: a lost connection ends the run. Used by
// the loop's thread.
#pragma once
#include "server/load/members/member.hpp"
#include "server/load/protocol/protocol_template.hpp"
#include "server/load/wire/websocket_client.hpp"

namespace dialogue::load {

class TemplateMember final : public Member {
 public:
  /// `dialect` outlives the member.
  TemplateMember(Seat seat, const ProtocolTemplate& dialect)
      : Member(std::move(seat), web_socket_), web_socket_(context_, *this), dialect_(dialect) {}

  void start() override;
  void publish(const Stamp& stamp, std::string body) override;
  [[nodiscard]] bool can_publish() const override { return wire.unsent() < kUnsentBytesMax; }
  void flush() override { wire.flush(); }
  void close() override;

  void opened(std::string_view) override;
  void heard(std::string_view message) override;
  void ended(std::uint16_t code, const std::string& why, bool is_refused) override;

 private:
  void say(const TemplateText& text);
  void join();
  [[nodiscard]] TemplateText::Values values() const { return {room, {}, index, 0}; }

  static constexpr std::size_t kUnsentBytesMax = 1024 * 1024;

  WebSocketClient web_socket_;
  const ProtocolTemplate& dialect_;
};

}  // namespace dialogue::load
