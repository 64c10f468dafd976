// The flight recorder of an embedding program: when its file is written, and that hooks and requests replay from it.
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "server/replay/replay.hpp"
#include "server/store/memory/memory_store.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/net/temporary_directory.hpp"

using namespace dialogue;
using namespace dialogue::replay;
using namespace dialogue::test;

namespace {

/// A store that fails for good at the first append.
class FailingStore final : public Store {
 public:
  void open(RoomKey key, Done<RoomOpened> done) override { memory_.open(std::move(key), std::move(done)); }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override {
    done(std::vector(writes.size(), StoreStatus::failed));
  }
  void read(ReadRange range, Done<LogPage> done) override { memory_.read(std::move(range), std::move(done)); }
  void trim(TrimLog trim, Done<LogTrimmed> done) override { memory_.trim(std::move(trim), std::move(done)); }
  void erase(RoomKey key, Done<StoreStatus> done) override { memory_.erase(std::move(key), std::move(done)); }
  void put_kept(KeptWrite write, Done<StoreStatus> done) override { memory_.put_kept(std::move(write), std::move(done)); }
  void list_kept(KeptQuery query, Done<KeptList> done) override { memory_.list_kept(query, std::move(done)); }

 private:
  MemoryStore memory_{1};
};

struct RecordedServer {
  RecordedServer() {
    config.record = file;
    config.record_payloads = true;
  }
  [[nodiscard]] std::string recording() const { return testing::file_bytes(file); }
  /// Everything that was decided, a line each.
  [[nodiscard]] std::string replayed(ReplayReport::Outcome expected = ReplayReport::Outcome::same) const {
    std::string lines;
    const ReplayReport report = replay::verify(recording(), [&](const ReplayedInput& input) {
      for (const auto& decision : input.decisions) lines += decision.text + "\n";
    });
    INFO(report.sentence);
    CHECK(report.outcome == expected);
    return lines;
  }

  TemporaryDirectory directory;
  std::string file = directory.path() + "/flight.rec";
  Config config = test_config();
};

}  // namespace

TEST_CASE("an instance's recording has its hooks and its requests, and replays to the same decisions") {
  RecordedServer world;
  Instance server = create_dialogue(world.config);
  server.on_connect([](Client& client) { client.join(chat); });
  server.on_join(
      [](Client&, std::string_view room) { return room == "duo" ? HookDecision::deny("by invitation") : HookDecision::allow(); });
  server.on_joined([](Client& client, std::string_view) { client.send(chat, message, Message{"welcome here"}); });
  server.listen();
  FrameClient ann(server.port(), "ann");
  static_cast<void>(ann.wait_for(FrameType::event));
  ann.send(json::array({2, 1, 0, 0, 0, "duo", json::object()}));
  static_cast<void>(ann.wait_for(FrameType::reply));
  CHECK(value_of(server.trigger(chat, message, Message{"to everybody"})).ok());
  RoomDefinition room;
  room.id = "new";
  room.events = {"message"};
  CHECK(value_of(server.create_room(room)).ok());
  CHECK(value_of(server.disconnect_user("ann", "enough")) == 1);
  static_cast<void>(ann.wait_for_close());
  ann.reset();
  server.stop();
  const std::string lines = world.replayed();
  for (const char* expected : {"welcome here", "by invitation", "to everybody", "enough"})
    CHECK_THAT(lines, Catch::Matchers::Contains(expected));
}

TEST_CASE("a recording is written while the server runs, and again when it ends") {
  RecordedServer world;
  Instance server = create_dialogue(world.config);
  server.write_recording();
  CHECK(world.recording().empty());
  server.listen();
  CHECK(value_of(server.trigger(chat, message, Message{"the first"})).ok());
  server.write_recording();
  CHECK_THAT(world.recording(), Catch::Matchers::Contains("the first"));
  CHECK(value_of(server.trigger(chat, message, Message{"the second"})).ok());
  server.stop();
  server.write_recording();
  static_cast<void>(world.replayed());
  CHECK_THAT(world.recording(), Catch::Matchers::Contains("the second"));
  CHECK_FALSE(std::filesystem::exists(world.file + ".new"));
}

TEST_CASE("a server that fails writes its recording immediately") {
  RecordedServer world;
  std::promise<void> written;
  world.config.store = std::make_shared<FailingStore>();
  world.config.logger = [&, once = std::make_shared<std::once_flag>()](const LogLine& line) {
    if (line.event == "recording_written") std::call_once(*once, [&] { written.set_value(); });
  };
  Instance server = create_dialogue(world.config);
  server.listen();
  CHECK_FALSE(value_of(server.trigger(chat, message, Message{"lost"})).ok());
  value_of(written.get_future());
  CHECK_THAT(world.recording(), Catch::Matchers::Contains("lost"));
  server.stop();
  CHECK_THAT(world.replayed(), Catch::Matchers::Contains("give up: the store has failed"));
}

TEST_CASE("an instance whose recording cannot be written is refused") {
  RecordedServer world;
  world.config.record = world.directory.path() + "/nowhere/flight.rec";
  CHECK_THROWS_WITH(create_dialogue(world.config), Catch::Matchers::Contains("nowhere/flight.rec: the file cannot be written"));
}
