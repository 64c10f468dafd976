// Both directions of a tunnel over a network that loses, repeats and reorders requests and responses, and cuts streams: what
// each end has at last is what the other end sent, once and in order. The client here is what docs/decisions/301 asks of one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/util/seeded_random.hpp"
#include "server/transport/http_tunnel/downlink.hpp"
#include "server/transport/http_tunnel/uplink.hpp"
#include "tests/lines_of.hpp"

namespace dialogue::test {

using namespace core;
using namespace transport;

namespace {

constexpr std::size_t kWindowBytes = 2000, kAnswerBytes = 400;

struct Request {
  bool is_poll = false;
  std::uint64_t have = 0, from = 1;
  std::vector<std::string> frames{};
};
/// The frames of the server from number `first` on, where it is of a poll.
struct Response {
  bool is_refused = false, is_poll = false;
  std::uint64_t first = 1, received = 0;
  std::vector<std::string> frames{};
};

class SimulatedServer {
 public:
  void publish(SeededRandom& random) {
    const std::uint32_t frames = static_cast<std::uint32_t>(1 + random.below(4));
    std::string text;
    for (std::uint32_t i = 0; i < frames; ++i) {
      if (i > 0) text += '\n';
      text += "down " + std::to_string(++published) + std::string(random.below(150), '.');
      sent.push_back(text.substr(text.rfind('\n') + 1));
    }
    downlink_.push_text(std::make_shared<const std::string>(text), frames);
  }

  [[nodiscard]] Response serve(const Request& request) {
    Response response;
    response.is_poll = request.is_poll;
    const auto known = uplink_.known(request.from, request.frames.size());
    const auto acknowledged = known ? downlink_.acknowledge(request.have) : Downlink::Acknowledged::ok;
    REQUIRE(acknowledged != Downlink::Acknowledged::ahead);
    if (!known || (request.is_poll && acknowledged == Downlink::Acknowledged::stale)) {
      response.is_refused = true;
      return response;
    }
    for (std::size_t i = *known; i < request.frames.size(); ++i) {
      uplink_.took();
      received.push_back(request.frames[i]);
    }
    if (request.is_poll) {
      downlink_.rewind();
      response.first = downlink_.first();
      std::size_t size = 0;
      while (const std::size_t next = downlink_.next_bytes(kWindowBytes)) {
        if (size > 0 && size + next >= kAnswerBytes) break;
        size += next;
        for (std::string& line : testing::lines_of(**downlink_.next(kWindowBytes))) response.frames.push_back(std::move(line));
      }
    }
    response.received = uplink_.received();
    largest_window = std::max(largest_window, downlink_.window_bytes());
    return response;
  }

  std::vector<std::string> sent, received;
  std::uint64_t published = 0;
  std::size_t largest_window = 0;

 private:
  Downlink downlink_;
  Uplink uplink_;
};

class SimulatedClient {
 public:
  void say(SeededRandom& random) { outbox_.push_back("up " + std::to_string(++said) + std::string(random.below(50), '.')); }
  [[nodiscard]] Request poll() const { return {.is_poll = true, .have = have_, .from = acknowledged_ + 1, .frames = {}}; }
  /// The same frames as before with what came meanwhile: repeated until they are answered.
  [[nodiscard]] Request send(SeededRandom& random) const {
    Request request{.is_poll = false, .have = have_, .from = acknowledged_ + 1, .frames = {}};
    const std::size_t count = std::min<std::size_t>(outbox_.size(), random.below(6));
    request.frames.assign(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(count));
    return request;
  }
  void take(const Response& response) {
    if (response.is_refused) return;
    while (acknowledged_ < response.received) {
      REQUIRE_FALSE(outbox_.empty());
      sent.push_back(std::move(outbox_.front()));
      outbox_.pop_front();
      ++acknowledged_;
    }
    if (!response.is_poll) return;
    REQUIRE(response.first <= have_ + 1);
    for (std::size_t i = have_ + 1 - response.first; i < response.frames.size(); ++i) {
      received.push_back(response.frames[i]);
      ++have_;
    }
  }
  [[nodiscard]] bool is_done(const SimulatedServer& server) const { return outbox_.empty() && have_ == server.sent.size(); }

  std::vector<std::string> sent, received;
  std::uint64_t said = 0;

 private:
  std::deque<std::string> outbox_;
  std::uint64_t have_ = 0, acknowledged_ = 0;
};

/// One run; returns how many requests and responses did not arrive.
std::size_t run(std::uint64_t seed) {
  SeededRandom random(seed);
  SimulatedServer server;
  SimulatedClient client;
  std::deque<Request> requests;
  std::deque<Response> responses;
  const std::uint64_t loss = 2 + random.below(6);
  std::size_t lost = 0;
  const auto pass = [&](auto& queue, const auto& deliver) {
    if (queue.empty()) return;
    const std::size_t at = random.below(queue.size());  // whichever comes first
    const auto taken = queue[at];
    const bool again = random.below(5) == 0;
    if (!again) queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(at));
    if (random.below(loss) == 0) {
      ++lost;
      return;
    }
    deliver(taken);
  };
  constexpr int kSteps = 600, kStepsMax = 20'000;
  for (int step = 0; step < kStepsMax && (step < kSteps || !client.is_done(server)); ++step) {
    if (step < kSteps && random.below(3) == 0) server.publish(random);
    if (step < kSteps && random.below(4) == 0) client.say(random);
    if (requests.size() < 8) requests.push_back(random.below(2) == 0 ? client.poll() : client.send(random));
    pass(requests, [&](const Request& request) { responses.push_back(server.serve(request)); });
    pass(responses, [&](const Response& response) { client.take(response); });
  }
  CHECK(client.is_done(server));
  CHECK(client.received == server.sent);
  CHECK(server.received == client.sent);
  CHECK(client.sent.size() == client.said);
  CHECK(server.largest_window < kWindowBytes + 1000);
  return lost;
}

}  // namespace

TEST_CASE("P-30 nothing is lost, repeated or reordered, whatever becomes of requests and responses") {
  std::size_t lost = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    lost += run(seed);
  }
  CHECK(lost > 1000);
}

}  // namespace dialogue::test
