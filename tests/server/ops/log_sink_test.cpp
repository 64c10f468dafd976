// Log lines as machines and as people get them.
#include "server/ops/log_sink.hpp"

#include <spdlog/sinks/ostream_sink.h>

#include <spdlog/sinks/base_sink.h>
#include <catch2/catch.hpp>
#include <latch>
#include <nlohmann/json.hpp>
#include <sstream>

#include "server/metrics/shared_cells.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::ops;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

/// What a sink writes for some lines; the sink is gone, so its queue was written out.
std::string written(LogFormat format, LogLevel minimum, const std::vector<LogLine>& lines) {
  std::ostringstream out;
  {
    const Logger log = make_log_sink(format, minimum, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    for (const LogLine& line : lines) log(line);
  }
  return out.str();
}

/// A terminal that takes nothing before `gate` opens.
class StalledSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StalledSink(std::latch& gate) : gate_(gate) {}

 private:
  void sink_it_(const spdlog::details::log_msg&) override { gate_.wait(); }
  void flush_() override {}

  std::latch& gate_;
};

}  // namespace

TEST_CASE("a JSON log line is one object with time, level, event and the fields") {
  const std::string text = written(LogFormat::json, LogLevel::info, {{LogLevel::warn, "slow", R"({"room":"chat","ms":12})"}});
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  const auto line = nlohmann::json::parse(text);
  CHECK(line["level"] == "warn");
  CHECK(line["event"] == "slow");
  CHECK(line["room"] == "chat");
  CHECK(line["ms"] == 12);
  CHECK_THAT(line["time"].get<std::string>(), EndsWith("Z"));
}

TEST_CASE("a JSON log line stays whole without fields and with empty ones") {
  for (const char* fields : {"", "{}", "{ }"}) {
    const auto line = nlohmann::json::parse(written(LogFormat::json, LogLevel::info, {{LogLevel::info, "ready", fields}}));
    CHECK(line["event"] == "ready");
  }
}

TEST_CASE("a pretty log line begins with its message and shows the other fields") {
  const std::string text = written(LogFormat::pretty, LogLevel::info,
                                   {{LogLevel::info, "listening", R"({"message":"listening on http://[::1]:80","shards":2})"}});
  CHECK_THAT(text, EndsWith("info    listening on http://[::1]:80 shards=2\n"));
}

TEST_CASE("a name from the network cannot steer the terminal or look like another field") {
  const std::string text =
      written(LogFormat::pretty, LogLevel::info,
              {{LogLevel::info, "joined", R"({"user":"\u001b[2Jann","room":"a level=error","message":"x\u001b[0m"})"}});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK_THAT(text, Contains(R"(room="a level=error")"));
}

TEST_CASE("C1 controls and the characters that turn text around are escaped in every format") {
  const LogLine line{LogLevel::info, "joined",
                     "{\"user\":\"a\xC2\x9B"
                     "2J\",\"client\":\"\xE2\x80\xAE\",\"message\":\"\xC2\x9B\"}"};
  for (const LogFormat format : {LogFormat::pretty, LogFormat::json}) {
    const std::string text = written(format, LogLevel::info, {line});
    CHECK(text.find('\xC2') == std::string::npos);
    CHECK(text.find('\xE2') == std::string::npos);
    CHECK_THAT(text, Contains(R"("a\u009b2J")") && Contains(R"("\u202e")"));
  }
}

TEST_CASE("lines below the chosen level are not written") {
  const std::vector<LogLine> lines = {{LogLevel::debug, "a", "{}"}, {LogLevel::info, "b", "{}"}, {LogLevel::error, "c", "{}"}};
  CHECK(written(LogFormat::json, LogLevel::error, lines).find("\"c\"") != std::string::npos);
  CHECK(written(LogFormat::json, LogLevel::error, lines).find("\"b\"") == std::string::npos);
  CHECK(written(LogFormat::json, LogLevel::debug, lines).find("\"a\"") != std::string::npos);
}

TEST_CASE("every line that was logged before the sink went is written, in order") {
  std::vector<LogLine> lines;
  for (int i = 0; i < 1000; ++i) lines.push_back({LogLevel::info, "n" + std::to_string(i), "{}"});
  std::istringstream text(written(LogFormat::json, LogLevel::info, lines));
  int next = 0;
  for (std::string line; std::getline(text, line); ++next)
    REQUIRE(nlohmann::json::parse(line)["event"] == "n" + std::to_string(next));
  CHECK(next == 1000);
}

TEST_CASE("lines that a stalled terminal costs are counted") {
  constexpr std::uint64_t kLines = 10'000;  // more than the queue holds
  std::latch gate(1);
  const auto metrics = std::make_shared<metrics::SharedCells>();
  {
    const Logger log = make_log_sink(LogFormat::json, LogLevel::info, std::make_shared<StalledSink>(gate), metrics);
    for (std::uint64_t i = 0; i < kLines; ++i) log({LogLevel::info, "line", "{}"});
    gate.count_down();
  }
  metrics::CellValues values{};
  metrics->add_to(values);
  const std::uint64_t lost = values.at(metrics::cell_of(metrics::Metric::log_lines_lost_total, 0));
  CHECK(lost > 0);
  CHECK(lost < kLines);
}
