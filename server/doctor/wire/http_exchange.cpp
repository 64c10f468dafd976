// See http_exchange.hpp.
#include "server/doctor/wire/http_exchange.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;

std::string text_of(const Terms& terms, const HttpAsk& what) {
  std::string text = std::string(what.method) + " " + terms.url.target + what.path +
                     " HTTP/1.1\r\nHost: " + terms.url.authority() + "\r\nUser-Agent: dialogue-doctor\r\nAccept: */*\r\n" +
                     what.fields;
  if (what.method != "GET") text += "Content-Type: text/plain\r\nContent-Length: " + std::to_string(what.body.size()) + "\r\n";
  return text + "\r\n" + what.body;
}

}  // namespace

HttpExchange::HttpExchange(asio::any_io_executor executor, const Route& route)
    : route_(route),
      wire_(std::make_shared<Wire>(std::move(executor), route)),
      parser_(std::make_unique<beast_http::response_parser<beast_http::string_body>>()) {
  parser_->eager(true);
  parser_->body_limit(kBodyBytesMax);
}

asio::awaitable<bool> HttpExchange::ask(HttpAsk what, Time until) {
  const std::string fault = co_await wire_->open(until);
  if (!fault.empty()) co_return false;
  asked_at_ = Clock::now();
  wire_->send(text_of(route_.terms, what));
  co_return true;
}

void HttpExchange::parse() {
  std::string& bytes = wire_->received();
  while (!bytes.empty() && !parser_->is_done() && malformed_.empty()) {
    boost::system::error_code error;
    const std::size_t used = parser_->put(asio::buffer(bytes), error);
    bytes.erase(0, used);
    if (error == beast_http::error::need_more) break;
    if (error) malformed_ = "the response is not HTTP: " + error.message();
    if (used == 0) break;
  }
  if (wire_->has_ended() && !ended_in_order_ && wire_->end() == "closed" && parser_->is_header_done() && !parser_->is_done()) {
    boost::system::error_code error;
    parser_->put_eof(error);  // a body without a length ends with its connection
    ended_in_order_ = true;
  }
}

asio::awaitable<bool> HttpExchange::head(Time until) {
  co_return co_await wire_->until(until, [this] { return status() != 0; });
}

asio::awaitable<bool> HttpExchange::whole(Time until) {
  co_return co_await wire_->until(until, [this] { return is_whole(); });
}

asio::awaitable<bool> HttpExchange::body_past(std::size_t size, Time until) {
  co_return co_await wire_->until(until, [this, size] { return body().size() > size; });
}

unsigned HttpExchange::status() {
  parse();
  return parser_->is_header_done() ? parser_->get().result_int() : 0;
}

bool HttpExchange::is_whole() {
  parse();
  return parser_->is_done();
}

std::string HttpExchange::field(std::string_view name) {
  const auto value = parser_->get()[boost::beast::string_view(name.data(), name.size())];
  return std::string(value.data(), value.size());
}

const std::string& HttpExchange::body() {
  parse();
  return parser_->get().body();
}

std::string HttpExchange::fault() {
  parse();
  if (!malformed_.empty()) return malformed_;
  if (!wire_->has_ended()) return "no answer";
  return wire_->end() == "closed" || wire_->end() == "reset" ? "cut (" + wire_->end() + ")" : wire_->end();
}

}  // namespace dialogue::doctor
