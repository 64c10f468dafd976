// How a program with its own Beast server hands a WebSocket request to Dialogue:
//
//   if (request.target() == "/dialogue") return dialogue::adopt(server, std::move(socket), request);
//
// Needs Boost.Beast; the rest of the server's public headers do not. Call on the socket's own thread, with nothing pending on it.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <string>
#include <utility>

#include "server/host/server.hpp"

namespace dialogue::host {

/// `socket` is a basic_stream_socket<tcp, any executor>, `request` what was read from it, `rest` bytes that were read after the
/// request. Whatever is wrong with the request is answered by the server as if it had accepted the socket itself.
template <typename Executor, typename Body, typename Fields>
void adopt(Server& server, boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>&& socket,
           const boost::beast::http::request<Body, Fields>& request, std::string rest = {}) {
  if (!socket.is_open()) return;  // no peer to answer
  const auto append = [](std::string& out, boost::beast::string_view text) { out.append(text.data(), text.size()); };
  std::string head;
  append(head, request.method_string());
  head += ' ';
  append(head, request.target());
  head += request.version() == 10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  for (const auto& field : request) {
    append(head, field.name_string());
    head += ": ";
    append(head, field.value());
    head += "\r\n";
  }
  head += "\r\n";
  server.adopt(socket.release(), std::move(head), std::move(rest));
}

}  // namespace dialogue::host
