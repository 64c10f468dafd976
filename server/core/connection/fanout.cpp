// Members of a room stand densely in a vector, so that a delivery is one walk; a member who leaves is replaced by the last one.
#include "server/core/connection/fanout.hpp"

#include <algorithm>
#include <utility>

#include "server/core/connection/queueing.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/limits.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kKeptPlacesMax = 4096;  ///< room that an idle shard may hold on to
constexpr std::size_t kAhead = 4;             ///< the distance in members at which connections are prefetched

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

void Fanout::add(Connection& connection, const JoinResponse& answer, const Admission& admission,
                 std::shared_ptr<SharedFilter> filter) {
  LocalRoom& room = rooms_[admission.room];
  flush(room);
  if (!room.members.empty()) fall_behind(room, admission.head);  // where this overtook news of what is in the log
  if (room.members.empty()) {
    room.number = admission.room;
    room.epoch = admission.epoch;
    room.id = answer.room_id;
    room.rules = admission.rules;
    room.head = admission.head;
  }
  Member& member = room.members.emplace_back();
  member.connection = connection.id;
  member.by_application = answer.req == 0;
  Membership& membership = connection.memberships.emplace_back();
  membership.room = room.number;
  membership.local = &room;
  membership.place = static_cast<std::uint32_t>(room.members.size() - 1);
  membership.ticket = member.ticket = ++connection.tickets;
  membership.joined_s = static_cast<std::uint32_t>(effects_.now().unix_ms / kMsPerSecond);
  begin(connection, membership, answer, admission, std::move(filter));
}

void Fanout::begin(Connection& connection, Membership& membership, const JoinResponse& answer, const Admission& admission,
                   std::shared_ptr<SharedFilter> filter) {
  const LocalRoom& room = *membership.local;
  Member& member = member_of(membership);
  member.position = admission.start;
  member.deleted_before = admission.is_fresh ? admission.head : 0;
  member.presence_clock = admission.presence_clock;
  member.wants = answer.events ? room.rules->subscription_of(*answer.events) : room.rules->default_subscription;
  member.filter = std::move(filter);
  const bool is_whole = !member.filter && member.wants.contains_all(room.rules->events.size());
  member.selection = is_whole ? Selection::whole : Selection::part;
  member.sees_members = admission.sees_members;
  set_behind(room, member, admission.start < admission.head);
  membership.started = admission.start;
  membership.from = admission.from;
  if (connection.decisions) note(connection, room, member, DecisionKind::joined);
  membership.narrowing.reset(
      admission.history_from == 0 ? nullptr : new Narrowing{std::nullopt, admission.history_from, admission.is_unasked});
  if (answer.identity->room_token) connection.narrow(membership, answer.identity->room_token, effects_.now());
}

void Fanout::hold(Membership& membership) {
  flush(*membership.local);
  member_of(membership).is_held = true;
  set_behind(*membership.local, member_of(membership), true);
}

void Fanout::reposition(Connection& connection, Membership& membership, const JoinResponse& answer, const Admission& admission,
                        std::shared_ptr<SharedFilter> filter) {
  flush(*membership.local);
  fall_behind(*membership.local, admission.head);
  Member& member = member_of(membership);
  member.has_moved = member.reading;
  member.is_held = member.by_application = false;
  member.selected_at = member.untaken = 0;
  member.credit = kSafeIntegerMax;
  membership.receipted = 0;
  begin(connection, membership, answer, admission, std::move(filter));
}

