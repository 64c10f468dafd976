// Frames to a client that takes them by requests: what is sent again, what is freed, and numbers that do not fit.
#include "server/transport/http_tunnel/downlink.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace dialogue::test {

using namespace core;
using namespace transport;

namespace {

constexpr std::size_t kWindow = 64 * 1024;

SharedBytes text(const std::string& bytes) { return std::make_shared<const std::string>(bytes); }

/// Everything that a new request would be given.
std::string all(Downlink& downlink, std::size_t window = kWindow) {
  downlink.rewind();
  std::string taken;
  while (const SharedBytes* each = downlink.next(window)) taken.append(**each).append("|");
  return taken;
}

}  // namespace

TEST_CASE("what was sent is sent again until it is acknowledged") {
  Downlink downlink;
  downlink.push_text(text("a"));
  downlink.push_text(text("b\nc"), 2);
  CHECK(all(downlink) == "a|b\nc|");
  CHECK(downlink.empty());
  CHECK(downlink.first() == 1);
  CHECK(all(downlink) == "a|b\nc|");
  CHECK(downlink.acknowledge(1) == Downlink::Acknowledged::ok);
  CHECK(downlink.first() == 2);
  downlink.push_text(text("d"));
  CHECK(all(downlink) == "b\nc|d|");
  CHECK(downlink.acknowledge(4) == Downlink::Acknowledged::ok);
  CHECK(downlink.is_all_acknowledged());
  CHECK(downlink.window_bytes() == 0);
  CHECK(all(downlink).empty());
}

TEST_CASE("a text of several frames is kept until the last of them is acknowledged") {
  Downlink downlink;
  downlink.push_text(text("a\nb\nc"), 3);
  (void)all(downlink);
  CHECK(downlink.acknowledge(2) == Downlink::Acknowledged::ok);
  CHECK(downlink.first() == 1);
  CHECK(downlink.acknowledged() == 2);
  CHECK(all(downlink) == "a\nb\nc|");
  CHECK(downlink.acknowledge(3) == Downlink::Acknowledged::ok);
  CHECK(downlink.first() == 4);
}

TEST_CASE("a late acknowledgement and one of frames that were not sent change nothing") {
  Downlink downlink;
  for (const char* each : {"a", "b", "c"}) downlink.push_text(text(each));
  CHECK(downlink.acknowledge(1) == Downlink::Acknowledged::ahead);
  downlink.rewind();
  CHECK(**downlink.next(kWindow) == "a");
  CHECK(**downlink.next(kWindow) == "b");
  CHECK(downlink.acknowledge(3) == Downlink::Acknowledged::ahead);
  CHECK(downlink.acknowledge(2) == Downlink::Acknowledged::ok);
  CHECK(downlink.acknowledge(1) == Downlink::Acknowledged::stale);
  CHECK(downlink.acknowledged() == 2);
  CHECK(all(downlink) == "c|");
}

TEST_CASE("a stream continues at its place while acknowledgements arrive") {
  Downlink downlink;
  for (const char* each : {"a", "b", "c"}) downlink.push_text(text(each));
  downlink.rewind();
  CHECK(**downlink.next(kWindow) == "a");
  CHECK(**downlink.next(kWindow) == "b");
  CHECK(downlink.acknowledge(1) == Downlink::Acknowledged::ok);
  CHECK(**downlink.next(kWindow) == "c");
  CHECK(downlink.next(kWindow) == nullptr);
}

// A reader counts frames from first() on: one that is left out would give all that follow the number of another.
TEST_CASE("what the old stream brought and a request acknowledges is not left out of the new stream") {
  Downlink downlink;
  for (const char* each : {"a", "b", "c"}) downlink.push_text(text(each));
  CHECK(all(downlink) == "a|b|c|");
  downlink.rewind();
  CHECK(downlink.first() == 1);
  CHECK(downlink.acknowledge(2) == Downlink::Acknowledged::ok);
  downlink.push_text(text("d"));
  std::string given;
  while (const SharedBytes* each = downlink.next(kWindow)) given.append(**each).append("|");
  CHECK(given == "a|b|c|d|");
  CHECK(downlink.acknowledge(4) == Downlink::Acknowledged::ok);
  CHECK(downlink.is_all_acknowledged());
  CHECK(downlink.window_bytes() == 0);
}

TEST_CASE("a full window that is acknowledged meanwhile continues when the new stream is attached") {
  Downlink downlink;
  const std::string large(1000, 'x');
  for (int i = 0; i < 2; ++i) downlink.push_text(text(large));
  CHECK(all(downlink, 500) == large + "|");
  downlink.rewind();
  CHECK(downlink.acknowledge(1) == Downlink::Acknowledged::ok);
  CHECK(**downlink.next(500) == large);
  CHECK(**downlink.next(500) == large);
  CHECK(downlink.next(500) == nullptr);
}

TEST_CASE("a full window holds back what waits, and at least one text leaves whatever its size") {
  Downlink downlink;
  const std::string large(1000, 'x');
  for (int i = 0; i < 3; ++i) downlink.push_text(text(large));
  CHECK(downlink.next_bytes(500) == large.size());
  CHECK(all(downlink, 500) == large + "|");
  CHECK(downlink.next_bytes(500) == 0);
  CHECK_FALSE(downlink.empty());
  CHECK(downlink.acknowledge(1) == Downlink::Acknowledged::ok);
  CHECK(all(downlink, 500) == large + "|");
}

}  // namespace dialogue::test
