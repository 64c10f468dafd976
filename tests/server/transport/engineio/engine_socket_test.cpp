// The WebSocket of an Engine.IO session: whoever waits for it to take more is told, whichever call made it take that.
#include "server/transport/engineio/engine_socket.hpp"

#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/loop/shard_loop.hpp"
#include "server/transport/websocket/websocket_frame.hpp"
#include "tests/patience.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

using namespace transport;

namespace {

struct NoEntrance : loop::SocketEntrance {
  void enter(loop::ShardLoop&, loop::AcceptedSocket) override {}
};

struct CountingOwner : EngineSocket::Owner {
  void socket_message(EngineSocket&, std::span<char>, bool) override {}
  void socket_read(EngineSocket&) override {}
  void socket_moved(EngineSocket&) override { ++moved; }
  void socket_violated(EngineSocket&, ErrorCode code, std::string_view) override { faults.push_back(code); }
  void socket_lost(EngineSocket&, EngineEnd how) override { ends.push_back(how); }
  int moved = 0;
  std::vector<ErrorCode> faults;
  std::vector<EngineEnd> ends;
};

/// A loop that runs on a thread of its own.
class Loop {
 public:
  Loop() {
    config_.shard.catalogue = *CatalogueView::parse(config_.shard.catalogue_bytes);
    loops_.push_back(std::make_unique<loop::ShardLoop>(context_, 0, 1, 1));
    loops_.front()->know(loops_);
    thread_ = std::thread([this] { loop().run(); });
  }
  ~Loop() {
    loop().stop();
    thread_.join();
  }
  [[nodiscard]] loop::ShardLoop& loop() { return *loops_.front(); }
  void run(const std::function<void()>& task) {
    std::promise<void> done;
    loop().post(std::function<void()>([&] {
      task();
      done.set_value();
    }));
    done.get_future().wait();
  }

 private:
  host::ServerConfig config_ = test_server_config();
  net::AddressLimits limits_{{}, 1};
  NoEntrance entrance_;
  calls::PendingCalls calls_;
  loop::LoopContext context_{.config = config_, .address_limits = limits_, .entrance = entrance_, .calls = calls_};
  std::vector<std::unique_ptr<loop::ShardLoop>> loops_;
  std::thread thread_;
};

void read_everything(int descriptor) {
  std::array<char, 65'536> bytes;
  while (::recv(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {}
}

/// What a client has sent: masked, as it must be.
std::string sent(Opcode opcode, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, opcode, payload, true, MaskingKey{1, 2, 3, 4});
  return bytes;
}

}  // namespace

TEST_CASE("F-X1 an owner is notified whether its WebSocket was closed in order, and F-R06 why it was not") {
  struct Row {
    std::string bytes;
    std::vector<ErrorCode> faults;
    EngineEnd end;
  };
  const std::vector<Row> rows = {
      {sent(Opcode::close, close_payload(1000, {})), {}, EngineEnd::in_order},
      {sent(Opcode::close, close_payload(1001, {})), {}, EngineEnd::in_order},
      {sent(Opcode::close, {}), {}, EngineEnd::in_order},
      {sent(Opcode::close, close_payload(4000, {})), {}, EngineEnd::lost},
      {sent(Opcode::text, std::string(101, 'x')), {ErrorCode::frame_too_large}, EngineEnd::lost},
      {sent(Opcode::text, "\xff"), {ErrorCode::request_invalid}, EngineEnd::lost},
      {std::string("\x81\x01x"), {ErrorCode::request_invalid}, EngineEnd::lost},  // not masked
  };
  const WebSocketLimits limits{.message_bytes_max = 100};
  Loop one;
  for (const Row& row : rows) {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) == 0);
    const net::Descriptor peer(pair[1]);
    CountingOwner owner;
    one.run([&] {
      const auto socket =
          std::make_shared<EngineSocket>(one.loop(), net::ByteStream(net::Descriptor(pair[0])), net::AdmissionGuard(), limits);
      REQUIRE(socket->begin(&owner, {}));
      socket->read_first(row.bytes);
      socket->close();
    });
    CHECK(owner.faults == row.faults);
    CHECK(owner.ends == std::vector<EngineEnd>{row.end});
  }
}

TEST_CASE("An owner is notified of an empty queue even if another flush preceded the loop's") {
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) == 0);
  const net::Descriptor peer(pair[1]);
  const WebSocketLimits limits;
  CountingOwner owner;
  std::shared_ptr<EngineSocket> socket;
  Loop one;
  const auto push = [&] { socket->writer().push_text(std::make_shared<const std::string>(100'000, 'x')); };
  one.run([&] {
    socket = std::make_shared<EngineSocket>(one.loop(), net::ByteStream(net::Descriptor(pair[0])), net::AdmissionGuard(), limits);
    REQUIRE(socket->begin(&owner, "HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    do {
      push();
      socket->flush();
    } while (socket->is_written());
    while (!socket->is_written()) {  // in the same turn, so that the loop has not seen that there is room
      read_everything(pair[1]);
      socket->flush();
    }
    CHECK(owner.moved == 0);
  });
  const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
  for (bool is = false; !is; one.run([&] { is = owner.moved > 0; })) REQUIRE(std::chrono::steady_clock::now() < deadline);
  one.run([&] { socket->close(); });
}

}  // namespace dialogue::test
