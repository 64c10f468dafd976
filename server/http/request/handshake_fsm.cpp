// Stages follow each other and never go back; each is left by one step.
#include "server/http/request/handshake_fsm.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>
#include <variant>

#include "server/http/request/http_head.hpp"
#include "server/net/proxy_header.hpp"

namespace dialogue::http {

namespace beast_http = boost::beast::http;

HandshakeFsm::HandshakeFsm(const Rules& rules, const net::IpAddress& socket_peer, Listener listener)
    : rules_(rules),
      peer_(net::unmapped(socket_peer)),
      listener_(listener),
      stage_(listener.expects_proxy_header ? Stage::proxy_header : Stage::admission) {}

HandshakeFsm::Step HandshakeFsm::resume(std::string_view received) {
  switch (stage_) {
    case Stage::proxy_header:
      return read_proxy(received);
    case Stage::admission:
      return {.action = Action::admit};
    case Stage::refusal:
      return {.action = listener_.is_encrypted ? Action::drop : Action::refuse, .refused = refusal_};
    case Stage::tls:
      stage_ = Stage::head;
      return {.action = Action::begin_tls};
    default:
      return read_head(received);
  }
}

HandshakeFsm::Step HandshakeFsm::read_proxy(std::string_view received) {
  const net::ProxyHeader header = net::is_in(peer_, rules_.trusted_proxies)
                                      ? net::read_proxy_header(received)
                                      : net::ProxyHeader{.kind = net::ProxyHeader::Kind::malformed};
  if (header.kind == net::ProxyHeader::Kind::need_more) return {.action = Action::read};
  if (header.kind == net::ProxyHeader::Kind::malformed) return {.action = Action::drop, .refused = {400, kNoProxyHeader}};
  if (header.client) peer_ = net::unmapped(*header.client);
  stage_ = Stage::admission;
  return {.action = Action::admit, .consumed = header.size};
}

void HandshakeFsm::admitted(std::optional<Refused> refusal) {
  if (refusal) refusal_ = *refusal;
  stage_ = refusal ? Stage::refusal : listener_.is_encrypted ? Stage::tls : Stage::head;
}

HandshakeFsm::Step HandshakeFsm::read_head(std::string_view received) {
  const HttpHead head = find_head(received, rules_.limits);
  parser_.reset();
  if (head.status != 0) return {.action = Action::refuse, .refused = {head.status, head.reason}};
  if (head.size == 0) return {.action = Action::read};
  auto parser = std::make_unique<HttpRequestParser>();
  parser->header_limit(static_cast<std::uint32_t>(head.size + 1));  // its size was checked already
  parser->body_limit(rules_.body_bytes_max);
  boost::system::error_code error;
  parser->put(boost::asio::buffer(received.data(), head.size), error);
  const auto refuse = [&](unsigned status, std::string_view why) {
    return Step{.action = Action::refuse, .consumed = head.size, .refused = {status, why}};
  };
  if (error == beast_http::error::bad_version) return refuse(505, "Only HTTP/1.0 and HTTP/1.1 are supported.");
  if (error) {
    parse_error_ = std::make_unique<const std::string>(error.message());
    return refuse(error == beast_http::error::body_limit ? 413 : 400, *parse_error_);
  }
  parser_ = std::move(parser);
  auto checked = check_request(parser_->get());
  if (const auto* fault = std::get_if<RequestError>(&checked)) return refuse(fault->status, fault->reason);
  checked_ = std::get<CheckedRequest>(std::move(checked));
  return {.action = Action::serve, .consumed = head.size};
}

}  // namespace dialogue::http