void Fanout::remove(Connection& connection, std::uint64_t number) {
  const Membership* membership = connection.membership(number);
  if (membership == nullptr) return;
  LocalRoom& room = *membership->local;
  flush(room);
  const std::uint32_t place = membership->place;
  if (room.members[place].behind) {
    effects_.metrics().change(metrics::Metric::members_lagging, 0, -1);
    effects_.metrics().count(metrics::Metric::member_lag_transitions_total, metrics::LagChange::left);
  }
  if (room.members[place].reading) {  // its place is another room's
    --connection.pages_reading;
    if (connection.rooms_wait) await_drain(effects_, connection);
  }
  connection.leave_in_flight(*membership);
  connection.memberships.erase(connection.memberships.begin() + (membership - connection.memberships.data()));
  if (place + 1 != room.members.size()) {
    const Member& last = room.members[place] = std::move(room.members.back());
    if (Connection* moved = connections_.find(last.connection)) moved->membership(number, last.ticket)->place = place;
  }
  room.members.pop_back();
  if (room.members.empty()) rooms_.erase(number);
}

// A member that lags together with its whole room, or joins at an old position, is noted only where it has notes already.
void Fanout::set_behind(const LocalRoom& room, Member& member, bool behind) {
  using metrics::LagChange;
  if (std::exchange(member.behind, behind) == behind) return;
  if (Connection* connection = connections_.find(member.connection); connection != nullptr && connection->decisions)
    note(*connection, room, member, behind ? DecisionKind::lagging : DecisionKind::caught_up);
  effects_.metrics().change(metrics::Metric::members_lagging, 0, behind ? 1 : -1);
  effects_.metrics().count(metrics::Metric::member_lag_transitions_total, behind ? LagChange::lagging : LagChange::caught_up);
}

void Fanout::note(Connection& connection, const LocalRoom& room, const Member& member, DecisionKind what) const {
  connection.note({what, room.id, ErrorCode::ok, kNoEvent, member.position, room.epoch}, effects_.now().unix_ms);
}

void Fanout::handle(Deliver&& deliver) {
  LocalRoom* room = find(deliver.room);
  if (room == nullptr) return;
  const EventRecord& record = deliver.record;
  if (record.seq != 0) {
    fall_behind(*room, record.seq - 1);  // where some before it were not sent along
    room->head = record.seq;
  }
  const auto slot = room->rules->slot_of(record.event);
  if (!slot) return;
  const auto place = static_cast<std::uint32_t>(kept_.size());
  kept_.push_back({room, event_frame(room->number, record), record.seq, static_cast<std::uint32_t>(*slot), kNothingKept,
                   deliver.accepted_ns, record.trace});
  if (room->first_kept == kNothingKept)
    room->first_kept = place;
  else
    kept_[room->last_kept].next = place;
  room->last_kept = place;
}

void Fanout::handle(LogGrew&& grew) {
  if (LocalRoom* room = find(grew.room)) fall_behind(*room, grew.head);
}

// Sequences come here without a hole, unless they were held back: see PeerWindows.
void Fanout::fall_behind(LocalRoom& room, std::uint64_t head) {
  if (head <= room.head) return;
  flush(room);
  room.head = head;
  for (Member& member : room.members)
    if (Connection* connection = connections_.find(member.connection); connection != nullptr && !member.behind) {
      set_behind(room, member, true);
      await_drain(effects_, *connection);
    }
}

void Fanout::flush() {
  std::size_t bytes = 0;
  most_given_ = 0;
  for (; sent_ < kept_.size(); ++sent_) {
    if (!kept_[sent_].text) continue;
    LocalRoom& room = *kept_[sent_].room;
    while (room.first_kept != kNothingKept) {
      if (bytes >= kPartBytesMax || most_given_ >= kPartBytesPerConnectionMax) return;
      bytes += deliver_next(room);
    }
  }
  kept_.clear();
  sent_ = 0;
  if (kept_.capacity() > kKeptPlacesMax) kept_.shrink_to_fit();
}

void Fanout::flush_rooms_of(const Connection& connection) {
  if (kept_.empty()) return;
  for (const Membership& membership : connection.memberships) flush(*membership.local);
}

void Fanout::flush(LocalRoom& room) {
  while (room.first_kept != kNothingKept) deliver_next(room);
}

