// Broadcasts with attachments from several threads, while members come and go: whoever stays gets each thread's in order and
// once, and between a header and its attachments comes nothing else.
#include <dialogue/dialogue.hpp>

#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/socketio/namespace_fixture.hpp"

using namespace dialogue;
using namespace dialogue::test;

namespace {

constexpr int kSenders = 4, kEmitsPerRound = 20, kSizes = 7;
constexpr int kRounds = 125;  // 10,000 broadcasts
constexpr std::size_t kMembers = 6, kPassing = 3;

/// The attachments of a thread's emit: of several sizes, none of them bytes too.
std::vector<std::uint8_t> attachment(int thread, int number, int which) {
  const int size = (number * 37 + which * 911) % kSizes * 150;
  return std::vector<std::uint8_t>(static_cast<std::size_t>(size), static_cast<std::uint8_t>(thread * 64 + number % 64));
}
std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

struct Emit {
  int thread = 0, number = 0;
};

/// The next broadcast, whole: its header, and right behind it its attachments.
Emit take_emit(SioClient& client) {
  const std::string header = client.take();
  const std::string head = R"(452-/x,["n",)";
  REQUIRE(header.starts_with(head));
  Emit emit;
  std::size_t at = 0;
  emit.thread = std::stoi(header.substr(head.size()), &at);
  emit.number = std::stoi(header.substr(head.size() + at + 1));
  REQUIRE(header.ends_with(R"(,{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])"));
  for (int which = 0; which < 2; ++which) REQUIRE(client.take() == text_of(attachment(emit.thread, emit.number, which)));
  return emit;
}

/// Threads that emit so many broadcasts each round, and wait for the next one.
class Emitters {
 public:
  Emitters(sio::Namespace io, int rounds) : rounds_(rounds) {
    for (int thread = 0; thread < kSenders; ++thread)
      threads_.emplace_back([this, io, thread] {
        for (int round = 0; round < rounds_; ++round) {
          barrier_.arrive_and_wait();
          for (int i = 0; i < kEmitsPerRound; ++i) emit(io, thread, round * kEmitsPerRound + i);
        }
      });
  }
  void begin_round() { barrier_.arrive_and_wait(); }
  void join() {
    for (std::thread& each : threads_) each.join();
  }
  [[nodiscard]] int refused() const { return refused_; }

 private:
  void emit(const sio::Namespace& io, int thread, int number) {
    const bytes first{attachment(thread, number, 0)}, second{attachment(thread, number, 1)};
    const auto target = number % 2 == 0 ? io.all() : io.to("everybody");
    if (target.emit("n", thread, number, first, second) != sio::Verdict::ok) ++refused_;
  }

  const int rounds_;
  std::barrier<> barrier_{kSenders + 1};
  std::atomic<int> refused_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("broadcasts of several threads come whole and in each thread's order while members come and go", "[timed]") {
  Fixture fixture(3);
  fixture.io.on_connect([](sio::Socket& socket) { socket.join("everybody"); });
  fixture.server.listen();
  std::deque<SioClient> members, passing;
  for (std::size_t i = 0; i < kMembers; ++i) members.push_back(fixture.connect());
  Emitters emitters(fixture.io, kRounds);
  for (int round = 0; round < kRounds; ++round) {
    emitters.begin_round();
    // Beside the threads: some come, some go in order, some by a reset, with packets under way to them.
    for (std::size_t i = 0; i < kPassing; ++i) passing.push_back(fixture.connect());
    while (passing.size() > kPassing) {
      if (round % 3 == 0) passing.front().send("41/x,");
      if (round % 3 == 1) passing.front().raw().reset();
      passing.pop_front();
    }
    for (SioClient& member : members) {
      std::map<int, int> next;
      for (int i = 0; i < kSenders * kEmitsPerRound; ++i) {
        const Emit emit = take_emit(member);
        REQUIRE(emit.number == round * kEmitsPerRound + next[emit.thread]++);
      }
    }
  }
  emitters.join();
  CHECK(emitters.refused() == 0);
  // Who has just come sees whole packets of one order as well.
  for (SioClient& each : passing) {
    each.send("42/x,[\"nothing\"]");
    fixture.io.emit("end");
    std::map<int, int> last;
    for (std::string text = each.take(); text != R"(42/x,["end"])"; text = each.take()) {
      const std::string head = R"(452-/x,["n",)";
      REQUIRE(text.starts_with(head));
      std::size_t at = 0;
      const int thread = std::stoi(text.substr(head.size()), &at), number = std::stoi(text.substr(head.size() + at + 1));
      for (int which = 0; which < 2; ++which) REQUIRE(each.take() == text_of(attachment(thread, number, which)));
      if (last.contains(thread)) CHECK(number > last[thread]);  // of the room it gets nothing until its handler has joined it
      last[thread] = number;
    }
  }
  passing.clear();
  while (value_of(fixture.io.fetch_sockets()).size() > kMembers) continue;
  for (SioClient& member : members) CHECK(member.id.size() > 0);
}
