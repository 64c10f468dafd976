// One coroutine on the exporter's thread: it waits for spans, takes a batch, and keeps at it until the batch is delivered or
// given up. A batch that is being sent still counts against the queue's bound.
#include "server/trace/otlp/otlp_exporter.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <chrono>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "server/core/messages/log_message.hpp"
#include "server/http_client/http_connection.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::trace {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr asio::as_tuple_t<asio::use_awaitable_t<>> kAwaitPause{};
constexpr std::size_t kReceiptBytesMax = 64 * 1024;
constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::uint64_t kSecondsMsMax = 60'000;  ///< of Retry-After; a receiver cannot silence us for longer
constexpr std::uint64_t kWarnIntervalMs = 60'000;

/// 0: it names no number of seconds.
std::uint64_t retry_after_ms(const http_client::HttpClientResponse& answer) {
  const auto field = answer[beast_http::field::retry_after];
  std::uint64_t seconds = 0;
  const auto [end, fault] = std::from_chars(field.data(), field.data() + field.size(), seconds);
  if (fault != std::errc{} || end != field.data() + field.size()) return 0;
  return std::min(seconds, kSecondsMsMax / 1000) * 1000;
}

bool is_name_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kMarks.find(c) != std::string_view::npos;
}

/// Fields that are the exporter's own.
bool is_own_field(std::string_view name) {
  const std::array kOwn = {beast_http::field::content_type,      beast_http::field::content_length, beast_http::field::host,
                           beast_http::field::transfer_encoding, beast_http::field::connection,     beast_http::field::expect};
  const auto field = beast_http::string_to_field(boost::beast::string_view(name.data(), name.size()));
  return std::find(kOwn.begin(), kOwn.end(), field) != kOwn.end();
}

bool is_for_now(unsigned status) { return status == 429 || (status >= 502 && status <= 504); }

}  // namespace

std::optional<http_client::HttpUrl> traces_url(std::string_view base) {
  auto url = http_client::parse_http_url(base);
  if (!url || url->target.find('?') != std::string::npos) return std::nullopt;
  while (url->target.ends_with('/')) url->target.pop_back();
  if (!url->target.ends_with(kTracesPath)) url->target += kTracesPath;
  return url;
}

std::string fault_of_headers(const OtlpHeaders& headers) {
  if (headers.size() > kOtlpHeadersMax) return "there are more than " + std::to_string(kOtlpHeadersMax);
  std::size_t bytes = 0;
  for (const auto& [name, value] : headers) {
    bytes += name.size() + value.size();
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character))
      return "one of them has a name that HTTP does not allow";
    if (is_own_field(name)) return name + " is not for settings";
    if (!std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); }))
      return "the value of " + name + " has characters that HTTP does not allow";
  }
  return bytes > kOtlpHeaderBytesMax ? "they have more than " + std::to_string(kOtlpHeaderBytesMax) + " bytes" : std::string();
}

struct OtlpExporter::State {
  State(OtlpSettings with, std::function<void(const core::LogLine&)> to, std::shared_ptr<metrics::SharedCells> cells)
      : settings(std::move(with)),
        headers(settings.headers),
        log(std::move(to)),
        metrics(std::move(cells)),
        connection(io.get_executor(), settings.url, kReceiptBytesMax),
        pause(io),
        work(io.get_executor()) {}

  using Batch = std::vector<Span>;
  /// The outcome of a request: it was accepted, refused permanently, or may be sent again after this time (0: the usual one).
  struct Outcome {
    bool is_taken = false, is_final = false;
    std::uint64_t again_ms = 0;
    std::string why;
  };

  void count(metrics::Metric metric, std::size_t spans) const {
    if (metrics && spans > 0) metrics->count(metric, std::size_t{0}, spans);
  }
  /// Not under the mutex. The line counts all that were dropped since the one before.
  void drop(std::size_t spans, const std::string& why) {
    if (spans == 0) return;
    count(metrics::Metric::trace_spans_dropped_total, spans);
    {
      const std::lock_guard lock(mutex);
      unsaid += spans;
      const auto now = Clock::now();
      if (!log || now < warn_from) return;
      warn_from = now + std::chrono::milliseconds(kWarnIntervalMs);
      spans = std::exchange(unsaid, 0);
    }
    JsonText fields;
    fields.text("message", "spans could not be delivered to --otlp-endpoint and were dropped: " + why).number("spans", spans);
    log({core::LogLevel::warn, "traces_dropped", fields.take()});
  }

  void take(Batch&& spans) {
    std::size_t dropped = spans.size();
    {
      const std::lock_guard lock(mutex);
      if (!is_stopped) {
        const std::size_t used = waiting.size() + under_way, free = settings.spans_max - std::min(used, settings.spans_max);
        const std::size_t taken = std::min(free, spans.size());
        dropped -= taken;
        const bool is_first = waiting.empty() && taken > 0, was_full = waiting.size() >= settings.batch_max;
        // The root is the last one: where there is no place for all, it goes first.
        std::move(spans.rbegin(), spans.rbegin() + static_cast<std::ptrdiff_t>(taken), std::back_inserter(waiting));
        if (is_first || (!was_full && waiting.size() >= settings.batch_max)) wake();
      }
    }
    drop(dropped, "it accepts them more slowly than they are produced");
  }

  /// Under the mutex.
  void wake() {
    asio::post(io, [this] {
      if (is_gathering) pause.cancel();
    });
  }

  [[nodiscard]] std::size_t size() {
    const std::lock_guard lock(mutex);
    return waiting.size();
  }

