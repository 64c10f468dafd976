// The steps of an HTTP session that take a body in parts, and give an answer in parts, for Exchange; and how answers are counted.
#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <tuple>
#include <utility>

#include "server/http/http_session.hpp"
#include "server/loop/shard_loop.hpp"

namespace dialogue::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t kPartReadBytes = 32 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

HttpSession::Awaitable<bool> HttpSession::write_continue() {
  set_deadline(context_.config.http.write_timeout_ms);
  const net::error_code error = co_await stream_.write(kContinue, {});
  co_return !error;
}

HttpSession::Awaitable<unsigned> HttpSession::read_body_part(Parser& parser, std::uint64_t timeout_ms) {
  set_deadline(timeout_ms);
  while (parser.get().body().empty() && !parser.is_done()) {
    net::error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == beast_http::error::body_limit) co_return 413u;
    if (error && error != beast_http::error::need_more) co_return 400u;
    if (!parser.get().body().empty() || parser.is_done()) break;
    if (buffer_.size() == kHttpBufferBytesMax) co_return 400u;
    std::size_t size = 0;
    reads_body_ = true;
    std::tie(error, size) =
        co_await stream_.read_some(buffer_.prepare(std::min(kPartReadBytes, kHttpBufferBytesMax - buffer_.size())));
    reads_body_ = false;
    if (is_overdue_) co_return kRequestTimeout;
    if (error) co_return 400u;
    buffer_.commit(size);
  }
  co_return 0u;
}

HttpSession::Awaitable<bool> HttpSession::write_stream_head(const HttpResponse& head, std::string_view framing, bool keep_alive) {
  count_answer(head.status);
  has_answered_ = true;
  set_deadline(context_.config.http.write_timeout_ms);
  std::string text = response_head(head, keep_alive && !place_, static_cast<std::int64_t>(loop_.now().unix_ms / 1000));
  text.insert(text.size() - 2, framing);
  const net::error_code error = co_await stream_.write(text, {});
  if (error) abandon();
  co_return !error;
}

HttpSession::Awaitable<bool> HttpSession::write_part(std::string_view first, std::string_view second) {
  set_deadline(context_.config.http.write_timeout_ms + (first.size() + second.size()) / kBytesPerMsMin);
  const net::error_code error = co_await stream_.write(first, second);
  if (error) abandon();
  co_return !error;
}

void HttpSession::begin_counting(std::size_t endpoint) {
  asked_ns_ = metrics::now_ns();
  endpoint_ = endpoint;
}

void HttpSession::count_answer(unsigned status) {
  using metrics::Metric;
  if (asked_ns_ == 0) begin_counting(metrics::kEndpointsMax - 1);  // what could not be read
  metrics::MetricCells& metrics = loop_.metrics();
  metrics.count(Metric::http_requests_total,
                metrics::index_in(Metric::http_requests_total, endpoint_, metrics::status_index(status)));
  metrics.observe(Metric::http_request_duration_seconds, endpoint_, metrics::now_ns() - std::exchange(asked_ns_, 0));
}

}  // namespace dialogue::http
