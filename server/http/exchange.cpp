// See exchange.hpp. A friend of the session, whose steps it takes one at a time.
#include "server/http/exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "server/http/connection_admission.hpp"
#include "server/http/http_session.hpp"
#include "server/http/request/client_address.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::http {
namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n", kChunkEnd = "\r\n";

std::string chunk_head(std::size_t size) {
  constexpr int kHexadecimal = 16;
  std::array<char, 2 * sizeof size> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, kHexadecimal).ptr;
  return std::string(digits.data(), end) + "\r\n";
}

}  // namespace

Exchange::Exchange(HttpSession& session, HttpRequestParser& parser, const CheckedRequest& request)
    : session_(session),
      parser_(parser),
      own_head_(head_without_trailers(parser)),
      request_(request),
      next_(static_cast<std::uint8_t>(HttpSession::Next::gone)) {}

// --- The request ---

const HttpContext& Exchange::context() const { return session_.context_; }
const net::IpAddress& Exchange::client() const { return session_.client_; }
RequestSource Exchange::source() const { return session_.source(); }

std::string_view Exchange::scheme() const {
  const std::string_view own = session_.stream_.is_encrypted() ? "https" : "http";
  return client_scheme(session_.fsm_.peer(), header(), context().config.trusted_proxies, own);
}

api::PageOrigin Exchange::page() const { return page_origin(context(), header(), source()); }

std::optional<std::uint64_t> Exchange::announced_bytes() const {
  const auto length = parser_.content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool Exchange::has_body() const { return announced_bytes().value_or(0) > 0 || parser_.chunked(); }

// --- Its body ---

Exchange::Awaitable<unsigned> Exchange::read_body(std::size_t bytes_max, std::string& body) {
  body_ = Body::reading;
  const unsigned status = co_await session_.read_wanted_body(parser_, bytes_max);
  if (status == 0) {
    body_ = Body::done;
    body = std::move(parser_.get().body());
  }
  co_return status;
}

Exchange::Awaitable<bool> Exchange::begin_body(std::uint64_t bytes_max) {
  body_ = Body::reading;
  parser_.body_limit(bytes_max);
  parser_.eager(true);
  if (parser_.is_done() || header().count(boost::beast::http::field::expect) == 0) co_return true;
  co_return co_await session_.write_continue();
}

// The time that counts is that of waiting for the peer: a handler may take as long as it likes between two parts.
Exchange::Awaitable<Exchange::Part> Exchange::read_part(std::uint64_t bytes_max) {
  constexpr unsigned kMalformed = 400, kTooLarge = 413;
  if (body_ == Body::unread) {
    if (announced_bytes().value_or(0) > bytes_max) co_return Part{{}, kTooLarge};
    if (!co_await begin_body(bytes_max)) co_return Part{{}, kMalformed};
  }
  if (body_ == Body::done) co_return Part{};
  const std::uint64_t patience_ms = context().config.http.body_timeout_ms + body_bytes_ / kBytesPerMsMin;
  const std::uint64_t begun_ms = session_.loop_.monotonic_ms();
  const unsigned status = co_await session_.read_body_part(parser_, patience_ms > body_ms_ ? patience_ms - body_ms_ : 0);
  body_ms_ += session_.loop_.monotonic_ms() - begun_ms;
  Part part{std::exchange(parser_.get().body(), std::string()), status};
  body_bytes_ += part.bytes.size();
  if (status == 0 && parser_.is_done()) body_ = Body::done;
  if (status != 0) part.bytes.clear();
  co_return part;
}

// --- The response ---

Exchange::Awaitable<void> Exchange::respond(HttpResponse response) {
  if (std::exchange(has_responded_, true)) co_return;
  status_ = response.status;
  const bool keeps = body_ == Body::done && parser_.keep_alive() && !session_.loop_.draining();
  HttpSession::Next next{};
  if (body_ == Body::unread)
    next = co_await session_.finish(parser_, std::move(response));
  else
    next = co_await session_.write(std::move(response), keeps);
  next_ = static_cast<std::uint8_t>(next);
  has_ended_ = true;
}

Exchange::Awaitable<bool> Exchange::begin_response(const HttpResponse& head, std::optional<std::uint64_t> length) {
  if (std::exchange(has_responded_, true)) co_return false;
  is_streaming_ = true;
  status_ = head.status;
  left_ = length;
  sends_body_ = header().method() != boost::beast::http::verb::head;
  const bool is_modern = header().version() == 11 && session_.listener_ != loop::ListenerKind::http2_stream;
  is_chunked_ = !length && is_modern;
  keeps_ = body_ != Body::reading && !has_unread_body() && (length || is_chunked_) && parser_.keep_alive();
  std::string framing;
  if (length) framing = "Content-Length: " + std::to_string(*length) + "\r\n";
  if (is_chunked_) framing = "Transfer-Encoding: chunked\r\n";
  co_return co_await session_.write_stream_head(head, framing, keeps_);
}

Exchange::Awaitable<bool> Exchange::write(std::string_view part) {
  if (!is_streaming_ || has_ended_ || !is_open()) co_return false;
  if (left_ && part.size() > *left_) co_return false;
  if (left_) *left_ -= part.size();
  if (part.empty() || !sends_body_) co_return true;
  if (!is_chunked_) co_return co_await session_.write_part(part, {});
  const std::string head = chunk_head(part.size());
  if (!co_await session_.write_part(head, part)) co_return false;
  co_return co_await session_.write_part(kChunkEnd, {});
}

Exchange::Awaitable<void> Exchange::end_response() {
  if (!is_streaming_ || has_ended_ || left_.value_or(0) > 0) co_return;
  bool is_whole = is_open();
  if (is_whole && is_chunked_ && sends_body_) is_whole = co_await session_.write_part(kLastChunk, {});
  if (!is_whole) co_return;
  has_ended_ = true;
  const bool keeps = keeps_ && !session_.loop_.draining();
  next_ = static_cast<std::uint8_t>(keeps ? HttpSession::Next::request : HttpSession::Next::linger);
}

// --- The server ---

std::function<void()> Exchange::begin_waiting() {
  return [wake = session_.begin_wake()] { wake({}); };
}
Exchange::Awaitable<bool> Exchange::wait(std::uint64_t timeout_ms) { return session_.wait_for_wake(timeout_ms); }
void Exchange::end_waiting() { session_.waiting_.reset(); }
void Exchange::watch_peer(std::function<void()> left) { session_.watch_peer(std::move(left)); }
void Exchange::allow(std::uint64_t time_ms) { session_.set_deadline(time_ms); }
net::Executor Exchange::executor() const { return session_.loop_.executor(); }
bool Exchange::is_open() const { return session_.stream_.is_open(); }
bool Exchange::is_draining() const { return session_.loop_.draining(); }

std::function<void(std::function<void()>)> Exchange::poster() const { return session_.loop_.poster(); }

core::Time Exchange::now() const { return session_.loop_.now(); }

void Exchange::log(core::LogLevel level, std::string_view event, std::string fields) const {
  session_.loop_.log(level, event, std::move(fields));
}

trace::TracePtr Exchange::begin_trace(std::string name) {
  session_.trace_ = session_.begin_trace(header());
  if (session_.trace_) session_.trace_->set_name(std::move(name));
  return session_.trace_;
}

trace::TracePtr Exchange::trace() const { return session_.trace_; }

bool Exchange::has_unread_body() const { return body_ == Body::unread && !parser_.is_done(); }

}  // namespace dialogue::http
