// Where log lines go: one JSON object a line for machines, or short coloured lines for people.
// Make one sink per process with make_log_sink and hand it to whatever wants a Logger. Calls are safe from any thread and never
// wait for the terminal or the pipe: a line goes into a queue that one thread writes out; when the queue is full the oldest
// lines are dropped and their number is logged at the end. The queue is written out when the last copy of the sink is gone.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "server/core/messages/actions.hpp"
#include "server/metrics/shared_cells.hpp"

namespace spdlog::sinks {
class sink;
}

namespace dialogue::ops {

using Logger = std::function<void(const core::LogLine&)>;

enum class LogFormat : std::uint8_t { json, pretty };

/// "json" or "pretty"; nothing for any other text.
[[nodiscard]] std::optional<LogFormat> parse_log_format(std::string_view text);
/// Reads "debug", "info", "warn" or "error"; returns no value for any other text.
[[nodiscard]] std::optional<core::LogLevel> parse_log_level(std::string_view text);

/// Returns the format for standard output: pretty on a terminal, JSON otherwise.
[[nodiscard]] LogFormat default_log_format();

/// Returns a sink on standard output for lines of level `minimum` and above.
/// JSON: {"time":"2024-05-01T12:00:00.000Z","level":"info","event":"listening",...fields}. Times are UTC.
/// Pretty: the local time, the level, the field `message` or else the event, then the other fields as key=value.
/// `metrics`: where lines that were dropped are counted; null: nowhere.
[[nodiscard]] Logger make_log_sink(LogFormat format, core::LogLevel minimum = core::LogLevel::info,
                                   std::shared_ptr<metrics::SharedCells> metrics = {});

/// Returns a sink in the same formats that writes to `out`, any spdlog sink.
[[nodiscard]] Logger make_log_sink(LogFormat format, core::LogLevel minimum, std::shared_ptr<spdlog::sinks::sink> out,
                                   std::shared_ptr<metrics::SharedCells> metrics = {});

/// Whether a sink has ended with lines that its output did not accept within 1 s: the sink's thread still waits, and a flush of
/// that output would wait, too.
[[nodiscard]] bool is_log_stuck();

}  // namespace dialogue::ops
