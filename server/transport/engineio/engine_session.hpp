// One Engine.IO session: its packets travel in polls, then, after an upgrade or from the beginning, on a WebSocket. Its client
// interprets them. Lives on its loop's thread; kept alive by its table until it has ended.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/net/admission_guard.hpp"
#include "server/transport/engineio/engine_call.hpp"
#include "server/transport/engineio/engine_client.hpp"
#include "server/transport/engineio/engine_limits.hpp"
#include "server/transport/engineio/engine_socket.hpp"
#include "server/transport/engineio/engine_state.hpp"
#include "server/transport/engineio/engine_writer.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class EngineTable;

class EngineSession final : public std::enable_shared_from_this<EngineSession>, private EngineSocket::Owner {
 public:
  /// What is fixed when it begins.
  struct Facts {
    std::string sid;
    std::string page;  ///< the origin that it is bound to; empty: the server's own, or no page
    core::PeerFacts peer;
    net::AddressLimits::Connection account;  ///< of the address, uncounted
  };

  /// `admission` of the session is given back when it ends, or a WebSocket that counts by itself carries it.
  EngineSession(loop::ShardLoop& loop, EngineTable& table, Facts facts, net::AdmissionGuard admission,
                EngineState::Carrier carrier, const EngineLimits& limits);

  [[nodiscard]] const std::string& sid() const { return facts_.sid; }
  [[nodiscard]] const std::string& page() const { return facts_.page; }

  // --- For the table ---
  void begin_with_poll(EngineCall& call, const MakeEngineClient& make);
  /// False: it has ended.
  bool begin_with_socket(std::shared_ptr<EngineSocket> socket, std::string answer, std::string received,
                         const MakeEngineClient& make);
  void serve(EngineCall& call);
  void cancel_poll(const std::shared_ptr<const char>& token);
  /// A POST of the client was larger than may be, and is refused by who has read its head.
  void body_too_large();
  /// A WebSocket with its id. It may carry the session next, or is closed.
  void offer_socket(std::shared_ptr<EngineSocket> socket, std::string answer, std::string received);
  void on_time(std::uint64_t now_ms);
  [[nodiscard]] std::uint64_t next_ms() const;
  void drain();
  /// Immediately and silently.
  void abandon();

  // --- For the client ---
  [[nodiscard]] loop::ShardLoop& loop() { return loop_; }
  [[nodiscard]] const core::PeerFacts& peer() const { return facts_.peer; }
  /// Returns a connection of the client's address that is not counted.
  [[nodiscard]] net::AddressLimits::Connection account() const { return facts_.account.uncounted(); }
  void send_text(std::string_view message) { send_packet(std::make_shared<const std::string>(std::string("4").append(message))); }
  /// A message with its type in front.
  void send_packet(core::SharedBytes packet);
  void send_binary(core::SharedBytes bytes);
  /// Whether what waits is so little that more is wanted.
  [[nodiscard]] bool wants_more() const;
  /// Whether more waits than there may: once that is flushed and still waits, the session closes.
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open; }
  /// All that was sent has been taken: by the system, or by a poll.
  [[nodiscard]] bool is_written() const;
  /// Bytes of what was sent that neither the system nor a poll has taken.
  [[nodiscard]] std::size_t waiting() const { return socket_ ? socket_->waiting() : waiting_.bytes(); }
  /// How long nothing of what waits was taken.
  [[nodiscard]] std::uint64_t stalled_ms(std::uint64_t now_ms) const;
  /// Lets go what was sent, once the caller has done its part.
  void flush();
  /// Its client has reconnected, perhaps because a network cut a large answer: answers begin with a packet each, then double.
  void answer_by_steps();
  /// After what was sent. on_closed() is not called.
  void close();
  /// The times that its client waits for have changed.
  void reschedule();

 private:
  /// closing: a client that polls gets what is left with its next poll.
  enum class Phase : std::uint8_t { open, closing, ended };
  struct Poll {
    http::Responder respond;
    std::string origin;
    std::shared_ptr<const char> token;
  };

  void park(EngineCall& call);
  void take_post(EngineCall& call);
  void apply(EngineState::Step step, std::string_view data, bool is_binary);
  void apply_candidate(EngineState::Step step);
  void upgrade();
  void drop_candidate();
  void answer_poll(std::string payload);
  [[nodiscard]] std::string next_payload();
  /// The client's side has ended it, or broke the rules: `last` goes to a poll that is parked.
  void lose(std::string_view last, EngineEnd how = EngineEnd::lost);
  /// The client has closed it by a POST, and a poll of its may still be under way: it gets a noop, whichever came first.
  void part();
  /// The client broke the rules, as these words say.
  void violated(std::string_view why, std::string_view last);
  void end();
  void guard_buffer();
  /// Where a packet of the client goes, null once it does not.
  [[nodiscard]] EngineWriter* writer_now();
  [[nodiscard]] EngineWriter& writer() { return socket_ ? socket_->writer() : waiting_; }

  void socket_message(EngineSocket& socket, std::span<char> data, bool is_binary) override;
  void socket_read(EngineSocket& socket) override;
  void socket_moved(EngineSocket& socket) override;
  void socket_violated(EngineSocket& socket, ErrorCode code, std::string_view why) override;
  void socket_lost(EngineSocket& socket, EngineEnd how) override;

  loop::ShardLoop& loop_;
  EngineTable& table_;
  const EngineLimits& limits_;
  const Facts facts_;
  net::AdmissionGuard admission_;
  EngineState state_;
  std::unique_ptr<EngineClient> client_;
  EngineWriter waiting_;                              ///< while polls carry it
  std::optional<Poll> poll_;                          ///< parked
  std::shared_ptr<EngineSocket> socket_, candidate_;  ///< that carries it; that may carry it next
  std::size_t answer_bytes_max_;                      ///< of the next answer to a poll, unless a single packet is larger
  unsigned single_answers_ = 0;                       ///< number of further ones with one packet
  std::uint64_t deadline_ms_ = 0;                     ///< of the closing
  std::uint64_t progress_ms_ = 0;                     ///< when something of what waits was last taken
  std::uint64_t scheduled_ms_ = 0;                    ///< in the table; 0: not at all
  Phase phase_ = Phase::open;
  bool is_parting_ = false;  ///< closing, by the client

  friend class EngineTable;
};

}  // namespace dialogue::transport
