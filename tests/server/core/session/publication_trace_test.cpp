// A publication's trace on its way through the core: from PUBLISH to EVENT, not into the log, and what is told of its steps.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "server/replay/replay.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {
namespace {

const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string kExt = R"({"trace":")" + kTrace + "\"}";

using Told = std::vector<std::string>;

class NotedSteps final : public PublicationSteps {
 public:
  explicit NotedSteps(std::shared_ptr<Told> told) : told_(std::move(told)) {}
  ~NotedSteps() override { told_->push_back("end"); }
  void ended(PublicationStep step, ErrorCode code) override {
    told_->push_back("step " + std::to_string(static_cast<int>(step)) + (code == ErrorCode::ok ? "" : " refused"));
  }
  void answered(ErrorCode code, bool is_logged, bool is_duplicate) override {
    told_->push_back(std::string(code == ErrorCode::ok ? "accepted" : "refused") + (is_logged ? " logged" : "") +
                     (is_duplicate ? " again" : ""));
  }
  void offered(std::size_t members) override { told_->push_back("offered " + std::to_string(members)); }
  [[nodiscard]] std::string context() const override { return kTrace; }

 private:
  std::shared_ptr<Told> told_;
};

struct NotingWatch final : PublicationWatch {
  std::unique_ptr<PublicationSteps> follow(std::string_view, std::string_view room, std::string_view event,
                                           std::uint64_t) override {
    told->push_back(std::string(room) + ' ' + std::string(event));
    return std::make_unique<NotedSteps>(told);
  }
  std::shared_ptr<Told> told = std::make_shared<Told>();
};

void publish(Client& client, const Joined& room, std::uint64_t event, std::uint64_t number, const std::string& ext,
             const std::string& payload = kHi) {
  client.send(frame({FrameType::publish, room.room, event, number}, ext + "," + payload));
}

/// The ext of the only EVENT among these frames.
std::string ext_of(const Frames& frames) {
  std::string found = "none";
  for (const std::string& text : frames) {
    Frame read;
    REQUIRE(read_frame(text, read) == ErrorCode::ok);
    if (read.type == FrameType::event) found = read.ext;
  }
  return found;
}

}  // namespace

TEST_CASE("members of every shard get the trace with the event, and the log does not keep it") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob"), cleo = cluster.greeted("cleo");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  cleo.join("chat");
  ann.take();
  publish(ann, chat, kMessage, 1, kExt);
  for (Client* client : {&ann, &bob, &cleo}) CHECK(ext_of(client->take()) == kExt);
  Client reader = cluster.greeted("reader");
  reader.send(frame({FrameType::join, 1, 1, 0, 1}, R"("chat",{})"));
  CHECK(ext_of(reader.take()) == "0");
}

TEST_CASE("a malformed trace is ignored, and the other members of ext still count") {
  Cluster cluster(1);
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  std::uint64_t number = 0;
  for (const std::string& trace :
       {std::string("\"\""), std::string("\"00-xyz\""), "\"" + kTrace + "0\"", "\"01" + kTrace.substr(2) + "\"", std::string("7"),
        std::string("{}"), std::string("null"), "\"" + std::string(2'000, 'a') + "\"",
        std::string("\"00-00000000000000000000000000000000-00f067aa0ba902b7-01\"")}) {
    ann.take();
    publish(ann, chat, kMessage, ++number, R"({"first":0,"trace":)" + trace + "}");
    const Frames frames = ann.take();
    CHECK(begins(frames.front(), {FrameType::ack}));
    CHECK(ext_of(frames) == "0");
  }
  ann.take();
  publish(ann, chat, kTyping, 0, kExt, "1");
  CHECK(ext_of(ann.take()) == kExt);  // volatile, too
  publish(ann, chat, kMessage, ++number, R"({"trace":"a","trace":"b"})");
  CHECK(begins(ann.take().front(), {FrameType::nack}));
}

TEST_CASE("the steps of traced publications only are reported") {
  auto watch = std::make_shared<NotingWatch>();
  auto config = test_config();
  config->publication_watch = watch;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  publish(ann, chat, kMessage, 1, "0");
  CHECK(watch->told->empty());
  publish(ann, chat, kMessage, 2, kExt);
  Told& told = *watch->told;
  REQUIRE(told.size() >= 6);
  CHECK(Told(told.begin(), told.begin() + 4) == Told{"chat message", "step 0", "step 1", "accepted logged"});
  CHECK(told[4].starts_with("offered"));
  CHECK(told.back() == "end");
  told.clear();
  publish(ann, chat, kMessage, 2, kExt);
  CHECK(told == Told{"chat message", "step 0", "step 1", "accepted logged again", "end"});
  told.clear();
  publish(ann, chat, kMessage, 3, kExt, "1");
  CHECK(told == Told{"chat message", "step 0", "step 1 refused", "refused", "end"});
  told.clear();
  publish(ann, {}, kMessage, 4, kExt);  // a room that it is not in: nobody's word counts
  CHECK(told.empty());
}

TEST_CASE("the log line of a refused publication has the trace's id, whichever step refused it") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  const auto traced_lines = [&cluster] {
    return std::count_if(cluster.log().begin(), cluster.log().end(), [](const std::string& line) {
      return line.find("refused") != std::string::npos && line.find(kTrace.substr(3, 32)) != std::string::npos;
    });
  };
  publish(ann, chat, kMessage, 1, "0", "1");
  CHECK(traced_lines() == 0);
  publish(ann, chat, kMessage, 2, kExt, "1");  // by the schema, and its number is used up in the room's shard
  CHECK(traced_lines() == 1);
  publish(bob, chat, kMessage, 0, kExt, "1");  // by the schema, at once
  CHECK(traced_lines() == 2);
  publish(ann, chat, kMessage, 9, kExt);  // by the room's shard: a hole
  CHECK(traced_lines() == 3);
  publish(ann, {}, kMessage, 4, kExt);  // before anything is read
  CHECK(traced_lines() == 4);
}

TEST_CASE("a recording of traced publications replays to the same decisions") {
  Cluster cluster(3);
  replay::RecordingOptions options;
  options.keeps_payloads = GENERATE(true, false);
  cluster.record(options);
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  publish(ann, chat, kMessage, 1, kExt);
  ServerPublish asked{"chat", "message", kHi, "system"};
  asked.trace = std::make_shared<const PublicationTrace>(PublicationTrace{kTrace, nullptr});
  bob.take();
  cluster.post(std::move(asked));
  CHECK(ext_of(bob.take()) == kExt);
  CHECK(replay::verify(cluster.recording(), [](const auto&) {}).sentence == "The same decisions as recorded.");
}

TEST_CASE("a sampled publication leaves exemplars, an unsampled one none") {
  Cluster cluster(1);
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  publish(ann, chat, kMessage, 1, R"({"trace":")" + kTrace.substr(0, kTrace.size() - 1) + "0\"}");
  CHECK(cluster.exemplars() == 0);
  publish(ann, chat, kMessage, 2, kExt);
  CHECK(cluster.exemplars() == 2);
}

}  // namespace dialogue::testing
