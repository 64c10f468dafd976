// The test's own memory of everything that anybody was told, never lost and never wrong, and the promises that it is held
// against. What breaks a promise is thrown as Violation. Used by one run.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shared/base/errors.hpp"
#include "tests/simulation/world/places.hpp"

namespace dialogue::simulation {

/// A promise was broken. The text says which, where, and who saw what.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Violation with the text of `tell()` unless `kept`.
template <typename Tell>
void promise(bool kept, const Tell& tell) {
  if (!kept) throw Violation(tell());
}

using MessageId = std::uint32_t;

/// A place in a room's log.
struct Spot {
  std::uint64_t epoch = 0, seq = 0;
  friend bool operator==(const Spot&, const Spot&) = default;
};

/// What became of a publication, as its author was told.
enum class Fate : std::uint8_t { open, acknowledged, refused, unknown };

/// What one member saw of one log, without interruption: everything between `start` and `position` was delivered, was no
/// concern of its, or is in `gaps`.
struct Stretch {
  std::string who;
  RoomIndex room = 0;
  std::uint64_t epoch = 0, start = 0, position = 0;
  std::uint32_t events = kAllEvents;  ///< a bit for each event that the member asked for
  std::vector<std::uint64_t> delivered;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
};

class Ledger {
 public:
  /// A message that somebody is about to publish; its payload carries the id.
  [[nodiscard]] MessageId tried(RoomIndex room, EventIndex event);
  /// It is sent with this number.
  void numbered(const std::string& producer, RoomIndex room, std::uint64_t epoch, std::uint64_t number, MessageId id);

  void acknowledged(MessageId id, RoomIndex room, Spot spot);
  void refused(MessageId id, ErrorCode code);
  void unknown(MessageId id);
  /// The server refused it as one that it may have taken before, though it should know that it has not: unless it is found in
  /// the log, it was refused without need.
  void disowned(MessageId id);
  /// From here on nobody can tell what was published how long ago: somebody set a clock.
  void clock_in_doubt() { are_clocks_known_ = false; }

  /// Somebody was shown the message at this place.
  void seen(RoomIndex room, Spot spot, MessageId id, EventIndex event, std::uint64_t timestamp_ms, std::string_view how);
  void epoch_seen(RoomIndex room, std::uint64_t epoch);

  /// The room's log may be emptied once from here on.
  void deletion(RoomIndex room) { ++deletions_[room]; }
  void server_started() { ++starts_; }
  [[nodiscard]] std::size_t starts() const { return starts_; }

  /// The member sees no more of this log.
  void ended(Stretch stretch) { stretches_.push_back(std::move(stretch)); }
  /// A page of a log as it was read, of [first, last]; base and head as they were said to be.
  struct Page {
    RoomIndex room;
    std::uint64_t epoch, base, head, first, last;
    std::vector<std::pair<std::uint64_t, MessageId>> events;
  };
  void check_page(const Page& page) const;
  /// Everything that a room holds in the end.
  void check_log(const Page& whole) const;
  void check_stretches() const;
  /// Promises about all that there is: producers' order, timestamps.
  void check_orders() const;
  void check_disowned() const;

  [[nodiscard]] std::size_t acknowledgements() const { return acknowledgements_; }
  [[nodiscard]] std::string name_of(MessageId id) const;

 private:
  struct Message {
    RoomIndex room;
    EventIndex event;
    Fate fate = Fate::open;
    ErrorCode code = ErrorCode::ok;
    Spot spot;  ///< where it stands, if anybody knows
    bool is_disowned = false;
  };
  struct Body {
    MessageId id;
    std::uint64_t timestamp_ms;
  };
  using Log = std::map<std::uint64_t, Body>;

  [[nodiscard]] bool is_owed(const Stretch& stretch, std::uint64_t seq, const Body& body) const;

  std::vector<Message> messages_{1};  ///< by id; 0 is nobody's
  std::map<std::pair<RoomIndex, std::uint64_t>, Log> logs_;
  std::map<RoomIndex, std::set<std::uint64_t>> epochs_;
  bool are_clocks_known_ = true;
  std::map<RoomIndex, std::size_t> deletions_;
  std::map<std::tuple<std::string, RoomIndex, std::uint64_t>, std::map<std::uint64_t, MessageId>> numbers_;
  std::vector<Stretch> stretches_;
  std::size_t starts_ = 0, acknowledgements_ = 0;
};

}  // namespace dialogue::simulation
