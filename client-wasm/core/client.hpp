// All decisions of the client: what to send, when to reconnect, how to detect duplicates and gaps, when a promise settles.
// Facts and requests are passed in by calls. Decisions come out of next(), in order, and the driver executes them until none is
// left. Sans-io: no clock, no socket, no text. `now` is milliseconds of any clock; if it decreases, time stands still. Not
// thread-safe.
//
//   client.start(now);
//   const Ticket ticket = client.join(client.add_room(), JoinFrom::tail, {}, now);
//   while (const Action* action = client.next()) carry_out(*action);
//   wait_until(client.deadline()); client.tick(now);
#pragma once
#include <cstdint>

#include "client-wasm/core/action.hpp"
#include "client-wasm/core/connection.hpp"
#include "client-wasm/core/incoming.hpp"
#include "client-wasm/core/list.hpp"
#include "client-wasm/core/outbox.hpp"
#include "client-wasm/core/room.hpp"

namespace dialogue::client {

inline constexpr std::size_t kPendingMax = 1000;           ///< publications and requests without an answer
inline constexpr std::size_t kQuestionsMax = 100;          ///< requests that are asked beside so many
inline constexpr std::uint32_t kCreditWindow = 512;        ///< unread events that an iterator may hold
inline constexpr std::uint64_t kResendDelayMinMs = 100;    ///< a retryable refusal is not tried again sooner
inline constexpr std::uint64_t kRejoinDelayMinMs = 1'000;  ///< nor a refused rejoin; full jitter up to
inline constexpr std::uint64_t kRejoinDelayMaxMs = 5'000;
inline constexpr std::uint64_t kRefreshEarlyMs = 30'000;  ///< before a token runs out; or at 3/4 of its time
inline constexpr std::uint64_t kRefreshAgainMs = 5'000;   ///< and not sooner than this after the last time

class Client {
 public:
  constexpr Client() = default;
  explicit Client(std::uint64_t number) { seed(number); }
  /// Before all else, and only once.
  void seed(std::uint64_t number) {
    connection_.seed(number);
    random_ = Random(number + 1);
  }

  // What happened. After each call take all of next() and then ask for deadline().

  /// The first use of the client: opens a connection. Nothing when it was called before.
  void start(std::uint64_t now);
  /// The socket that an open action requested is open, or about to be: everything sent from now on reaches it.
  void opened(std::uint64_t now);
  void received(const Incoming& frame, std::uint64_t now);
  /// The server sent something that is not a frame: it is reported, and the connection is replaced after a pause.
  void violated(ErrorCode code, std::uint64_t now);
  /// The socket closed, or could not be opened; `close_code` 0 when there is none.
  void lost(std::uint16_t close_code, std::uint64_t now);
  void tick(std::uint64_t now);
  /// The network is available again, or the page was shown again.
  void wake(std::uint64_t now);
  /// Closes the connection until start() is called again. Rooms and pending requests stay.
  void pause();
  /// While paused: the next connection is another user's. Rooms stay, publications that may have been taken are settled, and
  /// the driver can abort() all others, since none has a number any more.
  void change_user();
  /// The fingerprint of the catalogue that the driver holds; 0 for none.
  void set_catalogue(std::uint64_t fingerprint) { fingerprint_ = fingerprint; }

  // What the application wants. A ticket is settled once, by an answer or a settle action, whatever happens.

  /// A handle for a room id that the driver does not know.
  [[nodiscard]] RoomHandle add_room();
  /// Frees a handle, so that add_room() may assign it to another id. Returns false and keeps it if this producer has numbered
  /// publications of the room, since numbers continue under this handle; also while the room is joined, while a request of it
  /// waits, and until the server knows that it was left, since a JOIN with kReleasePlace may follow.
  [[nodiscard]] bool forget_room(RoomHandle room);
  [[nodiscard]] Ticket join(RoomHandle room, JoinFrom from, Position position, std::uint64_t now);
  [[nodiscard]] Ticket leave(RoomHandle room);
  [[nodiscard]] Ticket publish(RoomHandle room, std::uint32_t event, bool is_volatile, std::uint64_t now,
                               Priority priority = Priority::normal);
  /// FrameType::subscribe or unsubscribe; event 0 is all of the room's.
  [[nodiscard]] Ticket subscribe(RoomHandle room, FrameType type, std::uint32_t event, std::uint64_t now);
  /// FrameType::list or can, which need no membership.
  [[nodiscard]] Ticket ask(FrameType type, std::uint64_t now);
  /// Requests a page of the room's log: at most `limit` events that begin at the sequence `from`, or end at it.
  [[nodiscard]] Ticket history(RoomHandle room, std::uint64_t from, std::uint32_t limit, bool is_forward, std::uint64_t now);
  /// Sets 1 plus the number of delivered events that wait in the longest of the room's iterators; 0: it has no iterator. Credit
  /// is granted to the server so that no iterator holds more than about kCreditWindow events.
  void set_unread(RoomHandle room, std::uint32_t unread);

