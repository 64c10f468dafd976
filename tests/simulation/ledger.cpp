// See ledger.hpp. One promise per `promise`.
#include "tests/simulation/ledger.hpp"

#include <algorithm>

namespace dialogue::simulation {
namespace {

std::string text_of(Spot spot) { return std::to_string(spot.epoch) + ":" + std::to_string(spot.seq); }
std::string in(RoomIndex room) { return " in " + std::string(kPlaces[room].id); }

}  // namespace

std::string Ledger::name_of(MessageId id) const {
  if (id >= messages_.size()) return "a message that nobody published";
  const Message& message = messages_[id];
  std::string text = "#" + std::to_string(id) + " (" + std::string(kEvents[message.event].name) + in(message.room);
  if (message.spot.epoch != 0) text += " at " + text_of(message.spot);
  return text + ")";
}

MessageId Ledger::tried(RoomIndex room, EventIndex event) {
  messages_.push_back({room, event, Fate::open, ErrorCode::ok, {}});
  return static_cast<MessageId>(messages_.size() - 1);
}

void Ledger::numbered(const std::string& producer, RoomIndex room, std::uint64_t epoch, std::uint64_t number, MessageId id) {
  const auto [place, is_new] = numbers_[{producer, room, epoch}].try_emplace(number, id);
  promise(is_new || place->second == id, [&] {
    return "number " + std::to_string(number) + " of producer " + producer + " stands for " + name_of(place->second) + " and " +
           name_of(id);
  });
}

void Ledger::acknowledged(MessageId id, RoomIndex room, Spot spot) {
  Message& message = messages_[id];
  promise(message.room == room, [&] { return name_of(id) + " was acknowledged" + in(room); });
  promise(message.fate != Fate::acknowledged || message.spot == spot,
          [&] { return name_of(id) + " was acknowledged again at " + text_of(spot); });
  promise(message.fate != Fate::refused, [&] { return name_of(id) + " was refused, and acknowledged afterwards"; });
  message.fate = Fate::acknowledged;
  ++acknowledgements_;
  if (spot.seq != 0) seen(room, spot, id, message.event, 0, "ACK");
}

void Ledger::refused(MessageId id, ErrorCode code) {
  Message& message = messages_[id];
  promise(message.fate != Fate::acknowledged,
          [&] { return name_of(id) + " was acknowledged, and refused afterwards: " + std::string(error_name(code)); });
  promise(message.spot.epoch == 0,
          [&] { return name_of(id) + " was refused (" + std::string(error_name(code)) + "), and is in the log"; });
  message.fate = Fate::refused;
  message.code = code;
}

void Ledger::unknown(MessageId id) {
  if (messages_[id].fate == Fate::open) messages_[id].fate = Fate::unknown;
}

void Ledger::disowned(MessageId id) {
  const Message& message = messages_[id];
  const Place& place = kPlaces[message.room];
  messages_[id].is_disowned =
      are_clocks_known_ && place.is_durable && !place.is_bounded && !place.is_deletable && kEvents[message.event].is_kept;
}

void Ledger::epoch_seen(RoomIndex room, std::uint64_t epoch) {
  auto& epochs = epochs_[room];
  if (!epochs.insert(epoch).second) return;
  const std::size_t deletions = deletions_[room];
  const std::size_t most = 1 + deletions + (kPlaces[room].is_durable ? 0 : starts_);
  promise(kPlaces[room].is_evicted || epochs.size() <= most, [&] {
    return std::to_string(epochs.size()) + " epochs" + in(room) + " after " + std::to_string(deletions) +
           " deletions: the newest is " + std::to_string(epoch);
  });
}

void Ledger::seen(RoomIndex room, Spot spot, MessageId id, EventIndex event, std::uint64_t timestamp_ms, std::string_view how) {
  const auto told = [&] { return " (" + std::string(how) + " " + text_of(spot) + in(room) + ")"; };
  promise(id != 0 && id < messages_.size(), [&] { return "nobody has published #" + std::to_string(id) + told(); });
  Message& message = messages_[id];
  promise(message.room == room && message.event == event, [&] { return name_of(id) + " is shown as something else" + told(); });
  promise(message.fate != Fate::refused,
          [&] { return name_of(id) + " was refused (" + std::string(error_name(message.code)) + "), and is shown" + told(); });
  if (spot.seq == 0) return;
  epoch_seen(room, spot.epoch);
  const auto body = logs_[{room, spot.epoch}].try_emplace(spot.seq, Body{id, timestamp_ms}).first;
  promise(body->second.id == id,
          [&] { return "one place, two bodies: " + name_of(body->second.id) + " and " + name_of(id) + told(); });
  std::uint64_t& first_ms = body->second.timestamp_ms;
  if (first_ms == 0) first_ms = timestamp_ms;
  promise(timestamp_ms == 0 || timestamp_ms == first_ms, [&] { return name_of(id) + " has two timestamps" + told(); });
  promise(message.spot.epoch == 0 || message.spot == spot, [&] { return name_of(id) + " is there twice" + told(); });
  message.spot = spot;
}

// --- What must have been shown ---

bool Ledger::is_owed(const Stretch& stretch, std::uint64_t seq, const Body& body) const {
  const EventIndex event = messages_[body.id].event;
  if (!kEvents[event].is_kept || (stretch.events >> event & 1U) == 0) return false;
  return std::none_of(stretch.gaps.begin(), stretch.gaps.end(),
                      [seq](const auto& gap) { return gap.first <= seq && seq <= gap.second; });
}

void Ledger::check_stretches() const {
  for (const Stretch& stretch : stretches_) {
    const auto log = logs_.find({stretch.room, stretch.epoch});
    if (log == logs_.end()) continue;
    auto delivered = stretch.delivered.begin();
    for (auto at = log->second.upper_bound(stretch.start); at != log->second.end() && at->first <= stretch.position; ++at) {
      while (delivered != stretch.delivered.end() && *delivered < at->first) ++delivered;
      const bool was_delivered = delivered != stretch.delivered.end() && *delivered == at->first;
      promise(was_delivered || !is_owed(stretch, at->first, at->second), [&] {
        return stretch.who + " was never shown " + name_of(at->second.id) + ", though it came from " +
               std::to_string(stretch.start) + " to " + std::to_string(stretch.position) + " without a gap there";
      });
    }
  }
}

void Ledger::check_page(const Page& page) const {
  std::uint64_t before = 0;
  for (const auto& [seq, id] : page.events) {
    promise(seq > before && seq >= page.first && seq <= page.last && seq <= page.head,
            [&, seq = seq] { return "history is out of order: " + std::to_string(seq) + in(page.room); });
    before = seq;
  }
  const auto log = logs_.find({page.room, page.epoch});
  if (log == logs_.end()) return;
  const std::uint64_t first = std::max(page.first, page.base);
  auto event = page.events.begin();
  for (auto at = log->second.lower_bound(first); at != log->second.end() && at->first <= page.last; ++at) {
    while (event != page.events.end() && event->first < at->first) ++event;
    const bool is_there = event != page.events.end() && event->first == at->first;
    promise(is_there || !kEvents[messages_[at->second.id].event].is_kept,
            [&] { return name_of(at->second.id) + " is missing in history" + in(page.room); });
  }
}

void Ledger::check_log(const Page& whole) const {
  check_page(whole);
  const bool is_bounded = kPlaces[whole.room].is_bounded;
  promise(is_bounded || whole.base == 1, [&] { return "events are gone that are kept for good" + in(whole.room); });
  for (MessageId id = 1; id < messages_.size(); ++id) {
    const Message& message = messages_[id];
    if (message.room != whole.room || message.fate != Fate::acknowledged || message.spot.epoch == 0) continue;
    const auto deletions = deletions_.find(whole.room);
    const bool may_be_gone = !kPlaces[whole.room].is_durable || deletions != deletions_.end();
    promise(message.spot.epoch == whole.epoch || may_be_gone,
            [&] { return name_of(id) + " was acknowledged, and its log is lost"; });
    promise(message.spot.epoch != whole.epoch || message.spot.seq <= whole.head,
            [&] { return name_of(id) + " was acknowledged, and the log ends before it at " + std::to_string(whole.head); });
  }
}

void Ledger::check_disowned() const {
  for (MessageId id = 1; id < messages_.size(); ++id)
    promise(!messages_[id].is_disowned || messages_[id].spot.epoch != 0,
            [&] { return name_of(id) + " was never stored, and was refused as one that may have been"; });
}

void Ledger::check_orders() const {
  for (const auto& [key, log] : logs_) {
    std::uint64_t newest_ms = 0;
    for (const auto& [seq, body] : log) {
      if (body.timestamp_ms == 0) continue;
      promise(body.timestamp_ms >= newest_ms, [&, id = body.id] { return "timestamps go back at " + name_of(id); });
      newest_ms = body.timestamp_ms;
    }
  }
  for (const auto& [key, numbers] : numbers_) {
    std::uint64_t before = 0;
    for (const auto& [number, id] : numbers) {
      const Spot& spot = messages_[id].spot;
      if (spot.epoch == 0 || spot.epoch != std::get<2>(key)) continue;
      promise(spot.seq > before, [&, id = id, number = number] {
        return "producer " + std::get<0>(key) + " published " + name_of(id) + " as number " + std::to_string(number) +
               ", and it stands before an earlier one";
      });
      before = spot.seq;
    }
  }
}

}  // namespace dialogue::simulation
