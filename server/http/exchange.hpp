// One request and its response, as a PathHandler sees them. The request has passed check_request(); its body comes whole or in
// parts, and the response goes whole or in parts. Each step has its deadline. Lives on its loop's thread, within
// PathHandler::serve(); only what wakes and what posts may be used by other threads.
//
//   const unsigned status = co_await exchange.read_body(kBytesMax);
//   if (status != 0) co_return co_await exchange.respond(problem(status, "..."));
//   co_await exchange.respond({.status = 200, .body = ...});
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/page_origin.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/http/request/handshake_fsm.hpp"
#include "server/http/request/http_check.hpp"
#include "server/http/response/http_response.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/http/waiting.hpp"
#include "server/net/socket.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::http {

class HttpSession;

class Exchange {
 public:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T, net::Executor>;
  /// A part of a body.
  struct Part {
    std::string bytes;    ///< empty: the body is over, or `status` says why not
    unsigned status = 0;  ///< 400, 408 or 413: the request is to be refused with it
  };
  enum class Body : std::uint8_t { unread, reading, done };

  Exchange(HttpSession& session, HttpRequestParser& parser, const CheckedRequest& request);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // --- The request ---

  [[nodiscard]] const RequestHeader& header() const { return own_head_ ? *own_head_ : parser_.get(); }
  [[nodiscard]] const CheckedRequest& request() const { return request_; }
  [[nodiscard]] const HttpContext& context() const;
  /// Who sent it, as a trusted proxy reports it.
  [[nodiscard]] const net::IpAddress& client() const;
  [[nodiscard]] RequestSource source() const;
  /// "http" or "https", as the client sees it.
  [[nodiscard]] std::string_view scheme() const;
  /// The page that it comes from.
  [[nodiscard]] api::PageOrigin page() const;
  /// The length that the request announces; absent: none, or unknown.
  [[nodiscard]] std::optional<std::uint64_t> announced_bytes() const;
  [[nodiscard]] bool has_body() const;

  // --- Its body ---

  /// All of it, into `body`. The status to refuse the request with, or 0.
  [[nodiscard]] Awaitable<unsigned> read_body(std::size_t bytes_max, std::string& body);
  /// The next part, of at most kHttpBufferBytesMax. `bytes_max`: of the whole body.
  [[nodiscard]] Awaitable<Part> read_part(std::uint64_t bytes_max);

  // --- The response, whole ---

  /// An unread body is read and dropped. Names of fields must live until it has ended.
  [[nodiscard]] Awaitable<void> respond(HttpResponse response);

  // --- The response, in parts ---

  /// Status and fields. `length`: of all parts, where that is known. False: the peer has gone.
  [[nodiscard]] Awaitable<bool> begin_response(const HttpResponse& head, std::optional<std::uint64_t> length = {});
  /// Once the socket has taken it. False: the peer has gone, or more than `length` was written.
  [[nodiscard]] Awaitable<bool> write(std::string_view part);
  /// Without it the response is cut, which the peer sees.
  [[nodiscard]] Awaitable<void> end_response();
  [[nodiscard]] bool has_responded() const { return has_responded_; }

  // --- The server ---

  /// What ends the next wait(); call it on any thread, once.
  [[nodiscard]] std::function<void()> begin_waiting();
  /// Whether it was woken in time. False also where the connection has ended: see is_open().
  [[nodiscard]] Awaitable<bool> wait(std::uint64_t timeout_ms);
  /// Nothing is waited for any more, whatever was begun.
  void end_waiting();
  /// Calls `left` once, and closes, if the peer closes during the wait that has begun.
  void watch_peer(std::function<void()> left);
  /// What is awaited now may take so long; then the connection is closed. For waits that are not wait()'s.
  void allow(std::uint64_t time_ms);
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] bool is_draining() const;
  /// Returns a function that runs tasks on the loop's thread, as long as the loop runs. It may be called on any thread.
  [[nodiscard]] std::function<void(std::function<void()>)> poster() const;
  [[nodiscard]] net::Executor executor() const;
  [[nodiscard]] core::Time now() const;
  void log(core::LogLevel level, std::string_view event, std::string fields) const;
  /// Begins a trace of the request, as a part of the caller's trace. Returns null if tracing is off.
  [[nodiscard]] trace::TracePtr begin_trace(std::string name);
  [[nodiscard]] trace::TracePtr trace() const;

 private:
  friend class HttpSession;

  [[nodiscard]] Awaitable<bool> begin_body(std::uint64_t bytes_max);
  [[nodiscard]] bool has_unread_body() const;

  HttpSession& session_;
  HttpRequestParser& parser_;
  const std::optional<RequestHeader> own_head_;  ///< of a chunked request
  const CheckedRequest& request_;
  Body body_ = Body::unread;
  std::uint64_t body_ms_ = 0, body_bytes_ = 0;  ///< waited for the body, and got of it
  unsigned status_ = 500;                       ///< of the response
  bool has_responded_ = false, is_streaming_ = false, is_chunked_ = false, sends_body_ = true, has_ended_ = false;
  bool keeps_ = false;                   ///< the connection, after a response in parts
  std::optional<std::uint64_t> left_{};  ///< of a response whose length is known
  std::uint8_t next_;                    ///< HttpSession::Next, once it has ended
};

}  // namespace dialogue::http
