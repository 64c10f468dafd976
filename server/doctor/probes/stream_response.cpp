// See stream_response.hpp.
#include "server/doctor/probes/stream_response.hpp"

#include "server/doctor/wire/http_status.hpp"

#include <array>
#include <utility>

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kSettleTime{300};

std::string cache_field(HttpTalk& talk) {
  if (const std::string age = talk.field("Age"); !age.empty()) return "Age: " + age;
  constexpr std::array<std::string_view, 3> kNames = {"X-Cache", "X-Cache-Status", "CF-Cache-Status"};
  for (const std::string_view name : kNames)
    if (const std::string value = talk.field(name); value.find("HIT") != std::string::npos)
      return std::string(name) + ": " + value;
  return {};
}

}  // namespace

asio::awaitable<bool> StreamReader::open(HttpAsk what, StreamTrial& trial) {
  if (use_ == StreamUse::compressed) what.fields += "Accept-Encoding: gzip, deflate, br\r\n";
  const bool is_open = co_await talk_.ask(std::move(what), Clock::now() + kAnswerTime);
  const bool has_head = is_open && co_await talk_.head(Clock::now() + kProofTime);
  trial.answer = co_await answer_of(talk_);
  if (!has_head) co_return false;
  trial.head_ms = ms_of(talk_.since_ask());
  trial.content_type = talk_.field("Content-Type");
  trial.content_encoding = talk_.field("Content-Encoding");
  trial.cache_control = talk_.field("Cache-Control");
  trial.cached = cache_field(talk_);
  is_encoded_ = !trial.content_encoding.empty();
  co_return trial.answer.status == status::kOk&& trial.content_type.find("text/event-stream") != std::string::npos;
}

asio::awaitable<std::optional<EventBlock>> StreamReader::next(Time until) {
  std::optional<EventBlock> block;
  static_cast<void>(co_await talk_.wire().until(until, [&] {
    if (is_encoded_) {
      if (talk_.body().size() > seen_) block.emplace();
    } else {
      block = blocks_.next(talk_.body());
    }
    return block || has_ended();
  }));
  seen_ = talk_.body().size();
  co_return block;
}

asio::awaitable<void> StreamReader::settle() {
  static_cast<void>(co_await talk_.wire().until(Clock::now() + kSettleTime, [] { return false; }));
  seen_ = talk_.body().size();
}

Life StreamReader::finish(Time until) {
  const bool is_whole = talk_.is_whole() && !talk_.wire().has_ended();
  talk_.wire().close();
  Life life = life_of(talk_.wire(), until);
  if (is_whole && life.cut_ms) life.end = "ended";
  return life;
}

}  // namespace dialogue::doctor
