// How descriptors are divided, and who has the last places.
#include "server/net/descriptors.hpp"

#include <catch2/catch.hpp>

#include "server/net/reserved_descriptors.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

using namespace host;
using namespace net;

TEST_CASE("F-N03 descriptors are divided so that each purpose has some") {
  const DescriptorBudget usual = divide_descriptors(4096, 40);
  CHECK(usual.reserved == 16);
  CHECK(usual.sockets_max == 4096 - 40 - 64 - 16);
  const DescriptorBudget few = divide_descriptors(64, 24);
  CHECK(few.reserved == 5);
  CHECK(few.sockets_max == 25);  // and 10 for the store and hooks
  const DescriptorBudget none = divide_descriptors(20, 24);
  CHECK(none.sockets_max == 0);
  CHECK(none.reserved == 0);
}

TEST_CASE("F-N03 the last places are bounded: the oldest that has not asked leaves for the newest") {
  ReservedDescriptors places(2);
  std::string left;
  const auto take = [&](const char* name) {
    auto place = places.take();
    place->leave = [&left, name] { left += name; };
    return place;
  };
  const auto a = take("a"), b = take("b");
  a->has_asked = true;
  const auto c = take("c");
  CHECK(left == "b");
  CHECK(b->is_lost);
  c->has_asked = true;
  auto d = take("d");
  CHECK(left == "ba");  // all have asked: the oldest
  d.reset();            // is gone by itself
  const auto e = take("e");
  CHECK(left == "ba");
  const auto f = places.take(), g = places.take();  // which nobody has taken up yet
  const auto h = take("h");
  CHECK(f->is_lost);
}

TEST_CASE("F-N03 without places for sockets the newest peer is served, and silent ones are closed") {
  TestServer server([](ServerConfig& config) {
    config.descriptors_max = open_descriptors() + 64;  // what the server itself opens is among them
  });
  CHECK(server.log_count("descriptors_few") == 1);
  std::vector<std::unique_ptr<TestClient>> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(std::make_unique<TestClient>(server.port()));
  for (int i = 0; i < 20; ++i) {
    TestClient probe(server.port());
    probe.send(get_request("/health"));
    const HttpReply reply = probe.reply();
    CHECK(reply.status == 200);
    CHECK(reply.field("Connection") == "close");
  }
  TestClient late(server.port());
  late.send(upgrade_request());
  const HttpReply refusal = late.reply();
  CHECK(refusal.status == 503);
  CHECK(refusal.field("Retry-After") == "10");
  CHECK(server.log_count("descriptors_exhausted") >= 1);
  silent.clear();
  server.await_connections(0);
  HonestClient(server.port(), "ann").require_served();
}

}  // namespace dialogue::test
