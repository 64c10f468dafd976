// One Socket.IO client on its Engine.IO session: packets in and out, its namespaces, and the time within which it must connect to
// one. What a namespace does is its SocketioNamespace's. On the thread of the session's loop.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/engineio/engine_client.hpp"
#include "server/transport/engineio/engine_session.hpp"
#include "server/transport/socketio/socketio_assembler.hpp"
#include "server/transport/socketio/socketio_limits.hpp"

namespace dialogue::transport {

class SocketioClient;

/// How a client's connection to a namespace ends. disconnected: by its DISCONNECT. closed: with its session, in order, so that
/// no place is kept for it. lost: with its session, otherwise.
enum class SocketioEnd : std::uint8_t { disconnected, closed, lost };

/// A client's connection to one namespace.
class SocketioNamespace {
 public:
  virtual ~SocketioNamespace() = default;
  /// CONNECT: `auth` is a JSON object or empty. Answers now or later.
  virtual void begin(std::string_view auth) = 0;
  /// EVENT or ACK, plain or with attachments. If the packet has a fault, the client's session continues.
  virtual void on_packet(const SocketioPacket& packet, const std::vector<std::string>& attachments) = 0;
  /// The client broke the rules: `code`, with what its text leaves open; on_left() follows, and the session closes.
  virtual void on_fault(ErrorCode, std::string_view) {}
  virtual void on_writable() {}
  /// Returns when on_time() is due. Code that changes this time must have the session rescheduled.
  [[nodiscard]] virtual std::uint64_t next_ms() const { return std::numeric_limits<std::uint64_t>::max(); }
  virtual void on_time(std::uint64_t) {}
  /// It is over for the client. Nothing is called any more.
  virtual void on_left(SocketioEnd how) = 0;
  /// Called when the server drains. Returns true if the namespace itself soon ends the client's session.
  [[nodiscard]] virtual bool on_drain() { return false; }
};

/// Null: there is no such namespace.
using MakeNamespace = std::function<std::shared_ptr<SocketioNamespace>(SocketioClient&, std::string_view nsp)>;

class SocketioClient final : public EngineClient {
 public:
  /// `limits` and `make` outlive it.
  SocketioClient(EngineSession& session, const SocketioLimits& limits, const MakeNamespace& make);

  // --- For namespaces ---
  [[nodiscard]] EngineSession& session() { return session_; }
  [[nodiscard]] const SocketioLimits& limits() const { return limits_; }
  /// A whole packet, Engine.IO's type in front.
  void send(core::SharedBytes packet) { session_.send_packet(std::move(packet)); }
  void send(std::string packet) { send(std::make_shared<const std::string>(std::move(packet))); }
  /// A packet and its attachments, with nothing between them.
  void send(std::string packet, const std::vector<std::string>& attachments);
  void send(core::SharedBytes packet, const std::vector<core::SharedBytes>& attachments);
  /// Ends a namespace by DISCONNECT, or CONNECT_ERROR with this object; it is not notified.
  void disconnect(std::string_view nsp, std::optional<std::string> connect_error = {});
  /// Ends the whole session; the requesting namespace is not notified, others are.
  void close(const SocketioNamespace& asker);

  void on_message(std::span<char> data, bool is_binary) override;
  void on_writable() override;
  void on_violation(ErrorCode code, std::string_view argument) override;
  void on_closed(EngineEnd how) override;
  [[nodiscard]] bool on_drain() override;
  [[nodiscard]] std::uint64_t next_ms() const override;
  void on_time(std::uint64_t now_ms) override;

 private:
  using Namespaces = std::map<std::string, std::shared_ptr<SocketioNamespace>, std::less<>>;

  void on_packet();
  void forget(Namespaces::iterator which);
  void connect(std::string nsp, const SocketioPacket& packet);
  /// CONNECT_ERROR; `code` ok: the words say it all.
  void refuse(std::string_view nsp, ErrorCode code, std::string_view message);
  /// The client broke the rules, as these words say.
  void violate(std::string_view why);
  void leave_all(const SocketioNamespace* except, SocketioEnd how);
  void log_refusal(ErrorCode code, std::string_view message);

  EngineSession& session_;
  const SocketioLimits& limits_;
  const MakeNamespace& make_;
  SocketioAssembler assembler_;
  Namespaces namespaces_;                     ///< at most namespaces_max
  std::set<std::string, std::less<>> ended_;  ///< by the server: packets that were under way are dropped. As many at most
  std::uint64_t connect_by_ms_;
  bool is_refusal_logged_ = false;
};

}  // namespace dialogue::transport
