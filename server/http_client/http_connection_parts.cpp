// An exchange whose bodies go in parts, for what passes them on.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include "server/http_client/http_connection.hpp"
#include "server/http_client/http_faults.hpp"

namespace dialogue::http_client {
namespace {

namespace beast_http = boost::beast::http;

constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<>> kAwaitPart{};
constexpr std::size_t kPartBytesMax = 16 * 1024;

}  // namespace

boost::asio::awaitable<HttpConnection::Outcome<bool>> HttpConnection::begin(Deadline deadline) {
  const bool was_open = !std::holds_alternative<std::monostate>(stream_) && !is_spent();
  if (!was_open) close();
  std::string fault = co_await open(deadline);
  if (fault.empty()) co_return was_open;
  close();
  co_return HttpError{std::move(fault), false, false};
}

void HttpConnection::set_deadline(Deadline deadline) {
  if (auto* plain = std::get_if<boost::beast::tcp_stream>(&stream_)) plain->expires_at(deadline);
  if (auto* secured = std::get_if<Secure>(&stream_)) secured->next_layer().expires_at(deadline);
}

boost::asio::awaitable<HttpConnection::Outcome<bool>> HttpConnection::send(std::string_view bytes, Deadline deadline) {
  set_deadline(deadline);
  const auto buffer = boost::asio::buffer(bytes.data(), bytes.size());
  boost::system::error_code error = boost::asio::error::not_connected;
  if (auto* plain = std::get_if<boost::beast::tcp_stream>(&stream_))
    error = std::get<0>(co_await boost::asio::async_write(*plain, buffer, kAwaitPart));
  else if (auto* secured = std::get_if<Secure>(&stream_))
    error = std::get<0>(co_await boost::asio::async_write(*secured, buffer, kAwaitPart));
  if (error) co_return fault_of(error);
  co_return true;
}

boost::asio::awaitable<boost::system::error_code> HttpConnection::fill() {
  const std::size_t space = std::min(kPartBytesMax, buffer_.max_size() - buffer_.size());
  if (space == 0) co_return beast_http::error::buffer_overflow;
  boost::system::error_code error = boost::asio::error::not_connected;
  std::size_t size = 0;
  if (auto* plain = std::get_if<boost::beast::tcp_stream>(&stream_))
    std::tie(error, size) = co_await plain->async_read_some(buffer_.prepare(space), kAwaitPart);
  else if (auto* secured = std::get_if<Secure>(&stream_))
    std::tie(error, size) = co_await secured->async_read_some(buffer_.prepare(space), kAwaitPart);
  buffer_.commit(size);
  co_return error;
}

boost::asio::awaitable<HttpConnection::Outcome<HttpHead>> HttpConnection::read_head(bool has_no_body, Deadline deadline) {
  constexpr unsigned kFinalMin = 200;
  constexpr int kInterimMax = 16;
  for (int i = 0; i < kInterimMax; ++i) {
    set_deadline(deadline);
    parts_ = std::make_unique<Parts>();
    parts_->header_limit(kHeaderBytesMax);
    parts_->body_limit(boost::none);
    parts_->skip(has_no_body);
    while (!parts_->is_header_done()) {
      boost::system::error_code error;
      buffer_.consume(parts_->put(buffer_.data(), error));
      if (error == beast_http::error::need_more) error = co_await fill();
      if (error) co_return fault_of(error);
    }
    const auto& head = parts_->get();
    if (head.result_int() < kFinalMin) continue;
    HttpHead made{.status = head.result_int()};
    for (const auto& field : head)
      made.fields.emplace_back(std::string(field.name_string().data(), field.name_string().size()),
                               std::string(field.value().data(), field.value().size()));
    if (const auto length = parts_->content_length()) made.length = *length;
    co_return made;
  }
  co_return HttpError{"it sent more than 16 interim responses", false};
}

boost::asio::awaitable<HttpConnection::Outcome<std::string>> HttpConnection::read_part(Deadline deadline) {
  set_deadline(deadline);
  std::string part(kPartBytesMax, '\0');
  auto& body = parts_->get().body();
  body.data = part.data();
  body.size = part.size();
  while (!parts_->is_done() && body.size == part.size()) {
    boost::system::error_code error = beast_http::error::need_more;
    if (buffer_.size() > 0) buffer_.consume(parts_->put(buffer_.data(), error));  // of nothing it needs nothing
    if (error == beast_http::error::need_buffer) error = {};
    if (error == beast_http::error::need_more) error = co_await fill();
    if (error == boost::asio::error::eof) {
      error = {};
      parts_->put_eof(error);
    }
    if (error) co_return fault_of(error);
  }
  part.resize(part.size() - body.size);
  co_return part;
}

bool HttpConnection::keep() {
  const bool keeps = parts_ && parts_->is_done() && parts_->keep_alive() && buffer_.size() == 0;
  parts_.reset();
  if (!keeps) close();
  return keeps;
}

}  // namespace dialogue::http_client
