// What a client is recovered from: its offset, and the secrets by `pid`.
#include <catch2/catch.hpp>

#include "server/transport/socketio/recovery_offset.hpp"
#include "server/transport/socketio/recovery_pids.hpp"

namespace dialogue::transport {

TEST_CASE("an offset is read as it was written") {
  std::string offset;
  append_offset(offset, "chat", 7213842331075901, 35);
  append_offset(offset, "game-1.a:b", 36, 0);
  append_offset_events(offset, {"message", "order.paid"});
  append_offset(offset, "quiet", 1, 1);
  append_offset_events(offset, {});
  CHECK(offset == "chat=1z13df016wt.z/game-1.a:b=10.0*message,order.paid/quiet=1.1*");
  const auto rooms = read_offset(offset);
  REQUIRE(rooms);
  CHECK(*rooms == std::vector<RecoveredRoom>{{"chat", 7213842331075901, 35, {}},
                                             {"game-1.a:b", 36, 0, std::vector<std::string>{"message", "order.paid"}},
                                             {"quiet", 1, 1, std::vector<std::string>{}}});
  CHECK(read_offset(kNoRoomsOffset)->empty());
}

TEST_CASE("an invalid offset is ignored") {
  for (const char* text : {"", "chat", "chat=1", "chat=1.", "chat=.1", "chat=01.1", "chat=1.1/", "chat=1.1/chat=1.2", "=1.1",
                           "a b=1.1", "chat=1.1*a b", "chat=1.1*,", "chat=-1.1", "chat=1.1.1", "chat=zzzzzzzzzzzz.1"})
    CHECK_FALSE(read_offset(text));
}

TEST_CASE("an offset has as many rooms as can be recovered") {
  std::string offset;
  for (std::size_t i = 0; i < kRecoveredRoomsMax; ++i) append_offset(offset, "room-" + std::to_string(i), 1, 1);
  CHECK(read_offset(offset)->size() == kRecoveredRoomsMax);
  append_offset(offset, "one-more", 1, 1);
  CHECK_FALSE(read_offset(offset));
}

TEST_CASE("the newest secret of a session is remembered, for a limited number of sessions") {
  RecoveryPids pids(3);
  CHECK(pids.secret_of("a", "otherwise") == "otherwise");
  pids.set("a", "1");
  pids.set("a", "2");
  CHECK(pids.secret_of("a", "") == "2");
  for (const char* pid : {"b", "c"}) pids.set(pid, "1");
  pids.set("a", "3");
  pids.set("d", "1");
  CHECK(pids.size() == 3);
  CHECK(pids.secret_of("a", "") == "3");
  CHECK(pids.secret_of("b", "gone") == "gone");
  pids.forget("a");
  CHECK(pids.size() == 2);
}

}  // namespace dialogue::transport
