// See server_question.hpp.
#include "server/app/commands/remote/server_question.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <exception>
#include <optional>

#include "server/app/commands/remote/json_member.hpp"
#include "server/embed/listen_address.hpp"
#include "server/http_client/http_connection.hpp"
#include "shared/base/shown_url.hpp"

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
  if (url->target.find('?') != std::string::npos)
    throw SetupError(shown_url(question.url), "a server's URL has no query", "Write http://HOST:PORT or http://HOST/PATH.");
  while (url->target.ends_with('/')) url->target.pop_back();
  url->target += question.target;
  boost::asio::io_context context;
  std::optional<http_client::HttpOutcome> outcome;
  const auto request = [&]() -> boost::asio::awaitable<void> {
    http_client::HttpConnection connection(context.get_executor(), *url, kAnswerBytesMax);
    using boost::beast::http::verb;
    http_client::HttpRequest asked(question.is_post ? verb::post : verb::get, "", kHttp11);
    using boost::beast::http::field;
    if (!question.body.empty()) asked.set(field::content_type, "application/json");
    if (!question.idempotency_key.empty()) asked.set("Idempotency-Key", question.idempotency_key);
    asked.body() = question.body;
    if (question.is_post) asked.prepare_payload();
    if (!question.key.empty()) asked.set(field::authorization, "Bearer " + question.key);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(question.timeout_s);
    outcome = co_await connection.ask(std::move(asked), deadline);
  };
  boost::asio::co_spawn(context, request, [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
  context.run();
  if (const auto* fault = std::get_if<http_client::HttpError>(&*outcome)) return {0, {}, fault->words};
  const auto& answer = std::get<http_client::HttpClientResponse>(*outcome);
  if (answer.result_int() == kHttpOk && !question.member.empty() && json_member(answer.body(), question.member).empty())
    return {0, {}, "the address is not a Dialogue server, or has another version"};
  return {answer.result_int(), answer.body(), {}};
}

std::string fault_of(const std::string& url, const ServerAnswer& answer) {
  if (!answer.fault.empty()) return url + ": " + answer.fault;
  const std::string detail = shown_member(answer.body, "detail");
  return url + ": " + std::to_string(answer.status) + " " + (detail.empty() ? "is not an answer of a server" : detail);
}

std::string key_of(const Environment& environment, const std::string& variable) {
  if (variable.empty()) return {};
  const auto key = environment(variable);
  if (!key || key->empty()) throw SetupError("--key-env " + variable, "this environment variable is not set", "");
  return *key;
}

std::string asked_url(std::string url, const std::string& target) {
  while (url.ends_with('/')) url.pop_back();
  return url + target;
}

std::string local_server_url(const std::string& listen) {
  auto address = parse_listen_address(listen);
  if (!address) throw SetupError("DIALOGUE_LISTEN", "\"" + listen + "\" is not HOST:PORT", "Write, for example, 127.0.0.1:8080.");
  if (address->host == "0.0.0.0") address->host = "127.0.0.1";
  if (address->host == "::") address->host = "::1";
  return http_url(*address);
}

std::string default_server_url(const Environment& environment) {
  return local_server_url(environment("DIALOGUE_LISTEN").value_or("127.0.0.1:8080"));
}

}  // namespace dialogue::app
