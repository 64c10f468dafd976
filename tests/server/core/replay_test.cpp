// A run that was recorded gives the same decisions when it is replayed, byte for byte; what cannot be replayed is said.
#include "server/replay/replay.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "server/core/util/seeded_random.hpp"
#include "server/replay/recorder.hpp"
#include "server/replay/replay_text.hpp"
#include "tests/server/core/eventful_config.hpp"
#include "tests/server/core/recording_kit.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace replay;

namespace {

using Outcome = ReplayReport::Outcome;
constexpr std::uint32_t kReplayedShards = 3;

/// A conversation by chance over three shards, with a store that fails and drains in the end.
class Play {
 public:
  Play(std::uint64_t seed, bool keeps_payloads)
      : chance_(seed), cluster_(kReplayedShards, eventful_config(std::make_shared<SeededRandom>(seed + 1)), seed) {
    cluster_.identify_by(eventful_authenticator(std::make_shared<SeededRandom>(seed + 2)));
    cluster_.record(recording_options(keeps_payloads));
    constexpr int kSteps = 1'200;
    for (int i = 0; i < kSteps; ++i) step();
    constexpr std::uint64_t kSpreadMs = 500, kAfterMs = 3'000;
    cluster_.store().release();
    cluster_.settle();
    cluster_.drain(kSpreadMs, kSpreadMs / 2);
    cluster_.advance(kAfterMs);
  }
  [[nodiscard]] const Cluster& cluster() const { return cluster_; }

