// Rates are of the last two samples of the ring, so that a number is the last point of its series.
#include "server/observe/observer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "server/metrics/shared_cells.hpp"
#include "server/observe/verdict.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::observe {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::size_t kTopEvents = 20;

std::string decimal(double value) {
  constexpr int kDigits = 3;
  char text[64];
  const auto [end, fault] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, kDigits);
  return fault == std::errc() ? std::string(text, end) : "0";
}

std::string decimal_or_null(const std::optional<double>& value) { return value ? decimal(*value) : "null"; }

std::string change_text(const Change& change) {
  const std::string times = change.count > 1 ? " (" + std::to_string(change.count) + " times)" : "";
  return JsonText().number("at", change.unix_ms).text("name", change.name).text("detail", change.detail + times).take();
}

}  // namespace

Observer::Observer(ServerFacts facts)
    : facts_(std::move(facts)), started_unix_ms_(metrics::unix_now_ns() / kNsPerMs), started_ns_(metrics::now_ns()) {}

void Observer::begin(Read read) {
  const std::lock_guard lock(mutex_);
  read_ = std::move(read);
}

void Observer::end() { begin({}); }

void Observer::take(const metrics::Reading& reading) {
  keep(sample_of(reading, metrics::unix_now_ns() / kNsPerMs, metrics::now_ns()), true);
}

void Observer::keep(Sample sample, bool is_for_ring) {
  const std::lock_guard lock(mutex_);
  if (is_for_ring) {
    ring_.push_back(sample);
    if (ring_.size() > kSamplesKept) ring_.pop_front();
  }
  newest_ = std::move(sample);
}

void Observer::answer(Report report, Done done) {
  std::string text;
  Read read;
  {
    const std::lock_guard lock(mutex_);
    const bool is_fresh = newest_.monotonic_ns != 0 && newest_.monotonic_ns + kFreshMs * kNsPerMs > metrics::now_ns();
    if (!is_fresh) read = read_;
    if (!read) text = (this->*report)();
  }
  if (!read) return done(std::move(text));
  read([self = shared_from_this(), report, done = std::move(done)](const metrics::Reading& reading) {
    self->keep(sample_of(reading, metrics::unix_now_ns() / kNsPerMs, metrics::now_ns()), false);
    std::string fresh;
    {
      const std::lock_guard lock(self->mutex_);
      fresh = (self.get()->*report)();
    }
    done(std::move(fresh));
  });
}

void Observer::overview(Done done) { answer(&Observer::overview_text, std::move(done)); }
void Observer::store(Done done) { answer(&Observer::store_text, std::move(done)); }
void Observer::hooks(Done done) { answer(&Observer::hooks_text, std::move(done)); }
void Observer::top_events(Done done) { answer(&Observer::top_text, std::move(done)); }

std::string Observer::samples_text() const {
  const auto gauges = [this](std::uint64_t Sample::*gauge) {
    return json_array(ring_, [gauge](const Sample& each) { return std::to_string(each.*gauge); });
  };
  const auto between = [this](const auto& value) {
    std::size_t at = 0;
    return json_array(ring_, [&](const Sample& each) {
      const Sample& previous = ring_[at == 0 ? 0 : at - 1];
      ++at;
      return decimal(value(previous, each));
    });
  };
  const auto rates = [&](std::uint64_t Sample::*counter) {
    return between([counter](const Sample& a, const Sample& b) { return per_second(a, b, counter); });
  };
  JsonText series;
  series.raw("connections", gauges(&Sample::connections)).raw("events", rates(&Sample::events));
  series.raw("deliveries", rates(&Sample::deliveries)).raw("refusals", rates(&Sample::refusals));
  series.raw("lagging", gauges(&Sample::lagging)).raw("queuedBytes", gauges(&Sample::queued_bytes));
  series.raw("loopBusy", between([](const Sample& a, const Sample& b) { return loop_busy(a, b); }));
  series.raw("memoryBytes", gauges(&Sample::memory_bytes));
  JsonText text;
  text.number("intervalMs", kSampleIntervalMs).number("end", ring_.empty() ? 0 : ring_.back().unix_ms);
  return text.raw("series", series.take()).take();
}

