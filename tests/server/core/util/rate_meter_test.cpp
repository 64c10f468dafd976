// Limits on publishing: a burst, then a steady pace; told with the time to wait, and never consuming a number.
#include "server/core/util/rate_meter.hpp"

#include <catch2/catch.hpp>

#include "server/core/connection/user_sessions.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("a meter allows a burst, then one for each part of the window") {
  const RateLimit limit{3, 1000};
  RateMeter meter;
  for (int i = 0; i < 3; ++i) {
    CHECK(meter.wait_ms(limit, 50'000) == 0);
    meter.take(limit, 50'000);
  }
  CHECK(meter.wait_ms(limit, 50'000) == 334);
  CHECK(meter.wait_ms(limit, 50'333) == 1);
  CHECK(meter.wait_ms(limit, 50'334) == 0);
  meter.take(limit, 50'334);
  CHECK(meter.wait_ms(limit, 50'334) > 0);
  CHECK(meter.wait_ms(limit, 53'000) == 0);
  CHECK(RateMeter().wait_ms({0, 1000}, 5) == 1000);
}

TEST_CASE("a client over the room's limit receives a retry time, and the number is still due") {
  auto config = test_config();
  config->definitions.rate_limit_per_room["chat"] = {2, 1000};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.producer("ann"), bob = cluster.producer("bob");
  const Joined chat = ann.join("chat"), small = ann.join("small");
  bob.join("chat");
  ann.take();
  for (std::uint64_t i = 1; i <= 3; ++i) ann.publish(chat.room, kNote, i, "1");
  CHECK(ann.take().back() == frame({FrameType::nack, chat.room, 3, number(ErrorCode::rate_limited), 500},
                                   R"({"message":"The rate limit is exceeded."})"));
  ann.publish(small.room, kNote, 1, "1");
  CHECK(ann.take().size() == 2);
  bob.publish(chat.room, kNote, 1, "1");
  CHECK(begins(bob.take().back(), {FrameType::event, chat.room, kNote, 3}));
  cluster.advance(500);
  ann.take();
  ann.publish(chat.room, kNote, 3, "1");
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 3, chat.epoch, 4}));
}

TEST_CASE("the server's limit counts a client's publications in all rooms together") {
  auto config = test_config();
  config->definitions.rate_limit_global = RateLimit{2, 1000};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat"), small = ann.join("small");
  ann.publish(chat.room, kNote, 1, "1");
  ann.publish(small.room, kNote, 1, "1");
  ann.take();
  ann.publish(chat.room, kNote, 2, "1");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 2, number(ErrorCode::rate_limited), 500}));
}

TEST_CASE("a client's bytes in a second are limited; one that is larger makes the next wait the longer") {
  auto config = test_config();
  config->definitions.client_limits.bytes_per_second = 100;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, "\"" + std::string(298, 'x') + "\"");  // 300 bytes: three seconds' worth
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 1}));
  ann.publish(chat.room, kNote, 2, "1");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 2, number(ErrorCode::rate_limited), 2010}));
  cluster.advance(2010);
  ann.take();
  ann.publish(chat.room, kNote, 2, "1");
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 2}));
}

TEST_CASE("a client's joins per second, and its number of rooms, are limited") {
  auto config = test_config();
  config->definitions.client_limits.joins_per_second = 2;
  config->definitions.client_limits.rooms = 3;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  ann.join("game-1");
  ann.join("game-2");
  ann.ask_join(3, "game-3");
  const std::string limited = ann.only();
  CHECK(begins(limited, {FrameType::reply, 3, number(ErrorCode::rate_limited)}));
  CHECK(limited.find(R"("retryAfterMs":500)") != std::string::npos);
  cluster.advance(1000);
  ann.take();
  ann.join("game-3");
  ann.ask_join(4, "game-4");
  CHECK(ann.only() == refused(4, ErrorCode::too_many_rooms, "3"));
}

