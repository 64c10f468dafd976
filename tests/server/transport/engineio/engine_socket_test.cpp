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
  void socket_lost(EngineSocket&) override {}
  int moved = 0;
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

}  // namespace

TEST_CASE("An owner hears that a WebSocket has taken all that waited, though a flush of another's came before the loop's") {
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
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (bool is = false; !is; one.run([&] { is = owner.moved > 0; })) REQUIRE(std::chrono::steady_clock::now() < deadline);
  one.run([&] { socket->close(); });
}

}  // namespace dialogue::test
