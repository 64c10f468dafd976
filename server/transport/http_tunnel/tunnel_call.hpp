// One request of a tunnel, on its way from the loop that has read it to the loop where the tunnel lives. A value of one owner;
// whatever becomes of it, the client gets a response.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/http/request_transport.hpp"
#include "server/net/address_limits.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"
#include "server/transport/http_tunnel/tunnel_request.hpp"

namespace dialogue::transport {

class TunnelTables;

/// Identifies a repeated request that begins a session: the SHA-256 of all that the session is made from.
using OpeningDigest = std::array<std::uint8_t, 32>;

class TunnelCall : public http::RequestCall {
 public:
  enum class Kind : std::uint8_t { poll, stream, send };
  /// The parts of a request that begins a session.
  struct Opening {
    OpeningDigest digest;
    core::PeerFacts peer;
    net::AddressLimits::Connection address;  ///< that the connection counts for
  };

  /// `origin` is of the page that asks; empty: no page. `limits` and `tables` outlive it.
  TunnelCall(Kind kind, std::unique_ptr<TunnelRequest> request, std::string origin, loop::ShardLoop& to,
             const TunnelLimits& limits, TunnelTables& tables)
      : kind_(kind), request_(std::move(request)), origin_(std::move(origin)), to_(to), limits_(limits), tables_(tables) {}
  ~TunnelCall() override;
  void begin_session(Opening opening) { opening_.emplace(std::move(opening)); }

  [[nodiscard]] loop::ShardLoop& destination() const override { return to_; }
  [[nodiscard]] bool takes_socket() const override { return kind_ == Kind::stream; }
  void take_socket(net::ByteStream stream, net::AdmissionGuard admission) override;
  void respond_by(http::Responder respond) override { respond_ = std::move(respond); }
  [[nodiscard]] std::uint64_t wait_ms() const override;
  void count_in(net::ConnectionCountGuard count) override;
  void open(loop::ShardLoop& loop) override;
  [[nodiscard]] bool begins_connection() const override { return opening_.has_value(); }

  // For the tunnel, on its loop's thread.
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const TunnelRequest& request() const { return *request_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] std::optional<Opening>& opening() { return opening_; }
  /// The response; once, unless it is taken.
  void respond(http::HttpResponse response);
  [[nodiscard]] http::Responder take_respond() { return std::exchange(respond_, {}); }
  struct Socket {
    net::ByteStream stream;
    net::AdmissionGuard admission;
  };
  /// Takes the socket of a stream; called once.
  [[nodiscard]] Socket take_socket_from() { return std::move(*std::exchange(socket_, nullptr)); }

 private:
  const Kind kind_;
  std::unique_ptr<TunnelRequest> request_;
  const std::string origin_;
  loop::ShardLoop& to_;
  const TunnelLimits& limits_;
  TunnelTables& tables_;
  std::optional<Opening> opening_;
  http::Responder respond_;
  std::unique_ptr<Socket> socket_;
};

}  // namespace dialogue::transport