std::size_t Fanout::deliver_next(LocalRoom& room) {
  do {
    bundle_.add(kept_[room.first_kept]);
    room.first_kept = kept_[room.first_kept].next;
  } while (room.first_kept != kNothingKept && bundle_.has_room_for(kept_[room.first_kept]));
  deliver_bundle(room);
  for (const Kept& event : bundle_.events) {
    const std::uint32_t pair = room.rules->metric_pair_of(event.slot);
    effects_.await_writing(pair, event.accepted_ns);
    if (event.trace) effects_.await_writing(event.trace, pair, event.accepted_ns, room.members.size());
  }
  const std::size_t bytes = bundle_.bytes;
  bundle_.clear();
  return bytes;
}

bool Fanout::has_place(const LocalRoom& room, Connection& connection, Member& member, std::size_t bytes, bool counted) {
  const bool is_slow = connection.unsent.left() > limits_.lag_bytes_max / 2;
  const std::size_t unsent = connection.unsent.bytes(effects_.turn()) + bytes;
  if (unsent <= limits_.lag_bytes_max && (counted || !is_slow)) {
    most_given_ = std::max(most_given_, unsent - connection.unsent.left());
    return true;
  }
  if (counted) {
    const bool is_noted = connection.decisions != nullptr;
    set_behind(room, member, true);
    if (!is_noted) note(connection, room, member, DecisionKind::lagging);
    await_drain(effects_, connection);
  } else {
    count_dropped(metrics::DropReason::backlog);
    note(connection, room, member, DecisionKind::dropped);
  }
  return false;
}

void Fanout::deliver_bundle(LocalRoom& room) {
  SkipText skip(room.number, bundle_.first_seq - 1);
  SharedBytes text;  // made for the first who takes it
  bool skipped = false;
  choosy_.clear();
  const std::size_t count = room.members.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) connections_.prefetch_front(room.members[i + kAhead].connection);
    Member& member = room.members[i];
    if (member.behind) continue;
    if (!takes_all(member)) {
      if (bundle_.is_any_wanted(member))
        choosy_.push_back(&member);
      else
        skipped = skipped || bundle_.last_seq > member.position;
      continue;
    }
    Connection& connection = *connections_.find(member.connection);
    if (!has_place(room, connection, member, bundle_.bytes, bundle_.last_seq != 0)) continue;
    if (!text) text = bundle_.joined();
    if (bundle_.last_seq != 0) {
      if (member.position + 1 < bundle_.first_seq) queue(effects_, connection, skip.from(member.position + 1));
      advance(member, connection, bundle_.last_seq, effects_.turn());
    }
    queue_events(connection, text, static_cast<std::uint32_t>(bundle_.events.size()));
  }
  if (skipped) owe_skip(room);
  if (choosy_.empty()) return;
  for (const Kept& event : bundle_.events) deliver_to_choosy(room, event);
}

bool Fanout::takes_all(const Member& member) const {
  if (member.filter) return false;
  if (bundle_.last_seq != 0 && (member.position >= bundle_.first_seq || member.credit < bundle_.last_seq)) return false;
  return member.credit > member.position && bundle_.is_all_wanted(member);
}

void Fanout::owe_skip(LocalRoom& room) {
  if (!std::exchange(room.skip_due, true)) skips_.push(room.number, effects_.now().monotonic_ms);
}

void Fanout::deliver_to_choosy(LocalRoom& room, const Kept& event) {
  const bool counted = event.seq != 0;
  SkipText skip(room.number, event.seq - 1);
  bool skipped = false;
  has_filter_values_ = false;
  for (Member* const member : choosy_) {
    if (member->behind || (counted && event.seq <= member->position)) continue;
    if (!member->wants.contains(event.slot) || !lets_through(*member, room, event)) {
      skipped = skipped || counted;
      continue;
    }
    if (counted ? member->credit < event.seq : member->credit <= member->position) {
      set_behind(room, *member, counted);
      if (!counted) count_dropped(metrics::DropReason::credit);
      continue;
    }
    Connection& connection = *connections_.find(member->connection);
    if (!has_place(room, connection, *member, event.text->size(), counted)) continue;
    if (counted) {
      if (member->position + 1 < event.seq) queue(effects_, connection, skip.from(member->position + 1));
      advance(*member, connection, event.seq, effects_.turn());
    }
    queue_events(connection, event.text, 1);
  }
  if (skipped) owe_skip(room);
}

