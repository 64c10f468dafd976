// See tunnel.hpp.
#include "server/doctor/wire/tunnel.hpp"

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

#include "server/doctor/wire/http_status.hpp"
#include "server/doctor/wire/welcome.hpp"
#include "shared/json/json_member.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr int kNonceChars = 32;

std::string nonce() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;
  std::string digits;
  for (int i = 0; i < kNonceChars; ++i) digits += kDigits[random() % kDigits.size()];
  return digits;
}

}  // namespace

Tunnel::Tunnel(asio::any_io_executor executor, const Route& route) : executor_(std::move(executor)), route_(route) {}

asio::awaitable<TunnelAnswer> Tunnel::open(Time until) {
  std::string body = JsonText().text("open", nonce()).take() + "\n" + hello_frame(route_.terms.token);
  TunnelAnswer answer = co_await ask("/dialogue/send", std::move(body), until);
  if (answer.status == status::kOk) session_ = json_text_member(answer.head, "session");
  said_ = 1;
  co_return answer;
}

asio::awaitable<TunnelAnswer> Tunnel::say(std::string frame, Time until) {
  const std::string from = ",\"from\":" + std::to_string(said_ + 1);
  TunnelAnswer answer = co_await ask("/dialogue/send", head(from) + "\n" + frame, until);
  if (answer.status == status::kOk) ++said_;
  co_return answer;
}

asio::awaitable<TunnelAnswer> Tunnel::poll(std::chrono::milliseconds hold, Time until) {
  TunnelAnswer answer = co_await ask("/dialogue/poll", head(",\"hold\":" + std::to_string(hold.count())), until);
  have_ += answer.frames.size();
  co_return answer;
}

asio::awaitable<void> Tunnel::close(Time until) {
  if (is_open()) static_cast<void>(co_await ask("/dialogue/send", head(",\"close\":1000"), until));
}

HttpAsk Tunnel::stream() const { return {.method = "POST", .path = "/dialogue/stream", .fields = {}, .body = head("")}; }

std::string Tunnel::head(const std::string& more) const {
  return "{\"session\":" + json_string(session_) + ",\"have\":" + std::to_string(have_) + more + "}";
}

asio::awaitable<TunnelAnswer> Tunnel::ask(std::string path, std::string body, Time until) {
  HttpExchange exchange(executor_, route_);
  TunnelAnswer answer;
  HttpAsk what{.method = "POST", .path = std::move(path), .fields = "Connection: close\r\n", .body = std::move(body)};
  const bool is_open = co_await exchange.ask(std::move(what), until);
  const bool is_whole = is_open && co_await exchange.whole(until);
  answer.took = exchange.since_ask();
  if (is_whole) {
    answer.status = exchange.status();
    std::string_view left = exchange.body();
    answer.head = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(answer.head.size() + 1, left.size()));
    while (answer.status == status::kOk && !left.empty()) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      if (!line.empty()) answer.frames.emplace_back(line);
    }
  } else {
    answer.fault = exchange.fault();
  }
  exchange.wire().close();
  co_return answer;
}

}  // namespace dialogue::doctor
