// A member that speaks Dialogue's protocol with Dialogue's own client core, which decides about publications in flight, order,
// duplicates and reconnecting. Used by the loop's thread.
#pragma once
#include <deque>

#include "client-wasm/core/client.hpp"
#include "server/load/members/member.hpp"
#include "server/load/wire/websocket_client.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::load {

/// What all members of a run have in common.
struct DialogueTerms {
  std::string path, event, token;
  std::string run;                ///< part of producer and user ids, so that two runs do not meet
  bool is_deaf = false;           ///< subscribe to nothing
  std::uint64_t fingerprint = 0;  ///< of the server's catalogue, which the first member is given
  std::uint32_t event_number = 0;
  Frame in_hand;  ///< the frame that is being received: one at a time, for any connection
};

class DialogueMember final : public Member {
 public:
  /// `history`: number of the last events to join from; 0: from now on.
  DialogueMember(Seat seat, DialogueTerms& terms, std::uint64_t history);

  void start() override;
  void publish(const Stamp& stamp, std::string body) override;
  [[nodiscard]] bool can_publish() const override { return unsettled_.size() < client::kPendingMax; }
  void flush() override;
  void tick() override;
  void close() override;

  void opened(std::string_view answer) override;
  void heard(std::string_view message) override;
  void ended(std::uint16_t code, const std::string& why, bool is_refused) override;

 private:
  struct Unsettled {
    client::Ticket ticket = 0;
    std::string body;
  };

  [[nodiscard]] std::uint64_t now_ms() const;
  void open();
  void carry_out_all();
  void carry_out(const client::Action& action);
  void send(const client::Action& action);
  void push(std::string_view frame);
  void welcomed(std::uint64_t fingerprint);
  void settled(client::Ticket ticket, std::uint64_t code);
  void refuse_entry(const std::string& why);

  WebSocketClient web_socket_;
  DialogueTerms& terms_;
  const std::uint64_t history_;
  client::Client core_;
  client::RoomHandle handle_;
  client::Ticket join_ = 0;
  std::deque<Unsettled> unsettled_;  ///< by ticket, which grow
  std::string resume_, why_;         ///< why_: what ended the last connection
  std::string batch_;                ///< frames that leave in one message
  std::size_t batch_frames_ = 0;
  std::string first_;      ///< the message that goes with the handshake, until the server has answered that
  bool was_open_ = false;  ///< the connection stood; else its end is a failed attempt
};

}  // namespace dialogue::load
