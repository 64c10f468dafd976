// A room as one shard sees it: the members that are connected here, their subscriptions and positions. Every member sees each
// sequence once, as EVENT or inside a SKIP; skips are combined and sent before the next delivered event, or kSkipDelayMs after
// the first. Events of one turn are kept until its end: a room's events are sent to its members together, as shared texts. A
// member with too much queued data lags: it reads from the log, and misses events that are not in it. Delivering allocates
// nothing per member. Used by its shard only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/core/connection/connection_table.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/event_filter.hpp"
#include "server/core/messages/room_rules.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kSkipDelayMs = 1000;
/// The maximum of bytes that one call of flush() queues for one connection, and of all rooms; the transports are offered them
/// before the next call. Smaller parts would need more sends, and a send takes as long as several events.
inline constexpr std::size_t kPartBytesPerConnectionMax = 128 * 1024, kPartBytesMax = 1024 * 1024;
inline constexpr std::uint32_t kNothingKept = ~std::uint32_t{0};

struct Member {
  ConnectionId connection = 0;
  std::uint64_t position = 0;        ///< last sequence that it was sent, as EVENT or in a SKIP
  std::uint64_t presence_clock = 0;  ///< last one that it was sent
  EventMask wants;
  std::uint32_t ticket : kTicketBits = 0;  ///< of its membership
  bool sees_members : 1 = false;
  bool by_application : 1 = false;         ///< it became a member without a JOIN of its client
  Selection selection = Selection::whole;  ///< of `wants` and `filter`
  std::uint32_t sent_turn = 0;             ///< see advance()
  std::uint64_t deleted_before = 0;        ///< deletions up to this sequence are of keys that it never saw
  std::uint64_t selected_at = 0;           ///< the sequence after which `selection` has not changed; 0: since it joined
  std::uint64_t credit = kSafeIntegerMax;  ///< the last sequence that it is ready to receive
  std::shared_ptr<SharedFilter> filter;    ///< by content; null: everything
  bool behind = false;                     ///< events come from the log until it has caught up
  bool reading = false;                    ///< a page is on its way
  bool is_held = false;                    ///< its client's JOIN will continue it from another position: no events until then
  bool has_moved = false;                  ///< since the page on its way was asked for
  std::uint32_t untaken = 0;               ///< number of sequences up to `position` that may wait; at its maximum, all may
};

struct LocalRoom {
  std::uint64_t number = 0, epoch = 0;
  std::uint64_t head = 0;  ///< newest sequence that came here
  std::string id;
  RulesPtr rules;
  std::vector<Member> members;
  bool skip_due = false;                                              ///< the room is in the queue of due skips
  std::uint32_t first_kept = kNothingKept, last_kept = kNothingKept;  ///< of this turn's events
};

class Fanout {
 public:
  Fanout(const ShardLimits& limits, ShardEffects& effects, ConnectionTable& connections, const FilterFields& filter_fields)
      : limits_(limits), effects_(effects), connections_(connections), filter_fields_(filter_fields), skips_(kSkipDelayMs) {}

  /// Makes the connection a member as its owner shard admitted it. `filter`: of its events; null: everything.
  void add(Connection& connection, const JoinResponse& answer, const Admission& admission, std::shared_ptr<SharedFilter> filter);
  /// Sends the member no events until resume() or reposition(): a JOIN of its client is on its way to the owner shard.
  void hold(Membership& membership);
  /// Ends hold() at the old position: the member reads what it has missed since.
  static void resume(const Membership& membership);
  /// Continues the membership at the position for which its owner shard admitted the JOIN of its client.
  void reposition(Connection& connection, Membership& membership, const JoinResponse& answer, const Admission& admission,
                  std::shared_ptr<SharedFilter> filter);
  /// Sets whether a member reads from the log; every such change is made, counted and noted here.
  void set_behind(const LocalRoom& room, Member& member, bool behind);
  /// Ends the membership; the room goes with its last member.
  void remove(Connection& connection, std::uint64_t room);
  [[nodiscard]] LocalRoom* find(std::uint64_t room);

  /// Keeps the event for the turn's end. What else a member gets of its room must come after it: flush() first.
  void handle(Deliver&& deliver);
  void handle(PresenceChange&& change);
  /// Makes the room's members that do not have everything up to the log's head read it from the log.
  void handle(LogGrew&& grew);
  /// Sends the kept events of one room, of the rooms of one connection, or the next part of all of them.
  void flush(LocalRoom& room);
  void flush_rooms_of(const Connection& connection);
  void flush();
  [[nodiscard]] bool has_kept() const { return !kept_.empty(); }
  /// Whether the member's filter lets an event (a catalogue index) through. Not during a delivery.
  [[nodiscard]] bool lets_through(const Member& member, std::uint32_t event, std::string_view payload);
  /// Sends due skips; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

