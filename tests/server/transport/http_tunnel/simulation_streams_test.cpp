// A client that takes by streams, which it opens again beside the old ones or after a cut, over a network that reorders and loses
// what acknowledges: each frame comes once, in order, and with its own number.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "server/core/util/seeded_random.hpp"
#include "server/transport/http_tunnel/downlink.hpp"
#include "tests/lines_of.hpp"

namespace dialogue::test {

using namespace core;
using namespace transport;

namespace {

constexpr std::size_t kStreamWindowBytes = 2000;

/// A response on its way: the number of its first frame, which its head says, then its frames in order.
struct Stream {
  std::uint64_t first = 0;
  std::deque<std::string> frames{};
  std::uint64_t read = 0;
  bool is_ended = false;
};

class StreamingServer {
 public:
  void publish(SeededRandom& random) {
    const auto frames = static_cast<std::uint32_t>(1 + random.below(3));
    std::string text;
    for (std::uint32_t i = 0; i < frames; ++i) {
      const std::string frame = "down " + std::to_string(sent.size() + 1) + std::string(random.below(150), '.');
      text += (i > 0 ? "\n" : "") + frame;
      sent.push_back(frame);
    }
    downlink_.push_text(std::make_shared<const std::string>(text), frames);
  }

  /// As HttpTunnel::attach() and accept_numbers() do it.
  std::shared_ptr<Stream> open(std::uint64_t have) {
    acknowledge(have);
    if (stream_) stream_->is_ended = true;
    downlink_.rewind();
    stream_ = std::make_shared<Stream>(Stream{.first = downlink_.first()});
    return stream_;
  }
  void acknowledge(std::uint64_t have) { REQUIRE(downlink_.acknowledge(have) != Downlink::Acknowledged::ahead); }
  /// Gives the stream in use at most so many texts.
  void feed(std::size_t texts) {
    for (; stream_ && texts > 0; --texts) {
      const SharedBytes* const text = downlink_.next(kStreamWindowBytes);
      if (text == nullptr) return;
      for (std::string& line : testing::lines_of(**text)) stream_->frames.push_back(std::move(line));
    }
    largest_window = std::max(largest_window, downlink_.window_bytes());
  }

  std::vector<std::string> sent;
  std::size_t largest_window = 0;

 private:
  Downlink downlink_;
  std::shared_ptr<Stream> stream_;
};

struct Asked {
  bool opens = false;
  std::uint64_t have = 0;
};

/// One run; returns how many streams there were.
std::size_t run_streams(std::uint64_t seed) {
  SeededRandom random(seed);
  StreamingServer server;
  std::vector<std::shared_ptr<Stream>> streams;
  std::vector<Asked> on_their_way;
  std::uint64_t have = 0;
  std::size_t opened = 0;
  const auto read = [&](Stream& stream) {
    if (stream.frames.empty()) return;
    const std::uint64_t number = stream.first + stream.read++;
    const std::string frame = std::move(stream.frames.front());
    stream.frames.pop_front();
    if (number <= have) return;
    REQUIRE(number == have + 1);
    REQUIRE(frame == server.sent[have]);
    ++have;
  };
  const auto is_stalled = [&] {
    const bool is_asked = std::any_of(on_their_way.begin(), on_their_way.end(), [](const Asked& each) { return each.opens; });
    return !is_asked && std::all_of(streams.begin(), streams.end(), [](const auto& each) { return each->is_ended; });
  };
  constexpr int kSteps = 800, kStepsMax = 40'000;
  for (int step = 0; step < kStepsMax && (step < kSteps || have < server.sent.size()); ++step) {
    if (step < kSteps && random.below(3) == 0) server.publish(random);
    if (is_stalled() || random.below(20) == 0) on_their_way.push_back({true, have});
    if (random.below(6) == 0) on_their_way.push_back({false, have});
    if (!on_their_way.empty() && random.below(3) > 0) {
      const auto at = on_their_way.begin() + static_cast<std::ptrdiff_t>(random.below(on_their_way.size()));
      const Asked asked = *at;
      on_their_way.erase(at);
      if (asked.opens) {
        streams.push_back(server.open(asked.have));
        ++opened;
      } else if (random.below(4) > 0) {
        server.acknowledge(asked.have);
      }
    }
    if (random.below(2) == 0) server.feed(1 + random.below(4));
    if (streams.empty()) continue;
    const std::size_t at = random.below(streams.size());
    if (random.below(40) == 0) {  // cut: what was on its way is lost
      streams[at]->frames.clear();
      streams[at]->is_ended = true;
      streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    for (std::uint64_t count = random.below(5); count > 0; --count) read(*streams[at]);
    if (streams[at]->is_ended && streams[at]->frames.empty()) streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(at));
  }
  CHECK(have == server.sent.size());
  CHECK(server.largest_window < kStreamWindowBytes + 1000);
  return opened;
}

}  // namespace

TEST_CASE("streams that are opened again lose, repeat and reorder nothing, whatever acknowledges meanwhile") {
  std::size_t opened = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    opened += run_streams(seed);
  }
  CHECK(opened > 2000);
}

}  // namespace dialogue::test
