// The client's decisions and the server's, driven against each other without sockets: a real Shard, real Clients, and a wire
// between them that a test can cut, hold or lose. Time moves only when the test says so.
//
//   World world;
//   Peer& ann = world.add("ann");
//   const RoomHandle chat = ann.join("chat");       // carried out to the end
//   const Ticket ticket = ann.publish(chat, "message", R"({"text":"hi"})");
//   CHECK(ann.result(ticket).code == ErrorCode::ok);
//   world.cut(ann);                                 // the connection breaks; it comes back as its backoff says
//
// Not thread-safe; one per test.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/input.hpp"
#include "server/core/shard/shard.hpp"
#include "server/store/memory/memory_store.hpp"
#include "shared/schema/definitions.hpp"
#include "tests/client-wasm/peer.hpp"

namespace dialogue::client::testing {

using namespace core;
using namespace store;

class World {
 public:
  explicit World(std::uint64_t seed = 1);
  explicit World(Hooks hooks);
  ~World();

  Peer& add(std::string user);
  /// Carries out everything that can happen without time passing.
  void settle();
  /// Lets time pass, in steps that end where anybody waits for something.
  void pass(std::uint64_t ms);
  /// Lets time pass for the server only: the page of every client is frozen, and what the server says waits.
  void freeze(std::uint64_t ms);

  /// The connection breaks: neither side hears what is under way.
  void cut(Peer& peer, std::uint16_t close_code = 1006);
  /// From now on the client's frames are lost (true), or arrive again.
  void deafen(bool server_is_deaf) { server_is_deaf_ = server_is_deaf; }
  /// From now on the server's frames are lost.
  void mute(bool server_is_mute) { server_is_mute_ = server_is_mute; }
  /// While refused, no socket can be opened.
  void refuse_sockets(bool refuse) { refuse_sockets_ = refuse; }
  /// The server says this to a client, whatever it means.
  void say(Peer& peer, std::string frame);
  /// Restarts the server: every connection breaks, every room has a new log. Other definitions where they are given.
  void restart_server();
  /// The next start has this store, as when a database is put back; gives the one that is there now.
  std::unique_ptr<MemoryStore> restart_server_with(std::unique_ptr<MemoryStore> store);
  void restart_server(Definitions definitions);
  void post(ShardMessage mail);
  void drain(std::uint64_t spread_ms);

  [[nodiscard]] const ShardConfig& config() const { return *config_; }
  [[nodiscard]] std::uint64_t now() const { return now_ms_; }

  /// Events message, note, typing (volatile); rooms chat, small (2 members), game-{id}.
  [[nodiscard]] static Definitions definitions();

 private:
  friend class Peer;
  class Server;
  void start_server(Definitions definitions);
  void received(Peer& peer, std::string message);
  bool open(Peer& peer);
  void lose(Peer& peer, std::uint16_t close_code);
  void drop(Peer& peer);
  void tick_server();
  bool tick_clients();
  /// Gives the server an input, and ends its turn.
  void apply(Input&& input);
  void finish_turn();
  void hand_over(ConnectionId to, const std::string& text);
  Peer* peer_of(ConnectionId connection);

  std::uint64_t seed_, now_ms_ = 1'000, server_due_ = 0;
  Hooks hooks_;
  IdentitySource identify_ = source_of(development_authenticator(true));
  std::unique_ptr<ShardConfig> config_;
  std::unique_ptr<MemoryStore> store_;  ///< ends with the server
  std::unique_ptr<MemoryStore> next_store_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool server_is_deaf_ = false, server_is_mute_ = false, refuse_sockets_ = false, is_frozen_ = false, is_settling_ = false;
};

}  // namespace dialogue::client::testing
