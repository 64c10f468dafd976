// Fuzzes the server's decisions without sockets: the input is read as a script of connections, messages (right, wrong and
// random), time and the application's own calls. Every frame that comes back is judged by the referee; a broken rule or a
// sanitizer's report is a find. Run: build/asan/bin/fuzz_session -max_total_time=30
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/server/core/support/cluster.hpp"
#include "tests/server/core/support/referee.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

constexpr std::size_t kClientsMax = 6;
constexpr std::size_t kScriptStepsMax = 200;
constexpr std::array<std::string_view, 8> kRooms = {"chat", "small", "game-1", "game-vip-2", "staff", "shy", "party", "picky"};

/// Takes the input apart, byte by byte; zeros when it is used up.
class Script {
 public:
  explicit Script(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::string text() {
    const std::size_t length = std::min<std::size_t>(byte(), rest_.size());
    std::string value(reinterpret_cast<const char*>(rest_.data()), length);
    rest_ = rest_.subspan(length);
    return value;
  }
  std::string_view room() { return kRooms[byte() % kRooms.size()]; }

 private:
  std::span<const std::uint8_t> rest_;
};

struct Player {
  Client client;
  Referee referee;
};

std::string command(Script& script, const Player& player) {
  const std::uint64_t req = script.byte();
  const std::uint64_t room = script.byte() % 4 == 0 ? script.byte() : player.referee.any_room();
  const std::string quoted = "\"" + std::string(script.room()) + "\",";
  switch (script.byte() % 9) {
    case 0:
      return frame({FrameType::join, req, script.byte() % 5u, script.byte(), script.byte()}, quoted + script.text());
    case 1:
      return frame({FrameType::join, req, 0, 0, 0},
                   quoted + (req % 4 == 3 ? R"({"token":"u)" + std::to_string(req % 8) + "\"}" : "{}"));
    case 2:
      return frame({FrameType::leave, req, room});
    case 3:
      return frame({FrameType::publish, room, script.byte() % 6u, script.byte(), 0}, script.text());
    case 4:
      return frame({FrameType::publish, room, 2, script.byte() % 8u, 0}, R"({"text":"hi"})");
    case 5:
      return frame({script.byte() % 2u == 0 ? FrameType::subscribe : FrameType::unsubscribe, req, room, script.byte() % 6u});
    case 6:
      return frame({FrameType::list, req});
    case 7:
      return frame({FrameType::can, req}, R"({"right":"publish","event":"note","room":)" + quoted + script.text() + "}");
    default:
      return frame({FrameType::hello, 1, 0, script.byte()}, script.text());
  }
}

/// What the embedding program may do at any time.
ShardMessage application(Script& script) {
  const std::string room(script.room());
  const std::string user = "u" + std::to_string(script.byte() % 4);
  switch (script.byte() % 9) {
    case 0: {
      RoomDefinition definition;
      definition.id = script.byte() % 4 == 0 ? script.text() : room;
      definition.events = {"note", "typing"};
      definition.max_size = script.byte() % 4;
      return CreateRoom{std::move(definition)};
    }
    case 1:
      return DeleteRoom{room};
    case 2:
      return ServerPublish{room, "note", script.text(), "system"};
    case 3:
      return RoomsQuery{};  // asked by ask_application()
    case 4:
      if (script.byte() % 2 == 0) return UsersQuery{{user, script.byte() % 4u}, {}};
      if (script.byte() % 2 == 0) return MembersQuery{room, {user, script.byte() % 4u}};
      return ConnectionsQuery{user};
    case 5:
      return KickUser{user, script.text()};
    case 6:
      return SendEvent{user, "", "note", script.text(), "system"};
    case 7:
      return RevokeTokens{{"t", "", 0}};
    default:
      return LeaveRoom{user, script.byte() % 2 == 0 ? room : ""};
  }
}

void check_rooms(const std::vector<RoomInfo>& rooms) {
  demand(std::is_sorted(rooms.begin(), rooms.end(), [](const RoomInfo& a, const RoomInfo& b) { return a.id < b.id; }), "sorted");
  for (const RoomInfo& info : rooms) demand(info.size <= info.max_size.value_or(info.size), "max_size holds in " + info.id);
}

/// Asks it, and checks what there is to check of the answer.
void ask_application(Script& script, Cluster& cluster) {
  ShardMessage message = application(script);
  if (std::holds_alternative<RoomsQuery>(message.body())) return cluster.ask(RoomsQuery{}, check_rooms);
  cluster.post(std::move(message));
}

void greet(Script& script, Player& player) {
  player.client.send(frame({FrameType::hello, 1, 0, 0},
                           R"({"identity":{"userId":"u)" + std::to_string(script.byte() % 4) + R"("},"producer":{"id":"p"}})"));
}

void play_step(Script& script, Cluster& cluster, std::vector<Player>& players) {
  if (players.empty() || (script.byte() % 8 == 0 && players.size() < kClientsMax)) {
    players.push_back({cluster.connect(), {}});
    if (script.byte() % 8 != 0) greet(script, players.back());
    return;
  }
  Player& player = players[script.byte() % players.size()];
  switch (script.byte() % 8) {
    case 0:
      player.client.send(script.text());
      break;
    case 1:
      cluster.advance(script.byte() * std::uint64_t{50});
      break;
    case 2:
      player.client.vanish();
      players.erase(players.begin() + (&player - players.data()));
      break;
    case 3:
      ask_application(script, cluster);
      break;
    case 4:
      player.client.send(command(script, player) + "\n" + command(script, player));
      break;
    default:
      player.client.send(command(script, player));
      break;
  }
}

/// Development identities; a token is its user's, for "chat" and for a second.
Authenticator identities() {
  return [inner = development_authenticator(true)](const Credentials& credentials, const PeerFacts& peer, std::uint64_t random) {
    if (credentials.token.empty()) return inner(credentials, peer, random);
    TokenFacts facts{"t", 1, kStartUnixMs / 1000 + 1, R"({"rooms":{"chat":["join","publish:note"]}})", {}};
    facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
    Identity identity;
    identity.user_id = credentials.token;
    identity.token = std::make_shared<const TokenFacts>(std::move(facts));
    return AuthResult(std::move(identity));
  };
}

void play(std::span<const std::uint8_t> input) {
  Script script(input);
  Cluster cluster(1 + script.byte() % 3, test_config(), script.byte());
  cluster.identify_by(identities());
  std::vector<Player> players;
  for (std::size_t step = 0; step < kScriptStepsMax && !script.empty(); ++step) {
    play_step(script, cluster, players);
    for (Player& player : players) player.referee.judge(player.client);
  }
  for (Player& player : players) player.client.vanish();
  demand(cluster.connection_count() == 0, "no connection outlives its transport");
  cluster.advance(cluster.config().limits.slot_ttl_ms);  // who was cut off keeps a place for so long
  cluster.ask(RoomsQuery{}, [](const std::vector<RoomInfo>& rooms) {
    for (const RoomInfo& room : rooms) demand(room.size == 0, "nobody is left in " + room.id);
  });
}

}  // namespace
}  // namespace dialogue::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dialogue::testing::play({data, size});
  return 0;
}
