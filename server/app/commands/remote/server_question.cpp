// See server_question.hpp.
#include "server/app/commands/remote/server_question.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <exception>
#include <optional>

#include "server/app/commands/remote/json_member.hpp"
#include "server/http_client/http_connection.hpp"

namespace dialogue::app {
namespace {

constexpr std::size_t kAnswerBytesMax = 256 * 1024;
constexpr unsigned kHttp11 = 11;

std::optional<http_client::HttpUrl> url_of(const std::string& text) {
  constexpr std::string_view kUnix = "unix:";
  if (!text.starts_with(kUnix)) return http_client::parse_http_url(text);
  if (text.size() == kUnix.size()) return std::nullopt;
  return http_client::HttpUrl{false, "localhost", "80", {}, text.substr(kUnix.size())};
}

}  // namespace

ServerAnswer ask_server(const ServerQuestion& question) {
  auto url = url_of(question.url);
  if (!url)
    throw SetupError(question.url, "this is not the URL of a server", "Write http://HOST:PORT, https://HOST or unix:PATH.");
  url->target = question.target;
  boost::asio::io_context context;
  std::optional<http_client::HttpOutcome> outcome;
  const auto request = [&]() -> boost::asio::awaitable<void> {
    http_client::HttpConnection connection(context.get_executor(), *url, kAnswerBytesMax);
    using boost::beast::http::verb;
    http_client::HttpRequest asked(question.is_post ? verb::post : verb::get, "", kHttp11);
    if (question.is_post) asked.prepare_payload();
    if (!question.key.empty()) asked.set(boost::beast::http::field::authorization, "Bearer " + question.key);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(question.timeout_s);
    outcome = co_await connection.ask(std::move(asked), deadline);
  };
  boost::asio::co_spawn(context, request, [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
  context.run();
  if (const auto* fault = std::get_if<http_client::HttpError>(&*outcome)) return {0, {}, fault->words};
  const auto& answer = std::get<http_client::HttpClientResponse>(*outcome);
  return {answer.result_int(), answer.body(), {}};
}

std::string fault_of(const std::string& url, const ServerAnswer& answer) {
  if (!answer.fault.empty()) return url + ": " + answer.fault;
  const std::string detail = shown_member(answer.body, "detail");
  return url + ": " + std::to_string(answer.status) + " " + (detail.empty() ? "is no answer of a server" : detail);
}

std::string key_of(const Environment& environment, const std::string& variable) {
  if (variable.empty()) return {};
  const auto key = environment(variable);
  if (!key || key->empty()) throw SetupError("--key-env " + variable, "this environment variable is not set", "");
  return *key;
}

std::string default_server_url(const Environment& environment) {
  const std::string listen = environment("DIALOGUE_LISTEN").value_or("127.0.0.1:8080");
  return "http://127.0.0.1" + listen.substr(std::min(listen.rfind(':'), listen.size()));
}

}  // namespace dialogue::app