void Fanout::queue_events(Connection& to, const SharedBytes& text, std::uint32_t events) {
  effects_.metrics().count(metrics::Metric::deliveries_total, to.transport, events);
  queue(effects_, to, text, events);
}

bool Fanout::lets_through(const Member& member, const LocalRoom& room, const Kept& event) {
  if (!member.filter) return true;
  if (!std::exchange(has_filter_values_, true)) {
    ++filtered_;
    Frame frame;
    filter_values_.clear();
    if (read_frame(*event.text, frame) == ErrorCode::ok)
      filter_fields_.read(room.rules->events[event.slot], frame.payload, filter_values_);
  }
  SharedFilter& filter = *member.filter;
  if (std::exchange(filter.judged, filtered_) != filtered_) filter.matches = filter.filter.matches(filter_values_);
  return filter.matches;
}

bool Fanout::lets_through(const Member& member, std::uint32_t event, std::string_view payload) {
  if (!member.filter) return true;
  filter_fields_.read(event, payload, filter_values_);
  return member.filter->filter.matches(filter_values_);
}

void Fanout::Bundle::add(Kept& kept) {
  bytes += kept.text->size() + 1;
  if (kept.seq != 0) {
    if (first_seq == 0) first_seq = kept.seq;
    last_seq = kept.seq;
  }
  if (std::find(slots.begin(), slots.end(), kept.slot) == slots.end()) slots.push_back(kept.slot);
  events.push_back(std::move(kept));
}

bool Fanout::Bundle::is_all_wanted(const Member& member) const {
  return std::all_of(slots.begin(), slots.end(), [&](std::uint32_t slot) { return member.wants.contains(slot); });
}

bool Fanout::Bundle::is_any_wanted(const Member& member) const {
  return std::any_of(slots.begin(), slots.end(), [&](std::uint32_t slot) { return member.wants.contains(slot); });
}

bool Fanout::Bundle::has_room_for(const Kept& kept) const {
  return events.size() < kBatchFramesMax && bytes + kept.text->size() <= kBatchBytesMax;
}

SharedBytes Fanout::Bundle::joined() const {
  if (events.size() == 1) return events.front().text;
  std::string text;
  text.reserve(bytes);
  for (const Kept& event : events) (text += *event.text) += '\n';
  text.pop_back();
  return std::make_shared<const std::string>(std::move(text));
}

void Fanout::Bundle::clear() {
  events.clear();
  slots.clear();
  bytes = 0;
  first_seq = last_seq = 0;
}

void Fanout::handle(PresenceChange&& change) {
  LocalRoom* room = find(change.room);
  if (room == nullptr) return;
  flush(*room);
  SharedBytes by_name, by_number;  // each made for the first member who takes it
  for (Member& member : room->members) {
    if (member.presence_clock >= change.clock) continue;  // its JOINED had this already
    member.presence_clock = change.clock;
    SharedBytes& text = member.sees_members ? by_name : by_number;
    if (!text) text = member.sees_members ? presence_frame(change) : occupancy_frame(change);
    queue(effects_, *connections_.find(member.connection), text);
  }
}

std::uint64_t Fanout::tick() {
  while (const auto number = skips_.pop_due(effects_.now().monotonic_ms))
    if (LocalRoom* room = find(*number)) tell_skips(*room);
  return skips_.next_deadline();
}

void Fanout::tell_skips(LocalRoom& room) {
  room.skip_due = false;
  flush(room);
  SkipText skip(room.number, room.head);
  for (Member& member : room.members) {
    if (member.behind || member.position == room.head) continue;
    Connection& connection = *connections_.find(member.connection);
    queue(effects_, connection, skip.from(member.position + 1));
    advance(member, connection, room.head, effects_.turn());
  }
}

}  // namespace dialogue::core
