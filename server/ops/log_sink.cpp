// Log lines through spdlog's asynchronous logger.
#include "server/ops/log_sink.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "shared/base/printable.hpp"

namespace dialogue::ops {
namespace {

constexpr std::size_t kQueueLinesMax = 8192;
constexpr std::chrono::milliseconds kReaderTimeout{1'000}, kReadersTimeMax{2'000}, kReaderLook{5};

constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})";
constexpr const char* kPrettyPattern = "%H:%M:%S.%e %^%-7l%$ %v";

spdlog::level::level_enum spdlog_level(core::LogLevel level) {
  switch (level) {
    case core::LogLevel::debug:
      return spdlog::level::debug;
    case core::LogLevel::info:
      return spdlog::level::info;
    case core::LogLevel::warn:
      return spdlog::level::warn;
    case core::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view level_name(core::LogLevel level) {
  switch (level) {
    case core::LogLevel::debug:
      return "debug";
    case core::LogLevel::info:
      return "info";
    case core::LogLevel::warn:
      return "warn";
    case core::LogLevel::error:
      return "error";
  }
  return "error";
}

/// JSON text of `value`; bytes that are not UTF-8 become U+FFFD.
std::string json_of(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Text as people read it: bare where that is clear, else quoted and escaped, because a name from the network must not be able to
/// steer a terminal. A value with spaces is quoted too, so that it cannot look like another field.
std::string readable(const nlohmann::ordered_json& value, bool may_have_spaces) {
  if (!value.is_string()) return printable_json(json_of(value));
  const auto& text = value.get_ref<const std::string&>();
  const bool bare = !text.empty() && (may_have_spaces || text.find(' ') == std::string::npos) && printable(text) == text;
  return bare ? text : printable_json(json_of(value));
}

/// The members of a JSON object's text, without its braces; empty for anything but an object.
std::string_view members_of(std::string_view object) {
  const auto open = object.find('{'), close = object.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open) return {};
  return object.substr(open + 1, close - open - 1);
}

std::string json_text(const core::LogLine& line) {
  std::string text = R"("level":")" + std::string(level_name(line.level)) + R"(","event":)" + json_of(line.event);
  const std::string_view members = members_of(line.fields);
  if (members.find('"') != std::string_view::npos) text.append(",").append(members);
  return printable_json(text);
}

std::string pretty_text(const core::LogLine& line) {
  const auto fields = nlohmann::ordered_json::parse(line.fields.empty() ? "{}" : line.fields, nullptr, false);
  if (!fields.is_object()) return line.event + " " + printable(line.fields);
  const auto message = fields.find("message");
  const bool has_message = message != fields.end() && message->is_string();
  std::string text = has_message ? readable(*message, true) : line.event;
  for (const auto& [key, value] : fields.items()) {
    if (key == "message" && has_message) continue;
    text += " " + key + "=" + readable(value, false);
  }
  return text;
}

std::atomic<bool> is_stuck = false;

/// The queue, its one writing thread, and the logger in front of it. The end writes out what waits.
class Sink {
 public:
  Sink(LogFormat format, core::LogLevel minimum, std::shared_ptr<spdlog::sinks::sink> out,
       std::shared_ptr<metrics::SharedCells> metrics)
      : format_(format),
        metrics_(std::move(metrics)),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueueLinesMax, 1)),
        logger_(std::make_shared<spdlog::async_logger>("dialogue", std::move(out), pool_,
                                                       spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern(format == LogFormat::json ? kJsonPattern : kPrettyPattern,
                         format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
    logger_->set_level(spdlog_level(minimum));
    logger_->flush_on(spdlog::level::debug);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    if (const std::size_t lost = pool_->overrun_counter(); lost > 0)
      write({core::LogLevel::warn, "log_lines_lost", R"({"lines":)" + std::to_string(lost) + "}"});
    wait_for_reader();
    // The pool's thread ends before the logger, which waiting lines hold too, is freed.
    std::promise<void> ended;
    const auto end = ended.get_future();
    try {
      std::thread([pool = std::move(pool_), logger = std::move(logger_), ended = std::move(ended)]() mutable {
        pool.reset();
        logger.reset();
        ended.set_value();
      }).detach();
      if (end.wait_for(kReaderTimeout) != std::future_status::ready) is_stuck = true;
    } catch (const std::system_error&) { pool_.reset(); }  // without a thread for it
  }

  void write(const core::LogLine& line) {
    const auto level = spdlog_level(line.level);
    if (!logger_->should_log(level)) return;
    logger_->log(level, spdlog::string_view_t(format_ == LogFormat::json ? json_text(line) : pretty_text(line)));
    if (metrics_) metrics_->set(metrics::Metric::log_lines_lost_total, 0, pool_->overrun_counter());
  }

 private:
  /// While lines leave. A reader that takes none does not hold the process.
  void wait_for_reader() const {
    std::size_t left = pool_->queue_size();
    const auto began = std::chrono::steady_clock::now();
    auto taken_at = began, now = began;
    for (; left > 0 && now - taken_at < kReaderTimeout && now - began < kReadersTimeMax; now = std::chrono::steady_clock::now()) {
      std::this_thread::sleep_for(kReaderLook);
      const std::size_t size = pool_->queue_size();
      if (std::exchange(left, size) > size) taken_at = now;
    }
  }

  LogFormat format_;
  const std::shared_ptr<metrics::SharedCells> metrics_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

bool is_log_stuck() { return is_stuck; }

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "json") return LogFormat::json;
  if (text == "pretty") return LogFormat::pretty;
  return std::nullopt;
}

std::optional<core::LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return core::LogLevel::debug;
  if (text == "info") return core::LogLevel::info;
  if (text == "warn") return core::LogLevel::warn;
  if (text == "error") return core::LogLevel::error;
  return std::nullopt;
}

LogFormat default_log_format() { return isatty(STDOUT_FILENO) != 0 ? LogFormat::pretty : LogFormat::json; }

Logger make_log_sink(LogFormat format, core::LogLevel minimum, std::shared_ptr<metrics::SharedCells> metrics) {
  std::shared_ptr<spdlog::sinks::sink> out;
  if (format == LogFormat::json)
    out = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  else
    out = std::make_shared<spdlog::sinks::stdout_color_sink_mt>();
  return make_log_sink(format, minimum, std::move(out), std::move(metrics));
}

Logger make_log_sink(LogFormat format, core::LogLevel minimum, std::shared_ptr<spdlog::sinks::sink> out,
                     std::shared_ptr<metrics::SharedCells> metrics) {
  auto sink = std::make_shared<Sink>(format, minimum, std::move(out), std::move(metrics));
  return [sink](const core::LogLine& line) { sink->write(line); };
}

}  // namespace dialogue::ops
