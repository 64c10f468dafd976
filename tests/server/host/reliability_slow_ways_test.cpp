// Readers through segments of Ethernet's size, by lines, by a push stream and by a streamed response: frames of all sizes come
// whole and in order, who reads nothing for long reads on from the log, and then gets what comes as it comes again.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>

#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/protocol/frames.hpp"
#include "tests/server/support/test_server.hpp"

using namespace dialogue;
using namespace dialogue::host;
using namespace dialogue::net;
using namespace dialogue::test;

namespace {

/// Bytes of payloads: around a segment, around a message packed of several, and large.
constexpr std::array<std::size_t, 12> kSizes = {1, 1447, 60'000, 536, 1448, 16'384, 60'000, 2896, 1449, 45'000, 60'000, 100};
constexpr std::uint64_t kBurst = 360, kLive = 60;

std::string payload(std::uint64_t number) {
  return std::to_string(number) + ':' + std::string(kSizes.at(number % kSizes.size()), static_cast<char>('a' + number % 26));
}

Descriptor segmented_socket(int segment) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int buffer = 32 * 1024;
  REQUIRE(::setsockopt(socket.get(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment) == 0);
  REQUIRE(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) == 0);
  return socket;
}

constexpr std::string_view kJoin = R"([2,1,1,0,0,"chat",{}])";

/// A reader in "chat", whichever way it came.
class Reader {
 public:
  Reader(std::uint16_t port, int segment) : client_(port, segmented_socket(segment)) {}
  virtual ~Reader() = default;
  /// The next event's payload as JSON; what is no event is passed over, a gap fails the test.
  [[nodiscard]] virtual std::string next() = 0;

 protected:
  /// A line without its end.
  std::string line() {
    std::string text = client_.read_through("\n");
    text.pop_back();
    return text;
  }
  TestClient client_;
};

std::string payload_of(const std::string& text) {
  Frame frame;
  INFO(text.substr(0, 200));
  REQUIRE(read_frame(text, frame) == ErrorCode::ok);
  CHECK(frame.type != FrameType::gap);
  CHECK(frame.type != FrameType::bye);
  return frame.type == FrameType::event ? std::string(frame.payload) : std::string();
}

class LineReader final : public Reader {
 public:
  LineReader(const TestServer& server, int segment) : Reader(server.tcp_port(), segment) {
    client_.send(hello("by-lines") + '\n' + std::string(kJoin) + '\n');
    while (!line().starts_with("[34,1,")) continue;
  }
  std::string next() override {
    for (;;)
      if (const std::string found = payload_of(line()); !found.empty()) return found;
  }
};

class PushReader final : public Reader {
 public:
  PushReader(const TestServer& server, int segment) : Reader(server.port(), segment) {
    client_.send(get_request("/events?rooms=chat"));
    while (line() != "event: dialogue.open") continue;
  }
  std::string next() override {
    for (std::string event;;) {
      const std::string text = line();
      if (text.starts_with("event: ")) event = text.substr(7);
      CHECK(event != "dialogue.gap");
      if (event != "message" || !text.starts_with("data: ")) continue;
      const std::string key = "\"data\":";
      const std::size_t begin = text.find(key);
      REQUIRE(begin != std::string::npos);
      return text.substr(begin + key.size(), text.find('"', begin + key.size() + 1) - begin - key.size() + 1);
    }
  }
};

class TunnelReader final : public Reader {
 public:
  TunnelReader(const TestServer& server, int segment) : Reader(server.port(), segment), port_(server.port()) {
    const std::string body =
        R"({"open":"a-reader-by-a-stream"})" + std::string("\n") + hello("by-stream") + '\n' + std::string(kJoin);
    client_.send(post("/dialogue/stream", body));
    while (!(head_ = line()).starts_with("data: ")) continue;
    const std::string key = R"("session":")";
    const std::size_t begin = head_.find(key) + key.size();
    session_ = head_.substr(begin, head_.find('"', begin) - begin);
    while (!frame().starts_with("[34,1,")) continue;
  }
  std::string next() override {
    for (;;)
      if (const std::string found = payload_of(frame()); !found.empty()) return found;
  }