  asio::awaitable<void> run() {
    while (true) {
      while (size() == 0 && !is_ending) co_await gather(Clock::time_point::max());
      const auto due = Clock::now() + std::chrono::milliseconds(settings.interval_ms);
      while (size() < settings.batch_max && !is_ending && Clock::now() < due) co_await gather(due);
      const Batch batch = take_batch();
      if (batch.empty()) break;
      co_await deliver(batch);
    }
    end();
  }

  asio::awaitable<void> gather(Clock::time_point until) {
    is_gathering = true;
    co_await wait(until);
    is_gathering = false;
  }

  asio::awaitable<void> wait(Clock::time_point until) {
    pause.expires_at(until);
    static_cast<void>(co_await pause.async_wait(kAwaitPause));
  }

  [[nodiscard]] Batch take_batch() {
    const std::lock_guard lock(mutex);
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(settings.batch_max, waiting.size()));
    Batch batch(std::make_move_iterator(waiting.begin()), std::make_move_iterator(end));
    waiting.erase(waiting.begin(), end);
    under_way = batch.size();
    return batch;
  }

  asio::awaitable<void> deliver(const Batch& batch) {
    const std::string body = otlp_json(settings.resource, batch);
    std::uint64_t backoff_ms = settings.backoff_ms;
    for (std::uint32_t retries = 0;; ++retries) {
      const Outcome outcome = co_await send(body);
      if (outcome.is_taken) {
        count(metrics::Metric::trace_spans_sent_total, batch.size());
        break;
      }
      const auto again = Clock::now() + std::chrono::milliseconds(std::max(outcome.again_ms, backoff_ms));
      if (outcome.is_final || retries == settings.retries_max || (is_ending && again >= last_moment)) {
        drop(batch.size(), outcome.why);
        break;
      }
      backoff_ms = std::min(backoff_ms * 2, settings.backoff_ms_max);
      co_await wait(again);
    }
    const std::lock_guard lock(mutex);
    under_way = 0;
  }

  [[nodiscard]] OtlpHeaders current_headers() {
    const std::lock_guard lock(mutex);
    return headers;
  }

  asio::awaitable<Outcome> send(const std::string& body) {
    http_client::HttpRequest request;
    request.method(beast_http::verb::post);
    request.set(beast_http::field::content_type, "application/json");
    for (const auto& [name, value] : current_headers()) request.set(name, value);
    request.body() = body;
    const auto in_time = Clock::now() + std::chrono::milliseconds(settings.timeout_ms);
    const http_client::HttpOutcome outcome =
        co_await connection.ask(std::move(request), is_ending ? std::min(in_time, last_moment) : in_time);
    if (const auto* fault = std::get_if<http_client::HttpError>(&outcome)) co_return Outcome{false, false, 0, fault->words};
    const auto& answer = std::get<http_client::HttpClientResponse>(outcome);
    if (beast_http::to_status_class(answer.result()) == beast_http::status_class::successful)
      co_return Outcome{true, true, 0, ""};
    const std::string why = "it answered with status " + std::to_string(answer.result_int());
    co_return Outcome{false, !is_for_now(answer.result_int()), retry_after_ms(answer), why};
  }

  /// On the exporter's thread.
  void finish() {
    is_ending = true;
    last_moment = Clock::now() + std::chrono::milliseconds(settings.flush_ms);
    pause.cancel();  // a pause before a retry, too: there is one more try
    last.expires_at(last_moment);
    last.async_wait([this](const boost::system::error_code& error) {
      if (!error) end();
    });
  }

  void end() {
    last.cancel();
    std::size_t left = 0;
    {
      const std::lock_guard lock(mutex);
      left = waiting.size() + std::exchange(under_way, 0);
      waiting.clear();
    }
    drop(left, "the server ends");
    io.stop();
  }

  const OtlpSettings settings;
  OtlpHeaders headers;  ///< under the mutex
  const std::function<void(const core::LogLine&)> log;
  const std::shared_ptr<metrics::SharedCells> metrics;
  asio::io_context io{1};
  http_client::HttpConnection connection;
  asio::steady_timer pause, last{io};
  asio::executor_work_guard<asio::io_context::executor_type> work;
  bool is_gathering = false, is_ending = false;  ///< of the exporter's thread, with the next two
  Clock::time_point last_moment = Clock::time_point::max();
  std::mutex mutex;
  std::deque<Span> waiting;       ///< under the mutex, with the next four
  std::size_t under_way = 0;      ///< spans of the batch in hand
  std::size_t unsaid = 0;         ///< spans that were dropped and stand in no line of the log yet
  Clock::time_point warn_from{};  ///< of the next line about dropped spans
  bool is_stopped = false;
  std::once_flag ending;
  std::thread thread;
};

OtlpExporter::OtlpExporter(OtlpSettings settings, std::function<void(const core::LogLine&)> log,
                           std::shared_ptr<metrics::SharedCells> metrics)
    : state_(std::make_unique<State>(std::move(settings), std::move(log), std::move(metrics))) {
  asio::co_spawn(state_->io, state_->run(), asio::detached);
  state_->thread = std::thread([state = state_.get()] { state->io.run(); });
}

OtlpExporter::~OtlpExporter() { stop(); }

void OtlpExporter::take(std::vector<Span> spans) { state_->take(std::move(spans)); }

void OtlpExporter::note_dropped(std::size_t count) { state_->drop(count, "too many publications were traced concurrently"); }

void OtlpExporter::send_with(OtlpHeaders headers) {
  const std::lock_guard lock(state_->mutex);
  state_->headers = std::move(headers);
}

void OtlpExporter::stop() {
  std::call_once(state_->ending, [this] {
    {
      const std::lock_guard lock(state_->mutex);
      state_->is_stopped = true;
    }
    asio::post(state_->io, [state = state_.get()] { state->finish(); });
    state_->thread.join();
  });
}

}  // namespace dialogue::trace
