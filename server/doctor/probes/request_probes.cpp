// See probes.hpp. The requests name a session that does not exist: the server reads them and answers 410.
#include "server/doctor/probes/probes.hpp"

#include "server/doctor/wire/http_status.hpp"
#include "server/doctor/wire/tunnel.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kNoSession = R"({"session":"doctor"})";
constexpr std::chrono::milliseconds kPollTime{1000};

/// Returns the maximum size of a message from WELCOME; the default if HELLO is refused.
asio::awaitable<std::uint64_t> message_bytes(Course course) {
  Tunnel tunnel(course.executor, course.route);
  std::uint64_t bytes = Reception().message_bytes;
  const Time until = Clock::now() + kAnswerTime;
  const TunnelAnswer opening = co_await tunnel.open(until);
  if (opening.status != status::kOk) co_return bytes;
  const TunnelAnswer answer = co_await tunnel.poll(kPollTime, until);
  if (!answer.frames.empty())
    if (const auto reception = read_reception(answer.frames.front())) bytes = reception->message_bytes;
  co_await tunnel.close(until);
  co_return bytes;
}

asio::awaitable<Answer> send(const Course& course, std::string fields, std::string body) {
  HttpExchange exchange(course.executor, course.route);
  HttpAsk what{.method = "POST", .path = "/dialogue/send", .fields = std::move(fields), .body = std::move(body)};
  const Time until = Clock::now() + kAnswerTime;
  const bool is_open = co_await exchange.ask(std::move(what), until);
  if (is_open) static_cast<void>(co_await exchange.head(until));
  Answer answer = co_await answer_of(exchange);
  exchange.wire().close();
  co_return answer;
}

}  // namespace

asio::awaitable<BodyResult> probe_body(Course course) {
  BodyResult result;
  result.bytes = co_await message_bytes(course);
  std::string body(kNoSession);
  body.resize(static_cast<std::size_t>(result.bytes), '\n');  // empty lines are skipped
  result.answer = co_await send(course, "", std::move(body));
  co_return result;
}

asio::awaitable<OriginResult> probe_origin(Course course) {
  OriginResult result;
  const http_client::HttpUrl& url = course.route.terms.url;
  result.origin = (url.is_secure ? "https://" : "http://") + url.authority();
  std::string fields = "Origin: " + result.origin + "\r\n";
  result.answer = co_await send(course, std::move(fields), std::string(kNoSession));
  co_return result;
}

}  // namespace dialogue::doctor
