// A client of one room in a shell: does what js/src does around the same core, over a WebSocket or over TCP. Resume, exactly-once
// and what is final are the core's decisions. One thread.
//
//   Session session(connect, observer, reactor);
//   session.join("chat", JoinFrom::tail, {}, "{}");
//   while (...) { reactor.wait(session.context(), -1, session.deadline_ms()); session.turn(); }
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client-wasm/core/client.hpp"
#include "server/load/wire/stream_client.hpp"
#include "server/load/wire/tls.hpp"
#include "server/shell/reactor.hpp"
#include "server/shell/server_url.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::shell {

/// Whom to connect to, and as whom.
struct ConnectOptions {
  ServerUrl url;
  load::TlsTrust trust;
  std::string token;  ///< empty: none
  std::string user;   ///< a development identity; empty: a guest, or whom the token names
};

/// The events of a session. Calls come within Session's functions; frames are valid during the call.
class SessionObserver {
 public:
  /// WELCOME came, with these definitions.
  virtual void welcomed(const CatalogueView& catalogue) = 0;
  /// An event is new.
  virtual void delivered(const Frame& event, std::uint64_t epoch) = 0;
  /// Events are missing, `first` to `last`; 0 0: the log was replaced.
  virtual void missed(std::uint64_t first, std::uint64_t last, ErrorCode why) = 0;
  /// The membership ended, and not because this session left.
  virtual void left(ErrorCode why) = 0;
  /// A ticket is settled; `answer` is the server's frame, null where the client itself decided.
  virtual void settled(client::Ticket ticket, ErrorCode code, const Frame* answer) = 0;
  /// The server asks for patience with a join or a publication, and why; ok: it does so no more.
  virtual void waiting(ErrorCode why) = 0;
  /// A connection could not be made or has ended; the session reconnects by itself.
  virtual void lost(const std::string& why) = 0;
  /// It does not reconnect.
  virtual void ended(const std::string& why) = 0;

 protected:
  ~SessionObserver() = default;
};

class Session final : private load::StreamClient::Listener {
 public:
  /// All outlive it. Throws SetupError for an invalid address or certificate file.
  Session(const ConnectOptions& connect, SessionObserver& observer, Reactor& reactor);
  ~Session() = default;

  /// Once. `options` is JOIN's object.
  client::Ticket join(const std::string& room_id, JoinFrom from, client::Position position, std::string options);
  /// `payload` is on one line, and valid; `event` its name, which the catalogue has.
  client::Ticket publish(const std::string& event, bool is_volatile, std::string payload);
  /// `options` is LIST's object.
  client::Ticket list(std::string options);

  /// Sends what was decided. After every wait.
  void turn();
  [[nodiscard]] std::uint64_t deadline_ms() const { return core_.deadline(); }
  [[nodiscard]] load::StreamClientContext& context() { return context_; }
  [[nodiscard]] const CatalogueView& catalogue() const { return catalogue_; }
  [[nodiscard]] bool was_welcomed() const { return was_welcomed_; }
  /// Leaves in order; waits for the server's answer for a second.
  void close();

 private:
  struct Publication {
    std::string event, payload;
  };

  void opened(std::string_view answer) override;
  void heard(std::string_view message) override;
  void ended(std::uint16_t code, const std::string& why, bool is_refused) override;

  [[nodiscard]] std::uint64_t now_ms() const { return context_.now_us / 1000; }
  void take_frame(std::string_view text);
  void carry_out_all();
  void carry_out(const client::Action& action);
  void open();
  void send(const client::Action& action);
  void push(std::string_view frame);
  [[nodiscard]] std::string hello_object(std::uint32_t generation) const;
  void welcomed(std::uint64_t fingerprint);
  void settle(client::Ticket ticket, std::uint64_t code, const Frame* answer);
  [[nodiscard]] client::RoomHandle handle_of(const std::string& room_id);
  void end(const std::string& why);

  const ConnectOptions& connect_;
  SessionObserver& observer_;
  Reactor& reactor_;
  load::StreamClientContext context_;
  std::vector<char> buffer_;
  std::optional<load::TlsContext> tls_;
  client::Client core_;
  std::map<std::string, client::RoomHandle> rooms_;
  std::string room_id_, join_options_;
  client::RoomHandle room_ = client::kNoRoom;
  std::map<client::Ticket, Publication> unsettled_;
  std::map<client::Ticket, std::string> lists_;
  std::vector<std::uint8_t> catalogue_bytes_;
  CatalogueView catalogue_;
  Frame in_hand_;
  std::string producer_, resume_;
  std::string why_;  ///< what ended the last connection, as the server said it
  std::optional<ErrorCode> bye_;
  std::string batch_;
  std::size_t batch_frames_ = 0;
  bool was_welcomed_ = false, has_ended_ = false;
  std::unique_ptr<load::StreamClient> wire_;  ///< last, so that it goes first
};

}  // namespace dialogue::shell
