// Rooms that are made at run time, over restarts of a whole server.
#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "server/store/factory/open_store.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::test {

using namespace core;
using namespace store;

namespace {

/// The log lines of a server.
struct LogLines {
  std::mutex mutex;
  std::vector<LogLine> all;
  bool has(const std::string& event, const std::string& part = {}) {
    const std::lock_guard lock(mutex);
    return std::any_of(all.begin(), all.end(),
                       [&](const LogLine& line) { return line.event == event && line.fields.find(part) != std::string::npos; });
  }
};

Config config_of(std::shared_ptr<Store> store, LogLines& lines) {
  Config config = test_config();
  config.store = std::move(store);
  config.logger = [&lines](const LogLine& line) {
    const std::lock_guard lock(lines.mutex);
    lines.all.push_back(line);
  };
  return config;
}

RoomDefinition room_of(std::string id, std::vector<std::string> events) {
  RoomDefinition room;
  room.id = std::move(id);
  room.events = std::move(events);
  return room;
}

std::vector<std::string> rooms_of(Instance& server) {
  std::vector<std::string> ids;
  for (const RoomInfo& room : server.list_rooms().get()) ids.push_back(room.id);
  return ids;
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

/// A store that keeps logs and nothing else, and says so.
class WithoutRooms final : public Store {
 public:
  explicit WithoutRooms(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  void open(RoomKey key, Done<RoomOpened> done) override { store_->open(std::move(key), std::move(done)); }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override {
    store_->append(std::move(writes), std::move(done));
  }
  void read(ReadRange range, Done<LogPage> done) override { store_->read(std::move(range), std::move(done)); }
  void trim(TrimLog trim, Done<LogTrimmed> done) override { store_->trim(std::move(trim), std::move(done)); }
  void erase(RoomKey key, Done<StoreStatus> done) override { store_->erase(std::move(key), std::move(done)); }
  void put_kept(KeptWrite, Done<StoreStatus> done) override { done(StoreStatus::ok); }
  void list_kept(KeptQuery, Done<KeptList> done) override {
    KeptList list;
    list.is_kept = false;
    done(std::move(list));
  }

 private:
  std::unique_ptr<Store> store_;
};

}  // namespace

TEST_CASE("F-K18 a room that was made at run time is there after a restart with its events, and a deleted one is not") {
  const TemporaryDirectory directory;
  const std::string url = "sqlite:" + directory.path() + "/dialogue.db";
  LogLines lines;
  {
    Instance server = create_dialogue(config_of(open_store(url), lines));
    server.listen();
    REQUIRE(server.create_room(room_of("den", {"message"})).get().ok());
    REQUIRE(server.create_room(room_of("hut", {"message"})).get().ok());
    REQUIRE(value_of(server.trigger("den", message, Message{"before"})).seq == 1);
    REQUIRE(server.delete_room("hut").get().ok());
    server.stop();
  }
  {
    Instance server = create_dialogue(config_of(open_store(url), lines));
    server.listen();
    CHECK(contains(rooms_of(server), "den"));
    CHECK_FALSE(lines.has("room_event_unknown"));
    CHECK(value_of(server.trigger("den", message, Message{"after"})).seq == 2);
    CHECK_FALSE(contains(rooms_of(server), "hut"));
    CHECK(server.create_room(room_of("den", {"message"})).get().code == ErrorCode::room_exists);
    REQUIRE(server.delete_room("den").get().ok());
    server.stop();
  }
  Instance server = create_dialogue(config_of(open_store(url), lines));
  server.listen();
  CHECK_FALSE(contains(rooms_of(server), "den"));
  server.stop();
}

TEST_CASE("a room with states or middleware is not created at run time") {
  LogLines lines;
  Instance server = create_dialogue(config_of(nullptr, lines));
  server.listen();
  RoomDefinition guarded = room_of("den", {"message"}), stateful = guarded;
  guarded.middleware.emplace_back();
  stateful.states.emplace();
  for (const RoomDefinition& room : {guarded, stateful})
    CHECK(value_of(server.create_room(room)).code == ErrorCode::request_invalid);
  CHECK_FALSE(contains(rooms_of(server), "den"));
  server.stop();
}

TEST_CASE("F-K18 changes of the definitions to a stored room are reported, and nothing of it is lost") {
  const TemporaryDirectory directory;
  const std::string url = "sqlite:" + directory.path() + "/dialogue.db";
  LogLines lines;
  const std::string event = test_config().definitions.events.front().name;
  {
    const auto store = open_store(url);
    const auto define = [&](const std::string& id, const std::string& text) {
      std::promise<StoreStatus> kept;
      store->put_kept({{kept_change(KeptRoom{{{}, id}, text})}}, [&kept](StoreStatus status) { kept.set_value(status); });
      REQUIRE(kept.get_future().get() == StoreStatus::ok);
    };
    define("den", R"({"id":"den","events":["gone",")" + event + R"("]})");
    define(test_config().definitions.rooms.front().id, R"({"id":")" + test_config().definitions.rooms.front().id + R"("})");
    define("torn", "{");
  }
  for (int start = 0; start < 2; ++start) {
    lines.all.clear();
    Instance server = create_dialogue(config_of(open_store(url), lines));
    server.listen();
    CHECK(lines.has("room_event_unknown", "the event gone"));
    CHECK(lines.has("room_defined_twice", test_config().definitions.rooms.front().id));
    CHECK(lines.has("room_definition_damaged", "torn"));
    CHECK(contains(rooms_of(server), "den"));
    server.stop();
  }
}

TEST_CASE("F-K18 an application's store without a section of rooms serves as before, and the start reports what is not kept") {
  const TemporaryDirectory directory;
  LogLines lines;
  auto kept = open_store("sqlite:" + directory.path() + "/dialogue.db");
  Instance server = create_dialogue(config_of(std::make_shared<WithoutRooms>(std::move(kept)), lines));
  server.listen();
  CHECK(lines.has("state_not_kept"));
  CHECK(server.create_room(room_of("den", {})).get().ok());
  CHECK(contains(rooms_of(server), "den"));
  server.stop();
}

}  // namespace dialogue::test