 private:
  static std::string post(std::string_view path, const std::string& body) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  /// Acknowledges what came, as often as the protocol asks for it.
  std::string frame() {
    for (;;) {
      const std::string text = line();
      if (!text.starts_with("data: ")) continue;
      ++have_;
      unacknowledged_ += text.size();
      if (unacknowledged_ > kAcknowledgeBytes) {
        unacknowledged_ = 0;
        TestClient beside(port_);
        beside.send(post("/dialogue/send", R"({"session":")" + session_ + R"(","have":)" + std::to_string(have_) + "}"));
        REQUIRE(beside.reply().status == 200);
      }
      return text.substr(6);
    }
  }

  static constexpr std::size_t kAcknowledgeBytes = 48 * 1024;
  std::uint16_t port_;
  std::string head_, session_;
  std::uint64_t have_ = 0;
  std::size_t unacknowledged_ = 0;
};

/// Publishes so many events, and waits until the server has them.
void publish(HonestClient& publisher, std::uint64_t from, std::uint64_t count) {
  for (std::uint64_t sent = 0, taken = 0; taken < count;) {
    for (; sent < count && sent < taken + 32; ++sent)
      REQUIRE(publisher.client().send_text("[4," + publisher.room() + ",1," + std::to_string(from + sent) + ",0,\"" +
                                           payload(from + sent) + "\"]"));
    (void)publisher.await("[38,");
    publisher.others.clear();
    ++taken;
  }
}

/// How many members' lag has changed so since the start.
std::uint64_t lag(TestServer& server, metrics::LagChange change) {
  std::promise<std::uint64_t> read;
  server.server().read_metrics([&](const metrics::Reading& reading) {
    std::uint64_t sum = 0;
    for (const auto& shard : reading.shards)
      if (shard)
        sum += shard->values.at(metrics::cell_of(metrics::Metric::member_lag_transitions_total, metrics::place_of(change)));
    read.set_value(sum);
  });
  return read.get_future().get();
}

template <class Way>
void read_in_segments(int segment) {
  CAPTURE(segment);
  TestServer server([](ServerConfig& config) {
    Definitions& definitions = config.shard.definitions;
    definitions.rooms[0].retention = {10'000, 600'000};
    config.shard.catalogue_bytes = make_catalogue(definitions).bytes;
    config.shard.limits.write_stall_timeout_ms = 120'000;
    config.shard.limits.ping_interval_ms = 600'000;
    config.tcp_listen.host = "127.0.0.1";
  });
  Way reader(server, segment);
  HonestClient publisher(server.port(), "publisher");
  std::uint64_t last = 0;
  const auto read_all = [&](std::uint64_t count) {
    for (const std::uint64_t end = last + count; last < end;) {
      ++last;
      const std::string text = reader.next();
      REQUIRE(text.size() == payload(last).size() + 2);
      REQUIRE(text == '"' + payload(last) + '"');
    }
  };
  publish(publisher, 1, kBurst);  // before it reads any of it
  CHECK(lag(server, metrics::LagChange::lagging) >= 1);
  read_all(kBurst);
  for (std::uint64_t i = 0; i < kLive; ++i) {  // from now on each as it comes
    publish(publisher, last + 1, 1);
    read_all(1);
  }
  CHECK(lag(server, metrics::LagChange::caught_up) == lag(server, metrics::LagChange::lagging));
  CHECK(server.log_count("disconnected") == 0);
}

}  // namespace

TEST_CASE("lines in segments of Ethernet's size and less come whole and in order", "[timed]") {
  read_in_segments<LineReader>(GENERATE(1448, 536));
}

TEST_CASE("push streams in segments of Ethernet's size and less come whole and in order", "[timed]") {
  read_in_segments<PushReader>(GENERATE(1448, 536));
}

TEST_CASE("streamed responses in segments of Ethernet's size and less come whole and in order", "[timed]") {
  read_in_segments<TunnelReader>(GENERATE(1448, 536));
}