std::string Observer::overview_text() const {
  const std::vector<Sample> history(ring_.begin(), ring_.end());
  const Verdict verdict = verdict_on(history, newest_);
  const auto [from, to] = rate_window(history, newest_);
  JsonText server;
  server.text("version", facts_.version).text("catalogue", facts_.catalogue).number("startedAt", started_unix_ms_);
  server.number("uptimeMs", (metrics::now_ns() - started_ns_) / kNsPerMs);
  server.flag("draining", newest_.is_draining).flag("dev", facts_.is_dev);
  JsonText numbers;
  numbers.number("connections", newest_.connections).number("users", newest_.users).number("rooms", newest_.rooms);
  numbers.raw("eventsPerSecond", decimal(per_second(from, to, &Sample::events)));
  numbers.raw("deliveriesPerSecond", decimal(per_second(from, to, &Sample::deliveries)));
  numbers.raw("refusalsPerSecond", decimal(per_second(from, to, &Sample::refusals)));
  numbers.number("lagging", newest_.lagging).number("memoryBytes", newest_.memory_bytes);
  if (newest_.memory_limit_bytes > 0) numbers.number("memoryLimitBytes", newest_.memory_limit_bytes);
  JsonText text;
  text.raw("verdict", JsonText().text("level", verdict.level).text("sentence", verdict.sentence).take());
  text.raw("server", server.take()).raw("numbers", numbers.take()).raw("samples", samples_text());
  return text.raw("changes", json_array(changes_.newest_first(), change_text)).take();
}

std::string Observer::store_text() const {
  const Sample& first = oldest();
  JsonText errors;
  for (std::size_t i = 0; i < newest_.store_errors.size(); ++i)
    errors.number(metrics::kOperations.at(i), newest_.store_errors.at(i));
  JsonText text;
  text.text("address", facts_.store_address).flag("durable", facts_.is_durable).flag("ready", newest_.is_store_ready);
  text.number("sizeBytes", newest_.store_bytes).number("walBytes", newest_.wal_bytes);
  text.number("appends", count_between(first.commit_seconds, newest_.commit_seconds));
  text.raw("commitP50Ms", decimal_or_null(quantile_ms(first.commit_seconds, newest_.commit_seconds, 0.5)));
  text.raw("commitP99Ms", decimal_or_null(quantile_ms(first.commit_seconds, newest_.commit_seconds, 0.99)));
  return text.number("queue", newest_.store_queue).raw("errors", errors.take()).take();
}

std::string Observer::hooks_text() const {
  std::size_t verb = 0;
  const auto hook_text = [&](std::string_view name) {
    const HookSample& first = oldest().hooks.at(verb);
    const HookSample& hook = newest_.hooks.at(verb++);
    constexpr auto kDenied = metrics::place_of(metrics::HookOutcome::denied),
                   kFailed = metrics::place_of(metrics::HookOutcome::failed);
    std::uint64_t requests = 0;
    for (const std::uint64_t each : hook.answers) requests += each;
    JsonText text;
    text.text("hook", name).text("url", facts_.hooks_url).number("requests", requests);
    text.number("denied", hook.answers.at(kDenied)).number("failures", hook.answers.at(kFailed));
    text.raw("p99Ms", decimal_or_null(quantile_ms(first.seconds, hook.seconds, 0.99)));
    return text.flag("breakerOpen", newest_.is_breaker_open).take();
  };
  return JsonText().raw("hooks", json_array(metrics::kHooks, hook_text)).take();
}

std::string Observer::top_text() const {
  struct Row {
    std::size_t pair;
    std::uint64_t recent, total;
  };
  std::vector<Row> rows;
  const std::vector<Sample> history(ring_.begin(), ring_.end());
  const auto [from, to] = rate_window(history, newest_);
  for (std::size_t i = 0; i < newest_.pairs.size(); ++i)
    if (newest_.pairs.at(i) > 0)
      rows.push_back({i, to.pairs.at(i) - std::min(from.pairs.at(i), to.pairs.at(i)), newest_.pairs.at(i)});
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.recent != b.recent ? a.recent > b.recent : a.total != b.total ? a.total > b.total : a.pair < b.pair;
  });
  if (rows.size() > kTopEvents) rows.resize(kTopEvents);
  const double seconds = seconds_between(from, to);
  return json_array(rows, [&](const Row& row) {
    const bool is_named = row.pair < facts_.pairs.size();
    JsonText text;
    text.text("room", is_named ? facts_.pairs[row.pair].first : "other");
    text.text("event", is_named ? facts_.pairs[row.pair].second : "other");
    text.raw("perSecond", decimal(seconds > 0 ? static_cast<double>(row.recent) / seconds : 0));
    return text.number("total", row.total).take();
  });
}

}  // namespace dialogue::observe
