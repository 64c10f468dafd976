// The beginning of a socket before it is served: the PROXY header, TLS's place, and the head of a request, checked in one place
// for sockets that wait in an epoll set and for those that a coroutine reads. Sans-io: resume() parses the received bytes and
// returns the next step; its driver reads, counts, speaks TLS and answers.
//
//   HandshakeFsm fsm(rules, peer, {.expects_proxy_header = true});
//   auto step = fsm.resume(received);            // then drop the first step.consumed bytes of what was received
//   if (step.action == HandshakeFsm::Action::admit) fsm.admitted(count(fsm.peer()));
#pragma once
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/http/request/http_check.hpp"
#include "server/http/request/http_limits.hpp"
#include "server/http/request/refused.hpp"
#include "server/http/request/request_body.hpp"
#include "server/net/address_range.hpp"

namespace dialogue::http {

using HttpRequestParser = boost::beast::http::request_parser<RequestBody>;

inline constexpr std::string_view kNoProxyHeader = "The connection does not start with a PROXY header of a trusted proxy.";

class HandshakeFsm {
 public:
  /// Shared by all handshakes of a server, and outlive them.
  struct Rules {
    const HttpLimits& limits;
    std::span<const net::AddressRange> trusted_proxies;
    std::size_t body_bytes_max;  ///< a request that announces more is refused with 413
  };
  struct Listener {
    bool expects_proxy_header = false;
    bool is_encrypted = false;
  };

  enum class Action : std::uint8_t {
    read,       ///< more bytes are needed; while is_below_tls(), take none that resume() has not consumed or asked beyond
    admit,      ///< peer() is known: count its connection, and call admitted()
    begin_tls,  ///< speak TLS from here on, and show what comes out of it
    serve,      ///< a request is there: take_request()
    refuse,     ///< answer with `refused`, and close
    drop,       ///< close without an answer; `refused` is for the log
  };
  struct Step {
    Action action = Action::read;
    std::size_t consumed = 0;  ///< bytes at the front of what was received that are used up
    Refused refused{};
  };
  struct Request {
    std::unique_ptr<HttpRequestParser> parser;  ///< its header is complete, its body is not begun
    CheckedRequest checked;                     ///< points into the parser
  };

  HandshakeFsm(const Rules& rules, const net::IpAddress& socket_peer, Listener listener);

  /// `received`: everything that has come and was not consumed. May be called with the same bytes again. After `serve` it looks
  /// for the next request.
  [[nodiscard]] Step resume(std::string_view received);
  /// The answer to Action::admit: why the peer may not have this connection, or nothing. One that is encrypted is dropped then,
  /// since words cost more than they are worth before TLS; another one is refused.
  void admitted(std::optional<Refused> refusal);

  /// The address of the socket's other end, or the one that its PROXY header names.
  [[nodiscard]] const net::IpAddress& peer() const { return peer_; }
  /// Whether admitted() was called.
  [[nodiscard]] bool is_admitted() const { return stage_ > Stage::admission; }
  [[nodiscard]] bool is_below_tls() const { return listener_.is_encrypted && stage_ < Stage::head; }

  /// Returns the header of the last request, as far as it could be read; null before the first one.
  [[nodiscard]] const RequestHeader* header() const { return parser_ ? &parser_->get() : nullptr; }
  /// Takes the request; called once, after Action::serve.
  [[nodiscard]] Request take_request() { return {std::move(parser_), std::move(checked_)}; }

 private:
  enum class Stage : std::uint8_t { proxy_header, admission, refusal, tls, head };

  [[nodiscard]] Step read_proxy(std::string_view received);
  [[nodiscard]] Step read_head(std::string_view received);

  const Rules& rules_;
  net::IpAddress peer_;
  const Listener listener_;
  Stage stage_;
  Refused refusal_{};  ///< in Stage::refusal
  std::unique_ptr<HttpRequestParser> parser_;
  std::unique_ptr<const std::string> parse_error_;  ///< what `refused.why` may point into
  CheckedRequest checked_;
};

}  // namespace dialogue::http
