// The lines that StatsD gets, over a real socket, and the exporter that gives readings to sinks.
#include "server/ops/statsd_sink.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>

#include "server/metrics/metric_cells.hpp"
#include "server/ops/metric_exporter.hpp"

namespace dialogue::ops {

using namespace metrics;

namespace {

Reading reading_with(const MetricCells& cells) {
  Reading reading;
  reading.shards.push_back(std::make_unique<ShardReading>(ShardReading{cells.values(), {}, {}}));
  reading.names = std::make_shared<const MetricNames>();
  return reading;
}

/// A sink that waits until it was given something.
class Waiting : public MetricSink {
 public:
  void take(std::span<const MetricSample> samples) override {
    const std::lock_guard lock(mutex_);
    for (const MetricSample& sample : samples)
      if (sample.name == "dialogue_connections_total" && sample.labels.front().value == "tcp") value_ = sample.value;
    ++times_;
    changed_.notify_all();
  }
  double value_after(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return times_ >= times; });
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int times_ = 0;
  double value_ = -1;
};

class Throwing : public MetricSink {
 public:
  void take(std::span<const MetricSample>) override { throw std::runtime_error("no place"); }
};

}  // namespace

TEST_CASE("StatsD gets gauges as they are, and counters by their growth, with tags") {
  StatsdSink sink("127.0.0.1", 9);
  const auto lines = [&sink](double online, double events) {
    const std::vector<MetricSample> samples = {
        {"dialogue_users_online", {}, online, false},
        {"dialogue_events_total", {{"room", "a|b,c#d"}, {"event", "message"}}, events, true},
    };
    std::string all;
    for (const std::string& datagram : sink.datagrams(samples)) all += datagram;
    return all;
  };
  CHECK(lines(3, 5) == "dialogue_users_online:3|g\ndialogue_events_total:5|c|#room:a_b_c_d,event:message");
  CHECK(lines(2, 5) == "dialogue_users_online:2|g");
  CHECK(lines(2, 12) == "dialogue_users_online:2|g\ndialogue_events_total:7|c|#room:a_b_c_d,event:message");
}

TEST_CASE("lines are packed into datagrams that fit, and none is cut") {
  StatsdSink sink("::1", 9);
  std::vector<MetricSample> samples;
  for (int i = 0; i < 200; ++i) samples.push_back({"dialogue_number_" + std::to_string(i), {}, 1, false});
  std::size_t lines = 0;
  const auto datagrams = sink.datagrams(samples);
  CHECK(datagrams.size() > 1);
  for (const std::string& datagram : datagrams) {
    CHECK(datagram.size() <= StatsdSink::kDatagramBytesMax);
    CHECK(datagram.ends_with("|g"));
    lines += static_cast<std::size_t>(std::count(datagram.begin(), datagram.end(), '\n')) + 1;
  }
  CHECK(lines == samples.size());
}

TEST_CASE("an invalid StatsD address is refused") { CHECK_THROWS_WITH(StatsdSink("statsd", 9), "statsd is not an IP address"); }

TEST_CASE("datagrams arrive at a receiver") {
  const int receiver = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(receiver, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(receiver, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  StatsdSink sink("127.0.0.1", ntohs(address.sin_port));
  sink.take(std::vector<MetricSample>{{"dialogue_users_online", {}, 7, false}});
  std::array<char, 100> text;
  const ssize_t got = ::recv(receiver, text.data(), text.size(), 0);
  CHECK(std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))) == "dialogue_users_online:7|g");
  ::close(receiver);
}

TEST_CASE("sinks are given each reading, and one that throws keeps none from the others") {
  const auto waiting = std::make_shared<Waiting>();
  MetricCells cells;
  cells.count(Metric::connections_total, TransportKind::tcp, 4);
  std::mutex mutex;
  std::string failed;
  {
    MetricExporter exporter(
        {std::make_shared<Throwing>(), waiting}, 1, [&cells](const auto& done) { done(reading_with(cells)); },
        [&](const char* what) {
          const std::lock_guard lock(mutex);
          failed = what;
        });
    CHECK(waiting->value_after(3) == 4);
  }
  CHECK(failed == "no place");
}

TEST_CASE("an exporter ends even if the server never answers") {
  const auto waiting = std::make_shared<Waiting>();
  bool is_asked = false;
  std::mutex mutex;
  std::condition_variable changed;
  {
    MetricExporter exporter(
        {waiting}, 1,
        [&](const auto&) {
          const std::lock_guard lock(mutex);
          is_asked = true;
          changed.notify_all();
        },
        [](const char*) {});
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_asked; });
  }
  CHECK(is_asked);
}

}  // namespace dialogue::ops
