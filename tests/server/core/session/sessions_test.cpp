// The state machine of a connection: what is answered in which state, and what ends it, with the exact frames.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {
namespace {

struct Ending {
  const char* message;
  ErrorCode code;
  const char* argument;
};

}  // namespace

TEST_CASE("a frame before HELLO is answered hello_required and Close 4503") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  const char* early =
      GENERATE(R"([2,1,0,0,0,"chat",{}])", "[3,1,1]", R"([4,1,2,1,0,{"text":"x"}])", "[5,1,1,0]", "[6,1,1,0]", "[8,1]", "[11]");
  Client client = cluster.connect();
  client.send(early);
  CHECK(client.take() == Frames{bye(ErrorCode::hello_required)});
  CHECK(client.close_code() == 4503);
}

TEST_CASE("a second HELLO is answered hello_repeated and Close 4504") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  ann.send("[1,1,0,0,{}]");
  CHECK(ann.take() == Frames{bye(ErrorCode::hello_repeated)});
  CHECK(ann.close_code() == 4504);
}

TEST_CASE("a fault in the form of a frame ends the connection with its own code") {
  const Ending ending =
      GENERATE(Ending{"", ErrorCode::frame_malformed, ""}, Ending{"hello", ErrorCode::frame_malformed, ""},
               Ending{"{}", ErrorCode::frame_malformed, ""}, Ending{"[]", ErrorCode::frame_malformed, ""},
               Ending{"[8]", ErrorCode::frame_malformed, ""}, Ending{"[8,1", ErrorCode::frame_malformed, ""},
               Ending{"[11]]", ErrorCode::frame_malformed, ""}, Ending{"\n[8,1]", ErrorCode::frame_malformed, ""},
               Ending{"[8,\"1\"]", ErrorCode::frame_malformed, ""}, Ending{"[8,null]", ErrorCode::frame_malformed, ""},
               Ending{"[8,1.0]", ErrorCode::frame_malformed, ""}, Ending{"[8,0]", ErrorCode::frame_malformed, ""},
               Ending{"[ 8,1]", ErrorCode::frame_malformed, ""}, Ending{"[9,1]", ErrorCode::frame_malformed, ""},
               Ending{"[4,1,2]", ErrorCode::frame_malformed, ""}, Ending{"[30,1]", ErrorCode::frame_unknown, "30"},
               Ending{"[14,1,1]", ErrorCode::frame_malformed, ""}, Ending{"[0]", ErrorCode::frame_unknown, "0"},
               Ending{"[9007199254740991,1]", ErrorCode::frame_unknown, "9007199254740991"},
               Ending{"[44,1]", ErrorCode::frame_unknown, "44"}, Ending{"[45,1,1,{}]", ErrorCode::frame_unknown, "45"});
  CAPTURE(ending.message);
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ann.send(ending.message);
  CHECK(ann.take() == Frames{bye(ending.code, ending.argument)});
  CHECK(ann.close_code() == error_row(ending.code).close_code);
}

TEST_CASE("nothing is answered after BYE") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  ann.send("[5,1,1,0]\n[99]\n[5,2,1,0]");
  CHECK(ann.take() == Frames{refused(1, ErrorCode::not_joined), bye(ErrorCode::frame_unknown, "99")});
  ann.send("[8,3]");
  ann.violate(ErrorCode::binary_unsupported);
  ann.backlog(100'000'000, 0);
  CHECK(ann.take().empty());
  CHECK(cluster.connection_count() == 1);
  ann.vanish();
  CHECK(cluster.connection_count() == 0);
}

TEST_CASE("a batch of 16 frames is served, one of 17 or of more than 16 KiB is batch_too_large") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  std::string batch = "[11]";
  for (int i = 0; i < 15; ++i) batch += "\n[11]";
  ann.send(batch);
  CHECK(ann.take().empty());
  const std::string too_many = batch + "\n[11]", too_long = "[11]\n[11]" + std::string(16 * 1024, ' ');
  ann.send(GENERATE(true, false) ? too_many : too_long);
  CHECK(ann.take() == Frames{bye(ErrorCode::batch_too_large, "16")});
  CHECK(ann.close_code() == 4502);
}

TEST_CASE("a message that the transport refuses is answered with BYE and the row's close code") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  SECTION("binary") {
    ann.violate(ErrorCode::binary_unsupported);
    CHECK(ann.take() == Frames{bye(ErrorCode::binary_unsupported)});
    CHECK(ann.close_code() == 1003);
  }
  SECTION("too large") {
    ann.violate(ErrorCode::frame_too_large);
    CHECK(ann.take() == Frames{bye(ErrorCode::frame_too_large, "65536")});
    CHECK(ann.close_code() == 1009);
  }
  SECTION("a flood of pings") {
    ann.violate(ErrorCode::control_flood);
    CHECK(ann.take() == Frames{bye(ErrorCode::control_flood)});
    CHECK(ann.close_code() == 1008);
  }
}

TEST_CASE("PONG is never wrong and never answered") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ann.send("[11]");
  CHECK(ann.take().empty());
  CHECK(ann.close_code() == 0);
}

TEST_CASE("a full server answers server_full with a time to reconnect") {
  auto config = test_config();
  config->limits.connections_max = 2;
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  Client bob = cluster.greeted("bob");
  Client cleo = cluster.connect();
  const std::string text = cleo.only();
  CHECK(begins(text, {FrameType::bye, 54}));
  CHECK_FALSE(begins(text, {FrameType::bye, 54, 0}));
  CHECK(cleo.close_code() == 1013);
  cleo.vanish();
  bob.vanish();
  CHECK(cluster.greeted("dan").close_code() == 0);
}

TEST_CASE("a connection that reads too slowly receives slow_consumer") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ann.backlog(1024 * 1024, 10'000);
  CHECK(ann.take().empty());
  if (GENERATE(true, false))
    ann.backlog(1024 * 1024 + 1, 0);  // too much waits
  else
    ann.backlog(1, 10'001);  // nothing was taken for too long
  CHECK(ann.take() == Frames{bye(ErrorCode::slow_consumer)});
  CHECK(ann.close_code() == 4002);
}

TEST_CASE("draining sends every connection a time to reconnect and refuses new ones") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(cluster.greeted("user" + std::to_string(i)));
  cluster.drain(2000);
  std::vector<std::string> told;
  for (Client& client : clients) {
    told.push_back(client.only());
    CHECK(begins(told.back(), {FrameType::bye, 52}));
    CHECK(client.close_code() == 1012);
  }
  std::sort(told.begin(), told.end());
  CHECK(std::unique(told.begin(), told.end()) - told.begin() > 10);  // spread, not all at once
  Client late = cluster.connect();
  CHECK(late.only() == bye(ErrorCode::draining, "", 1000));
  CHECK(late.close_code() == 1012);
}

}  // namespace dialogue::testing