  // What an earlier page left: before the room is joined. The producer in HELLO must be that page's.

  /// The newest number that a publication of the room has, and the epoch in which it counts.
  void restore_numbers(RoomHandle room, std::uint64_t epoch, std::uint64_t numbered);
  /// Restores a publication; `sequence` is its number if it may have been sent already, else 0. Call it for the publications
  /// of a room in the order of their numbers.
  [[nodiscard]] Ticket restore(RoomHandle room, std::uint32_t event, std::uint64_t sequence, std::uint64_t sent_ms);
  /// The catalogue has changed: the publication's or subscription's event has another number now.
  void renumber(Ticket ticket, std::uint32_t event);
  /// Withdraws a publication whose caller cancelled it. Returns false if it has a number, and so may be sent, or is settled.
  bool abort(Ticket publication);
  /// Reports that a publication's number could not be stored, so that a later page may use it again. Its frame was not sent.
  /// Once everything that was sent is answered, another producer continues.
  void unwritten(Ticket publication, std::uint64_t now);
  void close();

  // What to do, and when to call tick() next (kNever: no need).

  /// The oldest decision that was not taken yet, or null. Valid until the next call.
  [[nodiscard]] const Action* next();
  [[nodiscard]] std::uint64_t deadline() const;
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Position position(RoomHandle room) const { return rooms_[room].position; }
  /// The server's application has begun the membership: one join() may continue it from another position.
  [[nodiscard]] bool is_servers(RoomHandle room) const { return room < rooms_.size() && rooms_[room].is_servers; }
  /// Publications without a final answer.
  [[nodiscard]] std::size_t pending() const;

 private:
  // client.cpp: the connection
  [[nodiscard]] std::uint64_t monotonic(std::uint64_t now);
  [[nodiscard]] bool can_send() const;
  void carry_out(Connection::Step step);
  void greet(std::uint64_t now);
  void misbehaved(ErrorCode code, std::uint64_t now);
  void handle(const Incoming& frame, std::uint64_t now);
  void refresh_when_due(std::uint64_t now);
  void welcomed(const Incoming& frame, std::uint64_t now);
  void connection_gone(std::uint16_t close_code);
  /// The connection has ended after this BYE.
  void heed(std::uint64_t bye);
  void give_up(std::uint64_t code);
  void update_state();
  /// Reports that the server requested a wait until then, by this code; kNever: the wait is over.
  void wait(std::uint64_t until, std::uint64_t code = 0);
  void act(ActionKind kind, std::uint32_t reference, std::uint64_t first = 0, std::uint64_t second = 0, std::uint64_t third = 0);
  /// A frame of `count` integers, its type included; what the driver adds is named by `reference`.
  void send(FrameType type, std::uint32_t reference, std::uint32_t count, std::uint64_t a, std::uint64_t b, std::uint64_t c = 0,
            std::uint64_t d = 0, std::uint64_t e = 0);

