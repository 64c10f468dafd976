// A request of its own connection, and how long its answer may be kept.
#include "server/auth/jwks_fetch.hpp"

#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <string_view>
#include <utility>

#include "server/auth/key_set.hpp"
#include "server/http_client/http_connection.hpp"

namespace dialogue::auth {
namespace {

namespace beast_http = boost::beast::http;

std::optional<std::uint64_t> max_age_of(std::string_view cache_control) {
  constexpr std::string_view kName = "max-age=";
  const std::size_t at = cache_control.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t seconds = 0;
  const char* begin = cache_control.data() + at + kName.size();
  const auto [end, fault] = std::from_chars(begin, cache_control.data() + cache_control.size(), seconds);
  return fault == std::errc{} && end != begin ? std::optional(seconds) : std::nullopt;
}

}  // namespace

boost::asio::awaitable<std::variant<JwksResponse, std::string>> fetch_jwks(http_client::HttpUrl url) {
  http_client::HttpConnection connection(co_await boost::asio::this_coro::executor, std::move(url), kKeyTextBytesMax);
  http_client::HttpRequest request;
  request.method(beast_http::verb::get);
  request.set(beast_http::field::accept, "application/jwk-set+json, application/json");
  request.set(beast_http::field::connection, "close");
  http_client::HttpOutcome outcome = co_await connection.ask(std::move(request), std::chrono::steady_clock::now() + kJwksTimeMax);
  if (auto* fault = std::get_if<http_client::HttpError>(&outcome)) co_return std::move(fault->words);
  auto& answer = std::get<http_client::HttpClientResponse>(outcome);
  if (answer.result() != beast_http::status::ok) co_return "it answered with status " + std::to_string(answer.result_int());
  const auto cache_control = answer[beast_http::field::cache_control];
  const auto max_age_s = max_age_of({cache_control.data(), cache_control.size()});
  co_return JwksResponse{std::move(answer.body()), max_age_s};
}

}  // namespace dialogue::auth