TEST_CASE("F-F12 a resumed client keeps its earlier usage, by the server's, the room's and the bytes' limit") {
  auto config = test_config();
  const auto limit = GENERATE(as<std::string>(), "of the server", "of the room", "of bytes");
  if (limit == "of the server") config->definitions.rate_limit_global = RateLimit{2, 10'000};
  if (limit == "of the room") config->definitions.rate_limit_per_room["chat"] = {2, 10'000};
  if (limit == "of bytes") config->definitions.client_limits.bytes_per_second = 1;
  config->limits.connections_per_user = GENERATE(100u, 0u);
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kNote, 1, "1");
  ann.publish(chat.room, kNote, 2, "\"more\"");
  for (int round = 0; round < 3; ++round) {
    if (round == 1)
      ann.vanish();
    else
      ann.lose();
    ann = cluster.greeted("ann");
    ann.join("chat");
    ann.take();
    ann.publish(chat.room, kNote, 3, "1");
    CHECK(begins(ann.take().back(), {FrameType::nack, chat.room, 3, number(ErrorCode::rate_limited)}));
  }
  Client bob = cluster.greeted("bob");
  bob.join("chat");
  bob.publish(chat.room, kNote, 1, "1");
  CHECK(begins(bob.take().back(), {FrameType::event, chat.room, kNote}));
  cluster.advance(10'000);
  ann.take();
  ann.publish(chat.room, kNote, 3, "1");
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 3}));
}

TEST_CASE("F-F12 what one connection of a user uses, the user's others on that shard have used") {
  auto config = test_config();
  config->definitions.rate_limit_per_room["chat"] = {2, 60'000};
  Cluster cluster(1, std::move(config));
  Client first = cluster.greeted("ann"), second = cluster.greeted("ann");
  const Joined chat = first.join("chat");
  second.join("chat");
  first.publish(chat.room, kNote, 1, "1");
  second.publish(chat.room, kNote, 1, "1");
  first.take();
  first.publish(chat.room, kNote, 2, "1");
  CHECK(begins(first.only(), {FrameType::nack, chat.room, 2, number(ErrorCode::rate_limited)}));
}

TEST_CASE("F-F12 an allowance remembers a bounded number of rooms, and forgets the one closest to its full limit first") {
  Definitions definitions;
  const std::optional<RateLimit> limit = RateLimit{1, 60'000};
  Allowance allowance;
  for (std::size_t i = 0; i < kAllowanceRoomsMax + 1; ++i)
    CHECK(allowance.take(definitions, "room-" + std::to_string(i), limit, 0, 1000 + i) == 0);
  CHECK(allowance.rooms() == kAllowanceRoomsMax);
  CHECK(allowance.take(definitions, "room-1", limit, 0, 2000) > 0);
  CHECK(allowance.take(definitions, "room-0", limit, 0, 2000) == 0);  // forgotten
  CHECK(allowance.whole_in_ms(definitions, 62'000) == 0);
}

TEST_CASE("F-F12 the usage of a bounded number of users is remembered, until it is restored") {
  auto config = test_config();
  config->definitions.rate_limit_global = RateLimit{1, 1'000'000};
  ShardEffects effects(0, 1);
  UserSessions users(*config, effects);
  Actions actions;
  std::uint64_t now_ms = 1'000;
  const auto come_and_go = [&](const std::string& user) {
    effects.begin({++now_ms, kStartUnixMs}, actions);
    users.handle(EnterUser{{0, 1}, user});
    auto used = std::make_shared<Allowance>();
    CHECK(used->take(config->definitions, "chat", {}, 1, now_ms) == 0);
    users.handle(UserLeft{user, false, used});
    while (effects.take_local()) continue;
  };
  for (std::size_t i = 0; i < kAllowancesMax + 10; ++i) come_and_go("user-" + std::to_string(i));
  CHECK(users.allowances() == kAllowancesMax);
  CHECK(users.size() == kAllowancesMax);
  effects.begin({now_ms + 2'000'000, kStartUnixMs}, actions);
  static_cast<void>(users.tick());
  CHECK(users.allowances() == 0);
  CHECK(users.size() == 0);
}

}  // namespace dialogue::testing