  // client_rooms.cpp: memberships and what arrives in them
  [[nodiscard]] Room* room_by_number(std::uint64_t number);
  [[nodiscard]] RoomHandle handle_of(const Room& room) const { return static_cast<RoomHandle>(&room - rooms_.begin()); }
  /// Sends JOIN; or, if the room's place is to be returned, a JOIN with kReleasePlace.
  void send_join(Room& room);
  void send_leave(Room& room);
  void send_leave(Ticket ticket, std::uint64_t number);
  /// The application has left a joined room: LEAVE is sent once all that was sent before is answered, or its answers would
  /// come too late. What was not sent is settled.
  void leave_when_answered(Room& room);
  void joined(const Incoming& frame, std::uint64_t now);
  [[nodiscard]] Room* room_of_joined(const Incoming& frame);
  void take_position(Room& room, const Incoming& frame);
  void join_refused(Room& room, std::uint64_t code, std::uint64_t now);
  /// Only the position, the numbers and the place outlive it.
  void end_membership(Room& room, std::uint64_t code);
  /// Sets the number by which the server names the room from now on; 0: the client is not a member any more.
  void set_number(Room& room, std::uint64_t number);
  void retry_rooms(std::uint64_t now);
  /// Sequences `first` to `last` are here. False when they were seen before; what is missing before them is reported as a gap.
  [[nodiscard]] bool advance(Room& room, std::uint64_t first, std::uint64_t last);
  void in_room(const Incoming& frame, std::uint64_t now);
  void event(Room& room, std::uint64_t sequence);
  void gap(Room& room, const Incoming& frame);

  // client_credit.cpp
  /// Sends the server new credit if that has changed enough.
  void pace(Room& room);

  // client_requests.cpp: publications and requests
  /// Adds a request to the outbox. The parameters are the fields of Pending, one by one, since that compiles to less code.
  [[nodiscard]] Ticket ask(RoomHandle room, FrameType type, std::uint64_t now, std::uint32_t event = 0,
                           std::uint64_t sequence = 0, bool is_forward = false, bool is_volatile = false,
                           Priority priority = Priority::low);
  /// Returns the place of a new request in the outbox: before publications of its room with a lower priority and no number yet.
  [[nodiscard]] std::size_t place_of(RoomHandle room, Priority priority) const;
  [[nodiscard]] Ticket refuse(ErrorCode code);
  /// Sends what may be sent in this room; of kNoRoom, what needs none.
  void flush(RoomHandle room, std::uint64_t now);
  /// The publication with this number (0: the oldest volatile one) that waits for an answer; null when there is none.
  [[nodiscard]] Pending* find_publication(RoomHandle room, std::uint64_t sequence);
  /// Settles what stands at `index` of the outbox, and takes it out.
  void finish(std::size_t index, ActionKind kind, std::uint64_t code);
  void answer(const Pending& pending, std::uint64_t code);
  void refused(Room& room, const Incoming& frame, std::uint64_t now);
  void replied(const Incoming& frame, std::uint64_t now);
  /// The server's memory of our numbers in this room is gone: they start again, and what it may have accepted is unknown.
  void restart_numbers(Room& room);
  /// Uses another producer from the next HELLO on: what the previous one may have published is settled, the rest is renumbered.
  void change_producer();
  void be_forgotten(std::uint64_t now);
  /// Ends a producer that numbers nothing more, once no member room has anything of it that is not answered.
  void retire(std::uint64_t now);
  /// Settles all requests of the room by `code`, or by outcome_unknown if the server may have accepted them. `is_leaving`: except
  /// those that the server will answer anyway; returns whether such requests exist.
  bool settle_all(RoomHandle room, std::uint64_t code, bool is_leaving = false);
  void settle(Ticket ticket, std::uint64_t code) { act(ActionKind::settle, ticket, code); }

  Connection connection_;
  Random random_;
  State state_ = State::connecting;
  bool was_closed_ = false;     ///< by the application
  bool is_retiring_ = false;    ///< the producer numbers nothing more
  std::uint32_t producer_ = 0;  ///< generation: grows when the server has lost track of our numbers
  Ticket last_ticket_ = 0;
  std::uint64_t fingerprint_ = 0;
  std::uint64_t latest_ = 0, behind_ = 0;  ///< the newest time returned, and how far the caller's clock is behind it
  std::uint64_t wait_until_ = kNever;      ///< as reported to the application; kNever: it does not wait
  std::uint64_t refresh_at_ = kNever;      ///< when to ask for another token: before this connection's has run out
  Ticket refresh_ = 0;                     ///< the newest REFRESH
  std::uint64_t final_ = 0;                ///< why the client is closed: the error of later calls
  List<Room> rooms_;
  List<RoomHandle> free_rooms_;  ///< forgotten
  List<RoomHandle> members_;     ///< rooms that have a number: what arrives is looked up among these
  Outbox outbox_;
  List<Action> actions_;
  std::size_t taken_ = 0;  ///< actions_ before this index were carried out
};

}  // namespace dialogue::client
