// The seam: a loop serves connections of a transport that it has never heard of. This one keeps what it would send as text.
#include "server/transport/transport.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/loop/shard_loop.hpp"
#include "tests/patience.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

using namespace calls;

using namespace core;
using namespace host;
using namespace loop;
using namespace net;
using namespace transport;

namespace {

/// One frame a line.
class LineQueue : public SendQueue {
 public:
  std::string take() {
    for (; packed_ < entries_.size(); ++packed_) {
      entries_[packed_].prefix[0] = '\n';
      entries_[packed_].prefix_size = 1;
    }
    std::string text;
    while (!empty()) {
      std::array<iovec, 3> parts;
      const std::size_t count = gather_packed(parts);
      const std::size_t before = text.size();
      for (std::size_t i = 0; i < count; ++i) text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
      consumed(text.size() - before);
    }
    return text;
  }
};

class TextTransport : public Transport {
 public:
  explicit TextTransport(ShardLoop& loop) : Transport(queue_, loop.flush_list(), {}), loop_(loop) {}

  void begin(ConnectionId id) { id_ = id; }
  void receive(std::string text) { loop_.received(id_, text); }
  void report_alive() { loop_.alive(id_); }

  void ping() override { ++pings; }
  void close(std::uint16_t code, std::string_view) override {
    close_code = code;
    state_ = State::closing;
  }
  void ask_drained() override { drains_asked = true; }
  void flush() override {
    flush_asked_ = false;
    ++flushes;
    sent += queue_.take();
    if (std::exchange(drains_asked, false)) loop_.drained(id_);
  }
  [[nodiscard]] bool sweep(std::uint64_t) override { return false; }
  void drain() override {}
  void abandon() override { was_abandoned = true; }

  std::string sent;
  int flushes = 0, pings = 0;
  std::uint16_t close_code = 0;
  bool drains_asked = false, was_abandoned = false;

 private:
  ShardLoop& loop_;
  LineQueue queue_;
};

struct NoEntrance : SocketEntrance {
  void enter(ShardLoop&, AcceptedSocket) override {}
};

/// One loop on a thread of its own.
class OneLoop {
 public:
  explicit OneLoop(ServerConfig config) : config_(std::move(config)) {
    config_.shard.catalogue = *CatalogueView::parse(config_.shard.catalogue_bytes);
    loops_.push_back(std::make_unique<ShardLoop>(context_, 0, 1, 1));
    loops_.front()->know(loops_);
    thread_ = std::thread([this] { loop().run(); });
  }
  ~OneLoop() {
    loop().stop();
    thread_.join();
  }

  [[nodiscard]] ShardLoop& loop() { return *loops_.front(); }
  /// Runs `task` on the loop's thread; what it gives rise to leaves at the end of that turn.
  void run(const std::function<void()>& task) {
    std::promise<void> done;
    loop().post(std::function<void()>([&] {
      task();
      done.set_value();
    }));
    done.get_future().wait();
  }
  /// Runs `is_so` there until it says yes.
  void await(const std::function<bool()>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
    for (bool is = false; !is; run([&] { is = is_so(); })) REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
  /// Waits until the transport has sent `part`, and takes all that it has sent.
  std::string await_sent(TextTransport& transport, std::string_view part) {
    std::string sent;
    await([&] {
      if (transport.sent.find(part) == std::string::npos) return false;
      sent = std::exchange(transport.sent, {});
      return true;
    });
    return sent;
  }
  [[nodiscard]] std::shared_ptr<TextTransport> open(TransportKind kind) {
    auto transport = std::make_shared<TextTransport>(loop());
    run([&] {
      PeerFacts peer;
      peer.transport = kind;
      loop().open(transport, peer, [&](ConnectionId id) { transport->begin(id); });
      transport->receive(hello("ann"));
    });
    return transport;
  }

 private:
  ServerConfig config_;
  AddressLimits limits_{{}, 1};
  NoEntrance entrance_;
  PendingCalls calls_;
  LoopContext context_{.config = config_, .address_limits = limits_, .entrance = entrance_, .calls = calls_};
  std::vector<std::unique_ptr<ShardLoop>> loops_;
  std::thread thread_;
};

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("A loop serves any transport: frames go in, and what is decided in a turn leaves in one flush") {
  OneLoop one(test_server_config());
  const auto transport = one.open(TransportKind::sse);
  CHECK(one.await_sent(*transport, "[33,").starts_with("\n[33,"));
  one.run([&] { transport->receive(R"([2,1,0,0,0,"chat",{}])"); });
  const std::string joined = one.await_sent(*transport, "\n[34,1,");
  const std::size_t number = joined.find("\n[34,1,") + 7;
  const std::string room = joined.substr(number, joined.find(',', number) - number);
  int flushes = 0;
  one.run([&] {
    flushes = transport->flushes;
    for (int i = 1; i <= 3; ++i) transport->receive("[4," + room + ",1," + std::to_string(i) + ",0,\"hi\"]");
  });
  one.await([&] { return count(transport->sent, "\"hi\"") == 3; });
  one.run([&] { flushes = transport->flushes - flushes; });
  CHECK(flushes == 1);
  one.run([&] { one.loop().leave(transport->id()); });
  one.await([&] { return transport.use_count() == 1; });
}

TEST_CASE("A room is joined by the transports that its channels name, and by no others") {
  ServerConfig config = test_server_config();
  config.shard.definitions.rooms.front().channels = {"websocket"};
  OneLoop one(std::move(config));
  const auto stream = one.open(TransportKind::sse), socket = one.open(TransportKind::websocket);
  one.run([&] {
    stream->receive(R"([2,1,0,0,0,"chat",{}])");
    socket->receive(R"([2,1,0,0,0,"chat",{}])");
  });
  (void)one.await_sent(*stream, "the room is not served over server-sent events");
  (void)one.await_sent(*socket, "\n[34,1,");
}

TEST_CASE("A loop that drains says good-bye through the transport and closes it") {
  ServerConfig config = test_server_config();
  config.drain_ms = 0;
  OneLoop one(std::move(config));
  const auto transport = one.open(TransportKind::sse);
  (void)one.await_sent(*transport, "[33,");
  const auto drained = one.loop().drain({});
  one.await([&] { return transport->close_code == 1012; });
  (void)one.await_sent(*transport, "\n[45,");
  CHECK(drained.wait_for(testing::kPatience) == std::future_status::ready);
}

TEST_CASE("A loop that stops abandons the connections that are left") {
  std::shared_ptr<TextTransport> transport;
  {
    OneLoop one(test_server_config());
    transport = one.open(TransportKind::sse);
  }
  CHECK(transport->was_abandoned);
}

}  // namespace dialogue::test
