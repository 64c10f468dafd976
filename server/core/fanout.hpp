// A room as one shard sees it: the members that are connected here, what each is subscribed to, and up to where each has been
// told. Every member sees each sequence once, as EVENT or inside a SKIP; skips are put together and told before the next
// delivered event, or kSkipDelayMs after the first. Delivering allocates nothing per member. Used by its shard only.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/core/connection_table.hpp"
#include "server/core/delay_queue.hpp"
#include "server/core/mail.hpp"
#include "server/core/outbox.hpp"
#include "server/core/room_rules.hpp"

namespace dialogue {

inline constexpr std::uint64_t kSkipDelayMs = 1000;

struct Member {
  ConnectionId connection = 0;
  std::uint64_t position = 0;        ///< last sequence that was told, as EVENT or in a SKIP
  std::uint64_t presence_clock = 0;  ///< last one that was told
  Subscription wants;
  bool sees_members = false;
  std::uint64_t credit = kSafeIntegerMax;  ///< the last sequence that it is ready to receive
  bool behind = false;                     ///< events come from the log until it has caught up
  bool reading = false;                    ///< a page is on its way
};

struct LocalRoom {
  std::uint64_t number = 0, epoch = 0;
  std::uint64_t head = 0;  ///< newest sequence that came here
  std::string id;
  RulesPtr rules;
  std::vector<Member> members;
  bool skip_due = false;  ///< the room is in the queue of skips to tell
};

class Fanout {
 public:
  Fanout(Outbox& outbox, ConnectionTable& connections) : outbox_(outbox), connections_(connections), skips_(kSkipDelayMs) {}

  /// Makes the connection a member as its home admitted it.
  void add(Connection& connection, const JoinAnswer& answer, const Admission& admission);
  /// Ends the membership; the room goes with its last member.
  void remove(Connection& connection, std::uint64_t room);
  [[nodiscard]] LocalRoom* find(std::uint64_t room);

  void handle(Deliver&& deliver);
  void handle(PresenceChange&& change);
  /// Tells skips that are due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

 private:
  void deliver_to_all(LocalRoom& room, const Deliver& deliver, std::size_t slot);
  void tell_skips(LocalRoom& room);

  Outbox& outbox_;
  ConnectionTable& connections_;
  std::unordered_map<std::uint64_t, LocalRoom> rooms_;  ///< nodes stay where they are: memberships point to them
  DelayQueue<std::uint64_t> skips_;
};

/// A membership's own place in its room.
[[nodiscard]] inline Member& member_of(const Membership& membership) { return membership.local->members[membership.place]; }

}  // namespace dialogue
