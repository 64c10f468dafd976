// A client with a driver that notes everything: what an application and a server would see of it. Made by World::add.
// Not thread-safe.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client-wasm/core/client.hpp"
#include "server/core/messages/handles.hpp"

namespace dialogue::client::testing {

using namespace core;

/// How a ticket was settled.
struct Result {
  bool settled = false;
  ErrorCode code = ErrorCode::ok;
  std::uint64_t epoch = 0, sequence = 0;  ///< of an ACK
  bool duplicate = false;
};

struct Gap {
  RoomHandle room;
  std::uint64_t first, last;
  ErrorCode code;
};

/// What the application is told of a wait that the server asked for.
struct Wait {
  ErrorCode code;  ///< ok: it is over
  std::uint64_t until;
};

class World;

/// A client with its driver: what an application would see of it.
class Peer {
 public:
  Peer(World& world, std::string user, std::uint64_t seed);

  // Wishes. Each is carried out as far as it goes before the call returns.
  RoomHandle join(std::string_view id, JoinFrom from = JoinFrom::tail, Position position = {});
  Ticket leave(RoomHandle room);
  Ticket publish(RoomHandle room, std::string_view event, std::string json, Priority priority = Priority::normal);
  /// What an earlier page has left.
  Ticket restore(RoomHandle room, std::string_view event, std::string json, std::uint64_t sequence);
  Ticket history(RoomHandle room, std::uint64_t from, std::uint32_t limit, bool is_forward = false);
  void set_unread(RoomHandle room, std::uint32_t count);
  Ticket subscribe(RoomHandle room, FrameType type, std::string_view event);
  Ticket list();
  /// CAN; `question` is JSON.
  Ticket can(std::string question);
  void unwritten(Ticket publication);
  void abort(Ticket ticket);
  void close();

  [[nodiscard]] Result result(Ticket ticket) const;
  [[nodiscard]] Result join_result(RoomHandle room) const { return result(join_tickets_.at(room)); }
  [[nodiscard]] RoomHandle handle(std::string_view id);

  Client core;
  std::string user;
  std::vector<std::string> delivered;  ///< payloads of events, in order
  std::vector<std::string> sent;       ///< frames, in order
  std::vector<Gap> gaps;
  std::vector<Wait> waits;
  std::vector<ErrorCode> faults;
  std::vector<State> states;
  std::map<RoomHandle, std::uint64_t> numbers;  ///< what the server calls the rooms
  std::map<RoomHandle, ErrorCode> left;         ///< memberships that ended, and why
  std::size_t opens = 0;                        ///< sockets asked for
  std::size_t settlements = 0;                  ///< answers and settlements, of any ticket

 private:
  friend class World;
  void carry_out();
  void carry_out(const Action& action);
  void send(const Action& action);
  void settle(Ticket ticket, ErrorCode code, bool is_answer);
  void receive(const std::string& text);
  [[nodiscard]] std::uint32_t event_number(std::string_view name) const;

  World& world_;
  std::vector<std::string> room_ids_;
  std::map<RoomHandle, Ticket> join_tickets_;
  std::map<Ticket, std::string> payloads_;
  std::map<Ticket, std::string> events_;
  std::map<Ticket, Result> results_;
  Frame in_hand_;
  std::string resume_;             ///< the secret of the last WELCOME
  std::deque<std::string> inbox_;  ///< what the server said and the wire has not handed over
  std::uint16_t close_code_ = 0;   ///< of the Close in the inbox
  ConnectionId connection_ = 0;
  bool is_open_ = false;       ///< the socket stands, as far as the client knows
  bool wants_socket_ = false;  ///< it has asked for one
};

}  // namespace dialogue::client::testing