 private:
  void step() {
    constexpr std::uint64_t kKinds = 15, kClientsMax = 8;
    const std::uint64_t kind = chance_.below(kKinds);
    if (clients_.empty() || (kind == 0 && clients_.size() < kClientsMax)) return arrive();
    if (kind == 1) return depart();
    if (kind == 2) return ask_as_application();
    if (kind == 3) return trouble_store();
    if (kind == 4) return cluster_.advance(chance_.below(400));
    act(clients_[chance_.below(clients_.size())], kind);
  }
  void arrive() {
    Client client = cluster_.connect();
    client.send(R"([1,1,0,0,{"identity":{"userId":"user)" + user() + R"("},"producer":{"id":"p"}}])");
    clients_.push_back(client);
  }
  std::string user() { return std::to_string(chance_.below(5)); }
  void depart() {
    const std::size_t which = chance_.below(clients_.size());
    if (chance_.below(2) == 0)
      clients_[which].vanish();
    else
      clients_[which].lose();
    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(which));
  }
  void ask_as_application() {
    const auto shard = static_cast<std::uint32_t>(chance_.below(kReplayedShards));
    const auto fails = [](auto&&...) { throw std::runtime_error("a callback that fails"); };
    RoomDefinition room;
    room.id = "made";
    room.events = {"message"};
    room.access.publish_event["message"] = {"user:user1"};
    switch (chance_.below(10)) {
      case 0: {
        if (chance_.below(2) == 0) {
          ServerPublish acting{"chat", "note", "1", "user1"};
          acting.as = std::make_shared<const Identity>(Identity{"user1", "One", R"({"role":"guest"})", "guest"});
          return cluster_.ask(std::move(acting), fails, shard);
        }
        ServerPublish traced{"chat", "message", R"({"text":"from the application"})", "system"};
        traced.trace = std::make_shared<const PublicationTrace>(
            PublicationTrace{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", nullptr});
        return cluster_.ask(std::move(traced), fails, shard);
      }
      case 1:
        ++number_;
        return cluster_.post(ServerPublish{"game-7", "game.move", "no json", "system", producer_, number_,
                                           static_cast<PayloadHash>(number_), true},
                             shard);
      case 2: {
        HistoryQuery query{"chat", 0, kSafeIntegerMax, 5, true};
        if (chance_.below(2) == 0) query.events = {"note"};
        if (chance_.below(2) == 0) query.from_ms = kStartUnixMs + chance_.below(60'000);
        return cluster_.ask(std::move(query), fails, shard);
      }
      case 3:
        if (chance_.below(4) == 0) return cluster_.ask(DocumentQuery{"chat", "note"}, fails, shard);
        if (chance_.below(2) == 0) return cluster_.ask(UsersQuery{{"user1", 2}, {}}, fails, shard);
        if (chance_.below(2) == 0) return cluster_.ask(MembersQuery{"chat", {"user1", 2}}, fails, shard);
        return cluster_.ask(RoomsQuery{{"d", 3}}, fails, shard);
      case 4:
        return cluster_.post(ConnectionsQuery{"user1"}, shard);
      case 5:
        return cluster_.ask(KickUser{"user2", "enough"}, fails, shard);
      case 6:
        if (chance_.below(2) == 0) return cluster_.ask(RevokeTokens{{"t-2", "", 0}}, fails, shard);
        return cluster_.post(LeaveRoom{"user3", ""}, shard);
      case 7:
        return cluster_.ask(CreateRoom{room}, fails, shard);
      case 8:
        return cluster_.ask(SendEvent{"user1", "", "message", R"({"text":"for you alone"})", "system"}, fails, shard);
      default:
        return cluster_.post(DeleteRoom{chance_.below(2) == 0 ? "made" : "game-7"}, shard);
    }
  }
  const std::shared_ptr<const std::string> producer_ = std::make_shared<const std::string>("system\np");
  std::uint64_t number_ = 0;
  void trouble_store() {
    ScriptedStore& store = cluster_.store();
    constexpr std::array kTroubles = {StoreStatus::ok, StoreStatus::ok, StoreStatus::full, StoreStatus::busy, StoreStatus::stale};
    store.append_status = kTroubles[chance_.below(kTroubles.size())];
    store.read_status = chance_.below(4) == 0 ? StoreStatus::damaged : StoreStatus::ok;
    store.damaged = chance_.below(3) == 0 ? std::vector<SeqRange>{{2, 3}, {5, 5}} : std::vector<SeqRange>();
    if (chance_.below(2) == 0) {
      store.held = true;
    } else {
      store.release();
      cluster_.settle();
    }
  }
  void act(Client& client, std::uint64_t kind) {
    const std::uint64_t room = 1 + chance_.below(12);
    switch (kind) {
      case 5:
        return client.ask_join(1 + chance_.below(9), std::array{"chat", "game-1", "kept"}[chance_.below(3)]);
      case 6:
        return client.send(frame({FrameType::join, 3, 1, 5, 0}, R"("chat",{})"));
      case 7:
        return client.send(frame({FrameType::history, 4, room, 0, 20, 1}));
      case 8:
        return client.backlog(chance_.below(60'000), chance_.below(100));
      case 9:
        return client.send(chance_.below(4) == 0 ? "\xff\x00 no frame" : frame({FrameType::credit, room, 1'000}));
      case 14:
        return client.send(frame({FrameType::join, 6, 3 * chance_.below(2), 0, 0}, R"("chat",{"token":"user)" + user() + "\"}"));
      case 10:
        return client.send(frame({FrameType::can, 5}, R"({"right":"publish","room":"made","event":"message"})"));
      default:
        return client.publish(room, 1 + chance_.below(4), 1 + chance_.below(12), R"({"text":")" + text() + "\"}");
    }
  }
  /// Often one that differs from another in nothing that a masked recording has.
  std::string text() {
    const char letter = chance_.below(2) == 0 ? 'y' : 'z';
    return std::string(chance_.below(2) == 0 ? 5 : 1 + chance_.below(900), letter);
  }

  SeededRandom chance_;
  Cluster cluster_;
  std::vector<Client> clients_;
};

struct Replayed {
  explicit Replayed(const std::string& recording) : decisions(kReplayedShards) {
    report = replay::verify(recording, [this](const ReplayedInput& input) {
      for (const auto& decision : input.decisions) decisions[input.shard].push_back(decision.text);
    });
  }
  ReplayReport report;
  std::vector<Frames> decisions;
};

}  // namespace

TEST_CASE("a run over three shards with hooks, store answers, failures and drains replays to the same decisions, byte for byte") {
  const std::uint64_t seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{13}));
  const Play play(seed, true);
  const Replayed again(play.cluster().recording());
  CHECK(again.report.sentence == "The same decisions as recorded.");
  for (std::uint32_t shard = 0; shard < kReplayedShards; ++shard) {
    CHECK(again.decisions[shard].size() > 50);
    CHECK(again.decisions[shard] == play.cluster().decisions()[shard]);
  }
}

TEST_CASE("a masked recording replays to the same decisions, their payloads aside") {
  const std::uint64_t seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{13}));
  const Play play(seed, false);
  const std::string recording = play.cluster().recording();
  CHECK(recording.find("yyyyy") == std::string::npos);
  CHECK(recording.find("zzzzz") == std::string::npos);
  const Replayed again(recording);
  CHECK(again.report.sentence == "The same decisions as recorded.");
  for (std::uint32_t shard = 0; shard < kReplayedShards; ++shard) {
    REQUIRE(again.decisions[shard].size() == play.cluster().decisions()[shard].size());
    for (std::size_t i = 0; i < again.decisions[shard].size(); ++i) {
      const std::string &now = again.decisions[shard][i], &then = play.cluster().decisions()[shard][i];
      CHECK(now.substr(0, now.find('"')) == then.substr(0, then.find('"')));
      CHECK(now.size() == then.size());
    }
  }
}

TEST_CASE("recorded: two users publish, one is refused, one repeats a publication, one is lost and resumes") {
  check_recording("two_people");
}

TEST_CASE("a replay reports the first input at which its decisions differ from the recorded ones") {
  std::string recording = Play(1, true).cluster().recording();
  const std::size_t third = recording.find("[\"checked\",300,");
  REQUIRE(third != std::string::npos);
  char& digit = recording[recording.find('\n', third) - 3];
  digit = digit == '0' ? '1' : '0';
  const ReplayReport report = replay::verify(recording, [](const ReplayedInput&) {});
  CHECK(report.outcome == Outcome::different);
  CHECK(report.sentence.find("first in shard 0 within inputs 201 to 300") != std::string::npos);
}

TEST_CASE("a recording without its beginning is shown without decisions") {
  RecordingOptions options = recording_options(true);
  options.bytes_max = 3'000;
  Cluster cluster(2);
  cluster.record(options);
  for (int i = 0; i < 40; ++i) {
    Client ann = cluster.greeted("ann");
    ann.vanish();
  }
  std::size_t shown = 0, decided = 0;
  const ReplayReport report = replay::verify(cluster.recording(), [&](const ReplayedInput& input) {
    ++shown;
    decided += input.decisions.size();
  });
  CHECK(report.outcome == Outcome::inputs_only);
  CHECK(report.inputs == shown);
  CHECK(shown > 10);
  CHECK(decided == 0);
  CHECK(report.sentence.find("inputs are missing") != std::string::npos);
  CHECK(report.sentence.find("--record-bytes") != std::string::npos);
}

TEST_CASE("a letter that the recording does not reach ends the replay there, and is named") {
  std::string recording = Play(2, true).cluster().recording();
  const std::size_t first = recording.find("[\"shard\",0,"), second = recording.find("[\"shard\",1,");
  const std::string nothing = "[\"shard\",0,0]\n[\"checked\",0,\"0000000000000000\"]\n";
  recording.replace(first, second - first, nothing);
  const ReplayReport report = replay::verify(recording, [](const ReplayedInput&) {});
  CHECK(report.outcome == Outcome::incomplete);
  CHECK(report.sentence.find("a message from shard 0 that was not posted") != std::string::npos);
}

TEST_CASE("a file that is not a recording, of another version, cut or damaged is refused with its line") {
  const auto fault_of = [](const std::string& text) {
    const ReplayReport report = replay::verify(text, [](const ReplayedInput&) {});
    return report.outcome == Outcome::damaged ? report.sentence : "not refused";
  };
  const std::string recording = Play(3, true).cluster().recording();
  const std::size_t first_end = recording.find('\n') + 1, second_end = recording.find('\n', first_end) + 1;
  CHECK(fault_of("") == "line 1: the file is empty");
  CHECK(fault_of("hello\n") == "line 1: this is not a recording of a server");
  CHECK(fault_of("[\"dialogue-recording\",9]\n") == "line 1: it is of version 9, and this program reads version 2");
  CHECK(fault_of(recording.substr(0, 100)) == "line 1: the first line is cut or damaged");
  CHECK(fault_of(recording.substr(0, recording.size() / 2)).find("the recording is cut here") != std::string::npos);
  CHECK(fault_of(recording.substr(0, recording.size() - 1)).find("the recording is cut here") != std::string::npos);
  std::string damaged = recording;
  damaged.insert(second_end, "[\"connected\",1,2,\"127.0.0.1\",1,1]\n");
  CHECK(fault_of(damaged) == "line 3: this line cannot be read");
  damaged = recording;
  damaged.insert(second_end, "[\"lost\",1,2,3]\n");
  CHECK(fault_of(damaged) == "line 3: this line cannot be read");
  damaged = recording;
  damaged.insert(first_end, "[\"tick\",1,2]\n");
  CHECK(fault_of(damaged) == "line 2: this is not a line of a recording");
}

TEST_CASE("whatever is done to a recording, its replay ends in words") {
  const std::string recording = Play(4, true).cluster().recording();
  SeededRandom chance(11);
  constexpr int kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    std::string damaged = recording;
    const std::size_t first_end = recording.find('\n');
    for (int i = 0; i < 3; ++i) damaged[first_end + chance.below(damaged.size() - first_end)] = "0,]\"a9"[chance.below(6)];
    CHECK_FALSE(replay::verify(damaged, [](const ReplayedInput&) {}).sentence.empty());
  }
}

TEST_CASE("a replay can be narrowed to a shard, and to what concerns one connection") {
  ReplayedInput input;
  input.shard = 1;
  input.number = 12;
  input.line = "[\"received\",1,2,5,\"[8,1]\"]";
  input.effects = {"[\"told\",1,\"denied\",\"no\"]"};
  input.connection = 5;
  input.decisions = {{"send 5 [42]", 5}, {"send 6 [36]", 6}, {"log x {}", std::nullopt}};
  const std::string head = "1.12 [\"received\",1,2,5,\"[8,1]\"]\n  [\"told\",1,\"denied\",\"no\"]\n";
  CHECK(text_of(input) == head + "  send 5 [42]\n  send 6 [36]\n  log x {}\n");
  CHECK(text_of(input, {1, 5}) == text_of(input));
  CHECK(text_of(input, {std::nullopt, 6}) == head + "  send 6 [36]\n");
  CHECK(text_of(input, {std::nullopt, 7}).empty());
  CHECK(text_of(input, {0, std::nullopt}).empty());
}

}  // namespace dialogue::testing