 private:
  /// An event that waits for the turn's end; those of a room are chained in their order.
  struct Kept {
    LocalRoom* room = nullptr;
    SharedBytes text;  ///< null: it was sent
    std::uint64_t seq = 0;
    std::uint32_t slot = 0, next = kNothingKept;
    std::uint64_t accepted_ns = 0;
    PublicationTracePtr trace{};
  };
  /// Events of a room that make one text: one message's worth at most.
  struct Bundle {
    std::vector<Kept> events;
    std::vector<std::uint32_t> slots;           ///< of the events, each once
    std::size_t bytes = 0;                      ///< with an LF behind each
    std::uint64_t first_seq = 0, last_seq = 0;  ///< of those that count; 0: none does
    void add(Kept& kept);                       ///< takes its text; the rest of it stays
    [[nodiscard]] bool has_room_for(const Kept& kept) const;
    [[nodiscard]] SharedBytes joined() const;
    [[nodiscard]] bool is_all_wanted(const Member& member) const;
    [[nodiscard]] bool is_any_wanted(const Member& member) const;
    void clear();
  };

  /// Sets, from a granted JOIN, at which position the membership begins to read, and which events.
  void begin(Connection& connection, Membership& membership, const JoinResponse& answer, const Admission& admission,
             std::shared_ptr<SharedFilter> filter);
  /// Delivers one text of the room's kept events; returns its bytes.
  std::size_t deliver_next(LocalRoom& room);
  void deliver_bundle(LocalRoom& room);
  /// Whether this number of bytes may still be queued for the connection. Otherwise a counted event makes the member lag, and
  /// any other is lost to it.
  [[nodiscard]] bool has_place(const LocalRoom& room, Connection& connection, Member& member, std::size_t bytes, bool counted);
  /// Notes a decision for operators.
  void note(Connection& connection, const LocalRoom& room, const Member& member, DecisionKind what) const;
  void fall_behind(LocalRoom& room, std::uint64_t head);
  [[nodiscard]] bool takes_all(const Member& member) const;
  void count_dropped(metrics::DropReason reason) { effects_.metrics().count(metrics::Metric::deliveries_dropped_total, reason); }
  void deliver_to_choosy(LocalRoom& room, const Kept& event);
  void queue_events(Connection& to, const SharedBytes& text, std::uint32_t events);
  /// Whether the member's filter lets the event through that is being delivered. Its fields are read for the first member with
  /// a filter, and kept for the others.
  [[nodiscard]] bool lets_through(const Member& member, const LocalRoom& room, const Kept& event);
  void owe_skip(LocalRoom& room);
  void tell_skips(LocalRoom& room);

  const ShardLimits& limits_;
  ShardEffects& effects_;
  ConnectionTable& connections_;
  const FilterFields& filter_fields_;
  FilterFields::Values filter_values_;  ///< of the event in hand
  std::uint64_t filtered_ = 0;          ///< events whose fields were read: the number of the one in hand
  bool has_filter_values_ = false;
  std::unordered_map<std::uint64_t, LocalRoom> rooms_;  ///< nodes stay where they are: memberships point to them
  DelayQueue<std::uint64_t> skips_;
  std::vector<Kept> kept_;
  std::size_t sent_ = 0;         ///< of kept_, from its front
  std::size_t most_given_ = 0;   ///< to one connection, by the part in hand
  Bundle bundle_;                ///< in hand; kept for its memory, as the next one is
  std::vector<Member*> choosy_;  ///< who do not take the bundle as it is
};

/// Everything up to `seq` is sent to the member or queued for its connection. Nothing of earlier turns is queued if the
/// connection's transport has an empty queue.
inline void advance(Member& member, const Connection& connection, std::uint64_t seq, std::uint32_t turn) {
  if (std::exchange(member.sent_turn, turn) != turn && connection.unsent.left() == 0) member.untaken = 0;
  member.untaken = static_cast<std::uint32_t>(std::min<std::uint64_t>(member.untaken + (seq - member.position), UINT32_MAX));
  member.position = seq;
}

/// A membership's own place in its room.
[[nodiscard]] inline Member& member_of(const Membership& membership) { return membership.local->members[membership.place]; }

inline void Fanout::resume(const Membership& membership) { member_of(membership).is_held = false; }

/// The last sequence that the transport has certainly accepted of the member's events. While something waits, it is the
/// member's position at the last time when nothing did.
[[nodiscard]] inline std::uint64_t taken_of(const Connection& connection, const Membership& membership, std::uint32_t turn) {
  const Member& member = member_of(membership);
  if (member.sent_turn != turn && connection.unsent.left() == 0) return member.position;
  return member.untaken == UINT32_MAX ? membership.started : std::max(membership.started, member.position - member.untaken);
}

}  // namespace dialogue::core
