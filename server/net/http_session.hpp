// One socket while it speaks HTTP: request after request, until it is closed or becomes a WebSocket. A coroutine, as there are
// few of these at a time. Each step has one deadline that no byte renews. Lives on its loop's thread and keeps itself alive while
// it runs.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/api.hpp"
#include "server/core/access/identity.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/channel.hpp"
#include "server/net/http_answer.hpp"
#include "server/net/http_check.hpp"
#include "server/net/http_head.hpp"
#include "server/net/http_limits.hpp"
#include "server/net/last_places.hpp"
#include "server/net/load.hpp"
#include "server/net/swept.hpp"
#include "server/net/upgrade.hpp"

namespace dialogue {

class ShardLoop;
struct NewSocket;
enum class ListenerKind : std::uint8_t;

inline constexpr unsigned kRequestTimeout = 408;
inline constexpr std::string_view kBodyTooSlow = "The request body did not come in time.";
inline constexpr std::string_view kNoProxyHeader = "The connection does not begin with a PROXY header of a trusted proxy.";

/// `address` is who asks, as a trusted proxy reports it, `peer` the socket's other end.
void log_refusal(ShardLoop& loop, const IpAddress& address, const IpAddress& peer, unsigned status, std::string_view reason);

class HttpSession : public Swept, public std::enable_shared_from_this<HttpSession> {
 public:
  // Both take the socket over; nothing to hold, the session ends by itself.
  /// What speaks TLS, and before it says whom it speaks for where a PROXY header is expected.
  static void begin(ShardLoop& loop, NewSocket socket);
  /// What does not, has been heard by an Arrival, and is told so where its address has as many connections as it may (no
  /// `counted`).
  static void go_on(ShardLoop& loop, NewSocket socket, IpAddress peer, std::optional<AddressLimits::Connection> counted);

  /// `from` is what is left of it once its socket is in `channel`.
  HttpSession(ShardLoop& loop, Channel channel, NewSocket from, IpAddress peer);

  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override;
  void abandon() override;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  template <typename T>
  using Awaitable = Channel::Awaitable<T>;
  enum class Next : std::uint8_t { request, linger, gone };  ///< what follows: another request, closing with care, nothing
  class Waiting;

  [[nodiscard]] static std::shared_ptr<HttpSession> make(ShardLoop& loop, NewSocket from, IpAddress peer);
  [[nodiscard]] Awaitable<void> run(Next next);
  [[nodiscard]] Awaitable<Next> begin_plain(std::optional<AddressLimits::Connection> counted);
  /// What comes before the first request: who the peer is, whether it may have one more connection, TLS.
  [[nodiscard]] Awaitable<Next> begin_encrypted();
  [[nodiscard]] Awaitable<bool> read_proxy_header();
  [[nodiscard]] Awaitable<Next> serve();
  [[nodiscard]] Awaitable<Next> serve(Parser& parser);
  /// Within the header's time from its first byte, or from the connection's beginning; a kept one may be idle before.
  [[nodiscard]] Awaitable<HttpHead> read_head();
  [[nodiscard]] Awaitable<error_code> read_body(Parser& parser);
  /// Answers a request whose body nobody wants: what of it is under way is read and dropped.
  [[nodiscard]] Awaitable<Next> finish(Parser& parser, HttpAnswer answer);

  // Answers that come later, perhaps from other threads; in http_session_api.cpp.
  [[nodiscard]] Awaitable<Next> serve_api(Parser& parser, const CheckedRequest& request);
  [[nodiscard]] Awaitable<Next> serve_admitted(Parser& parser, const ApiRequest& asked, AdmittedRequest admitted);
  [[nodiscard]] Awaitable<Next> serve_ready(Parser& parser);
  [[nodiscard]] Awaitable<Next> serve_metrics(Parser& parser, const CheckedRequest& request);
  /// Why figures are not for who asks; of status 0: they are.
  [[nodiscard]] Awaitable<Refused> metrics_refusal(const RequestHeader& header, const CheckedRequest& request);
  /// The same for a key or token.
  [[nodiscard]] Awaitable<Refused> metrics_refusal_of(std::string token);
  /// Reads a body that is wanted, after saying so where that was asked. The status to refuse it with, or 0.
  [[nodiscard]] Awaitable<unsigned> read_wanted_body(Parser& parser, std::size_t bytes_max);
  /// What answers the wait that begins with this call.
  [[nodiscard]] std::function<void(ApiAdmission)> begin_waiting();
  [[nodiscard]] Awaitable<ApiAdmission> wait_for_answer(std::uint64_t timeout_ms);
  [[nodiscard]] ApiRequest api_request(const RequestHeader& header, const CheckedRequest& request) const;
  [[nodiscard]] ApiHost api_host() const;
  [[nodiscard]] HttpAnswer api_answer(const ApiRequest& asked, ApiResponse answer) const;

  [[nodiscard]] Awaitable<Next> refuse(Refused refused);
  [[nodiscard]] Awaitable<Next> write(HttpAnswer answer, bool keep_alive);
  [[nodiscard]] Awaitable<Next> upgrade(const Parser& parser, const CheckedRequest& request);
  [[nodiscard]] Awaitable<void> linger();

  [[nodiscard]] RequestSource source() const { return {peer_, channel_.is_encrypted(), loopback_listener_}; }
  void set_deadline(std::uint64_t after_ms);
  [[nodiscard]] std::string_view received() const;

  ShardLoop& loop_;
  Channel channel_;
  LoadToken load_;
  const IpAddress socket_peer_;  ///< the socket's other end
  IpAddress peer_;               ///< the same, or who its PROXY header names
  IpAddress client_;             ///< who sent the request in hand, as far as that is known
  AddressLimits::Connection counted_;
  boost::beast::flat_buffer buffer_{kHttpBufferBytesMax};
  std::shared_ptr<Waiting> waiting_;  ///< for what other threads answer; null: for nothing
  std::uint64_t deadline_ms_ = 0;
  std::shared_ptr<LastPlace> place_;  ///< for want of descriptors: /health and the like, and nothing else
  const ListenerKind listener_;
  const bool loopback_listener_;
  bool awaits_request_ = false, has_answered_ = false;
  bool reads_body_ = false, is_overdue_ = false;  ///< a body's time ends its reading, not the connection: it is answered 408
};

}  // namespace dialogue
