// One page of a user: the real client core with a driver that does what js/src does, an outbox that may outlive the page, and an
// application that remembers everything it was told. Used by one run.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "client-wasm/core/client.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/world/pipe.hpp"

namespace dialogue::simulation {

/// What a publication is, as long as it is not settled.
struct Unsent {
  MessageId id = 0;
  RoomIndex room = 0;
  EventIndex event = 0;
  std::string payload;
  std::uint64_t number = 0, epoch = 0;  ///< as sent last
  std::uint64_t made_ms = 0;            ///< by the page's clock
  std::uint64_t made_us = 0;            ///< by the world's
};

/// What outlives a page, as js/src/outbox.ts keeps it: a producer, the newest number of each room, what is not settled.
struct Storage {
  struct Numbers {
    std::uint64_t epoch = 0, numbered = 0;
  };
  std::string producer;
  std::map<RoomIndex, Numbers> rooms;
  std::vector<std::shared_ptr<Unsent>> left;
  std::string resume;  ///< as of the newest WELCOME
};

class Page {
 public:
  struct Surroundings {
    Clockwork& clockwork;
    Ledger& ledger;
    Weather& weather;
    const Ways& ways;
    std::function<bool(const std::shared_ptr<Link>&)> connect;
    std::function<void(const std::string&)> note;
  };
  /// `left`: what an earlier page of the user has left, if it kept anything.
  Page(Surroundings surroundings, std::string user, std::uint64_t seed, bool has_outbox, bool is_guest, Storage left);
  ~Page();

  // What the application does.
  void start();
  void join(RoomIndex room, JoinFrom from, Spot spot, std::uint32_t events);
  void leave(RoomIndex room);
  void publish(RoomIndex room, EventIndex event, std::size_t pad_bytes, client::Priority priority);
  void abort_one();
  void history(RoomIndex room, std::uint64_t from, std::uint32_t limit, bool is_forward);
  void list();
  /// No more events are wanted in this room until it is read again.
  void set_reading(RoomIndex room, bool is_reading);
  void wake();
  void jump_clock(std::int64_t ms);
  /// A connection over requests is to go on over a socket.
  void move();
  /// The page ends. What it kept is given to the next one.
  [[nodiscard]] Storage unload();

  // What the network does.
  void cut();
  void go_silent();

  [[nodiscard]] bool is_joined(RoomIndex room) const;
  [[nodiscard]] bool is_wanted(RoomIndex room) const;
  [[nodiscard]] Spot position(RoomIndex room) const;
  /// All that was asked is answered and the connection stands. Else what is missing.
  [[nodiscard]] std::string unsettled() const;
  /// Reads the room's log from its beginning; `done` gets it whole.
  void read_all(RoomIndex room, std::function<void(const Ledger::Page&)> done);
  /// Answers that read_all() has had, of all rooms.
  [[nodiscard]] std::uint64_t pages_read() const { return pages_read_; }
  [[nodiscard]] const std::string& user() const { return user_; }

 private:
  struct Membership {
    client::RoomHandle handle = client::kNoRoom;
    bool is_wanted = false, is_joined = false, has_stretch = false;
    bool goes_on = false;  ///< the newest JOINED was about the log that was known
    /// By which WELCOME of this page, of which run of the server, it was joined, and when that connection last said something.
    std::uint64_t welcome = 0, run = 0, heard_us = 0;
    std::uint32_t events = kAllEvents;
    std::optional<Spot> asked;  ///< where the stretch that begins must go on
    Stretch stretch;
    std::set<MessageId> fleeting;  ///< volatile events that were handled
  };
  enum class Wish : std::uint8_t { publish, join, leave, history, list };
  struct Request {
    Wish wish;
    RoomIndex room = 0;
    std::shared_ptr<Unsent> unsent;
    std::function<void(const Ledger::Page&)> read;  ///< of history
  };

  // page.cpp: the driver
  [[nodiscard]] std::uint64_t now() const;
  client::RoomHandle handle(RoomIndex room);
  [[nodiscard]] RoomIndex room_of(client::RoomHandle handle) const;
  void after_call();
  void carry_out(const client::Action& action);
  void send(const client::Action& action);
  [[nodiscard]] std::string hello(std::uint32_t generation);
  [[nodiscard]] std::string publication(const client::Action& action);
  void flush();
  void open();
  void drop(std::uint16_t code);
  void receive(const std::string& message);
  void hear(std::string_view text);
  void closed(std::uint16_t code);
  void moved(Pipe::Welcomed by);
  void welcomed(std::uint64_t fingerprint);
  void restore_left();
  void schedule_tick();
  void ask(client::Ticket ticket, Request request);

  // page_checks.cpp: what the application sees
  void settled(client::Ticket ticket, ErrorCode code, bool is_answer);
  void settle_publication(const Unsent& unsent, ErrorCode code, bool is_answer);
  void joined(RoomIndex room);
  void left(RoomIndex room, ErrorCode code);
  void delivered(RoomIndex room);
  void gap(RoomIndex room, std::uint64_t first, std::uint64_t last);
  void end_stretch(Membership& membership);
  void check_positions();
  void check_frame();
  [[nodiscard]] Ledger::Page read_history(RoomIndex room);
  void read_on(RoomIndex room, std::shared_ptr<Ledger::Page> whole, std::uint64_t from,
               std::function<void(const Ledger::Page&)> done);
  [[nodiscard]] std::string who() const { return user_ + ":" + std::to_string(seed_ % kNamesApart); }

  static constexpr std::uint64_t kNamesApart = 10'000;

  Surroundings around_;
  std::string user_;
  std::uint64_t seed_;
  client::Client core_;
  bool has_outbox_, is_guest_;
  Storage storage_;
  std::vector<std::shared_ptr<Unsent>> left_;  ///< of an earlier page, until WELCOME
  std::uint32_t generation_ = 0, version_ = 0, renewals_ = 0;
  std::uint64_t welcomes_ = 0;
  std::shared_ptr<Pipe> pipe_;
  std::optional<Pipe::Welcomed> welcomed_by_;  ///< what the next pipe follows
  std::string hello_;                          ///< the newest, without what it says of who this is
  std::vector<std::string> outgoing_;
  Frame in_hand_;
  std::vector<Membership> rooms_;
  std::unordered_map<client::Ticket, Request> requests_;
  std::unordered_set<client::Ticket> settled_;
  std::int64_t clock_offset_ms_ = 0;
  std::uint64_t ticks_ = 0, pipes_ = 0, pages_read_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// The id in a payload; 0 where there is none.
[[nodiscard]] MessageId id_in(std::string_view payload);

}  // namespace dialogue::simulation
