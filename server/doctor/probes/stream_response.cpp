// See stream_response.hpp.
#include "server/doctor/probes/stream_response.hpp"

#include "server/doctor/wire/http_status.hpp"

#include <array>
#include <utility>

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kSettleTime{300};

std::string cache_field(HttpExchange& exchange) {
  if (const std::string age = exchange.field("Age"); !age.empty()) return "Age: " + age;
  constexpr std::array<std::string_view, 3> kNames = {"X-Cache", "X-Cache-Status", "CF-Cache-Status"};
  for (const std::string_view name : kNames)
    if (const std::string value = exchange.field(name); value.find("HIT") != std::string::npos)
      return std::string(name) + ": " + value;
  return {};
}

}  // namespace

asio::awaitable<bool> StreamReader::open(HttpAsk what, StreamResult& result) {
  if (use_ == StreamUse::compressed) what.fields += "Accept-Encoding: gzip, deflate, br\r\n";
  const bool is_open = co_await exchange_.ask(std::move(what), Clock::now() + kAnswerTime);
  const bool has_head = is_open && co_await exchange_.head(Clock::now() + kProofTime);
  result.answer = co_await answer_of(exchange_);
  if (!has_head) co_return false;
  result.head_ms = ms_of(exchange_.since_ask());
  result.content_type = exchange_.field("Content-Type");
  result.content_encoding = exchange_.field("Content-Encoding");
  result.cache_control = exchange_.field("Cache-Control");
  result.cached = cache_field(exchange_);
  is_encoded_ = !result.content_encoding.empty();
  co_return result.answer.status == status::kOk&& result.content_type.find("text/event-stream") != std::string::npos;
}

asio::awaitable<std::optional<EventBlock>> StreamReader::next(Time until) {
  std::optional<EventBlock> block;
  static_cast<void>(co_await exchange_.wire().until(until, [&] {
    if (is_encoded_) {
      if (exchange_.body().size() > seen_) block.emplace();
    } else {
      block = blocks_.next(exchange_.body());
    }
    return block || has_ended();
  }));
  seen_ = exchange_.body().size();
  co_return block;
}

asio::awaitable<void> StreamReader::settle() {
  static_cast<void>(co_await exchange_.wire().until(Clock::now() + kSettleTime, [] { return false; }));
  seen_ = exchange_.body().size();
}

Life StreamReader::finish(Time until) {
  const bool is_whole = exchange_.is_whole() && !exchange_.wire().has_ended();
  exchange_.wire().close();
  Life life = life_of(exchange_.wire(), until);
  if (is_whole && life.cut_ms) life.end = "ended";
  return life;
}

}  // namespace dialogue::doctor
