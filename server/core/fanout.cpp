// Members of a room stand densely in a vector, so that a delivery is one walk; a member who leaves is replaced by the last one.
#include "server/core/fanout.hpp"

#include <utility>

#include "server/core/frame_text.hpp"

namespace dialogue {
namespace {

/// Members who skipped the same events share one frame: usually all of those who skipped any.
class SkipText {
 public:
  SkipText(std::uint64_t room, std::uint64_t to_seq) : room_(room), to_seq_(to_seq) {}
  [[nodiscard]] const SharedBytes& from(std::uint64_t from_seq) {
    if (!text_ || from_seq != from_seq_) text_ = skip_frame(room_, from_seq_ = from_seq, to_seq_);
    return text_;
  }

 private:
  std::uint64_t room_, to_seq_, from_seq_ = 0;
  SharedBytes text_;
};

}  // namespace

LocalRoom* Fanout::find(std::uint64_t room) {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? nullptr : &found->second;
}

void Fanout::add(Connection& connection, const JoinAnswer& answer, const Admission& admission) {
  LocalRoom& room = rooms_[admission.room];
  if (room.members.empty()) {
    room.number = admission.room;
    room.epoch = admission.epoch;
    room.id = answer.room_id;
    room.rules = admission.rules;
    room.head = admission.head;
  }
  const auto place = static_cast<std::uint32_t>(room.members.size());
  Subscription wants = answer.events ? room.rules->subscription_of(*answer.events) : room.rules->default_subscription;
  Member& member = room.members.emplace_back();
  member.connection = connection.id;
  member.position = admission.start;
  member.presence_clock = admission.presence_clock;
  member.wants = std::move(wants);
  member.sees_members = admission.sees_members;
  member.behind = admission.start < admission.head;
  connection.memberships.push_back({room.number, &room, place, 0, {}, false});
  if (answer.identity->room_token) connection.narrow(connection.memberships.back(), answer.identity->room_token, outbox_.now());
}

void Fanout::remove(Connection& connection, std::uint64_t number) {
  const Membership* membership = connection.membership(number);
  if (membership == nullptr) return;
  LocalRoom& room = *membership->local;
  const std::uint32_t place = membership->place;
  connection.memberships.erase(connection.memberships.begin() + (membership - connection.memberships.data()));
  if (place + 1 != room.members.size()) {
    room.members[place] = std::move(room.members.back());
    if (Connection* moved = connections_.find(room.members[place].connection)) moved->membership(number)->place = place;
  }
  room.members.pop_back();
  if (room.members.empty()) rooms_.erase(number);
}

void Fanout::handle(Deliver&& deliver) {
  LocalRoom* room = find(deliver.room);
  if (room == nullptr) return;
  if (deliver.seq != 0) room->head = deliver.seq;
  if (const auto slot = room->rules->slot_of(deliver.event)) deliver_to_all(*room, deliver, *slot);
}

void Fanout::deliver_to_all(LocalRoom& room, const Deliver& deliver, std::size_t slot) {
  const bool counted = deliver.seq != 0;
  SkipText skip(room.number, deliver.seq - 1);
  bool skipped = false;
  for (Member& member : room.members) {
    if (member.behind) continue;
    if (!member.wants.contains(slot)) {
      skipped = skipped || counted;
      continue;
    }
    if (member.credit <= member.position) {
      member.behind = counted;
      continue;
    }
    if (counted) {
      if (member.position + 1 < deliver.seq) outbox_.send(member.connection, skip.from(member.position + 1));
      member.position = deliver.seq;
    }
    outbox_.send(member.connection, deliver.text);
  }
  if (skipped && !std::exchange(room.skip_due, true)) skips_.push(room.number, outbox_.now().monotonic_ms);
}

void Fanout::handle(PresenceChange&& change) {
  LocalRoom* room = find(change.room);
  if (room == nullptr) return;
  for (Member& member : room->members) {
    if (member.presence_clock >= change.clock) continue;  // its JOINED had this already
    member.presence_clock = change.clock;
    outbox_.send(member.connection, member.sees_members ? change.members : change.occupancy);
  }
}

std::uint64_t Fanout::tick() {
  while (const auto number = skips_.pop_due(outbox_.now().monotonic_ms))
    if (LocalRoom* room = find(*number)) tell_skips(*room);
  return skips_.next_deadline();
}

void Fanout::tell_skips(LocalRoom& room) {
  room.skip_due = false;
  SkipText skip(room.number, room.head);
  for (Member& member : room.members) {
    if (member.behind || member.position == room.head) continue;
    outbox_.send(member.connection, skip.from(member.position + 1));
    member.position = room.head;
  }
}

}  // namespace dialogue
