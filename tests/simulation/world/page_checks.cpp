// What the application and its user see, and whether it may be so. See page.hpp.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "shared/json/json_reader.hpp"
#include "tests/simulation/world/page.hpp"

namespace dialogue::simulation {

using client::Ticket;

namespace {

/// For as long a place is kept for sure: kSlotTtlMs, less what a frozen page or a slow reader may hear too late.
constexpr std::uint64_t kPlaceSure_us = 30 * kSecond;

/// Refusals by the client itself after which a publication may have been taken none the less.
bool leaves_open(ErrorCode code) {
  return code == ErrorCode::outcome_unknown || code == ErrorCode::connection_lost || code == ErrorCode::closed;
}

/// Endings that say that the client did something wrong, which it never does.
constexpr std::array kOurFaults = {ErrorCode::frame_malformed, ErrorCode::frame_unknown,  ErrorCode::frame_too_large,
                                   ErrorCode::batch_too_large, ErrorCode::hello_required, ErrorCode::hello_repeated,
                                   ErrorCode::unauthorized};

}  // namespace

MessageId id_in(std::string_view payload) {
  constexpr std::string_view kBefore = "{\"n\":";
  MessageId id = 0;
  if (!payload.starts_with(kBefore)) return 0;
  std::from_chars(payload.data() + kBefore.size(), payload.data() + payload.size(), id);
  return id;
}

void Page::check_frame() {
  const std::uint64_t first = in_hand_.integers[0];
  if (in_hand_.type == FrameType::bye)
    promise(std::find(kOurFaults.begin(), kOurFaults.end(), static_cast<ErrorCode>(first)) == kOurFaults.end(), [&] {
      return who() + " was sent away: " + std::string(error_name(static_cast<ErrorCode>(first))) + " " +
             std::string(in_hand_.payload);
    });
}

// --- Memberships ---

void Page::end_stretch(Membership& membership) {
  if (std::exchange(membership.has_stretch, false)) around_.ledger.ended(std::exchange(membership.stretch, {}));
}

void Page::joined(RoomIndex room) {
  Membership& membership = rooms_[room];
  const client::Position position = core_.position(membership.handle);
  around_.ledger.epoch_seen(room, position.epoch);
  membership.is_joined = true;
  membership.welcome = welcomes_;
  membership.run = around_.ledger.starts();
  membership.heard_us = around_.clockwork.now_us();
  std::optional<Spot> asked = std::exchange(membership.asked, std::nullopt);
  if (!membership.is_wanted) return;  // it is being left
  if (membership.has_stretch) {
    asked = Spot{membership.stretch.epoch, membership.stretch.position};
    membership.goes_on = asked->epoch == position.epoch;
    if (membership.goes_on) {
      promise(position.sequence >= asked->seq, [&] {
        return who() + ": the position in " + std::string(kPlaces[room].id) + " went back from " + std::to_string(asked->seq) +
               " to " + std::to_string(position.sequence);
      });
      return;
    }
    end_stretch(membership);
  }
  membership.goes_on = asked && asked->epoch == position.epoch;
  promise(!asked || membership.goes_on || position.sequence + 1 == in_hand_.integers[3],
          [&] { return who() + " asked for another log, and this one begins at " + std::to_string(position.sequence); });
  promise(!membership.goes_on || position.sequence >= asked->seq, [&] {
    return who() + ": asked for what follows " + std::to_string(asked->seq) + ", begins at " + std::to_string(position.sequence);
  });
  membership.has_stretch = true;
  membership.stretch = {
      who(), room, position.epoch, membership.goes_on ? asked->seq : position.sequence, position.sequence, membership.events,
      {},    {}};
}

void Page::left(RoomIndex room, ErrorCode code) {
  const Membership& was = rooms_[room];
  const bool had_a_place = was.is_joined && was.welcome + 1 == welcomes_ && was.run == around_.ledger.starts() &&
                           around_.clockwork.now_us() < was.heard_us + kPlaceSure_us;
  promise(code != ErrorCode::room_full || !had_a_place, [&] {
    return who() + " lost its connection, came back, and its place in " + std::string(kPlaces[room].id) + " was gone";
  });
  end_stretch(rooms_[room]);
  rooms_[room].is_joined = rooms_[room].is_wanted = false;
}

void Page::check_positions() {
  for (Membership& membership : rooms_) {
    if (!membership.has_stretch) continue;
    const client::Position position = core_.position(membership.handle);
    Stretch& stretch = membership.stretch;
    promise(position.epoch == stretch.epoch && position.sequence >= stretch.position,
            [&] { return who() + ": a position went back from " + std::to_string(stretch.position); });
    stretch.position = position.sequence;
  }
}

void Page::delivered(RoomIndex room) {
  Membership& membership = rooms_[room];
  Stretch& stretch = membership.stretch;
  const MessageId id = id_in(in_hand_.payload);
  const std::uint64_t seq = in_hand_.integers[2];
  const EventIndex event = event_of(version_, in_hand_.integers[1]);
  const auto told = [&] { return around_.ledger.name_of(id) + " was delivered to " + who(); };
  promise(membership.has_stretch, [&] { return told() + ", who is no member"; });
  around_.ledger.seen(room, {stretch.epoch, seq}, id, event, in_hand_.integers[3], "delivered to " + who());
  promise((stretch.events >> event & 1U) != 0, [&] { return told() + ", who did not ask for it"; });
  if (seq == 0) {
    promise(membership.fleeting.insert(id).second, [&] { return told() + " twice"; });
    return;
  }
  const std::uint64_t newest = stretch.delivered.empty() ? stretch.start : stretch.delivered.back();
  promise(seq > newest, [&] { return told() + " after " + std::to_string(newest); });
  stretch.delivered.push_back(seq);
}

void Page::gap(RoomIndex room, std::uint64_t first, std::uint64_t last) {
  Membership& membership = rooms_[room];
  const auto told = [&] {
    return who() + " was told that " + std::to_string(first) + " to " + std::to_string(last) + " are missing in " +
           std::string(kPlaces[room].id);
  };
  if (!membership.has_stretch) return;  // it is being left
  if (first == 0 && last == 0) return promise(!membership.goes_on, [&] { return told() + ", and its log is the same"; });
  promise(kPlaces[room].is_bounded, [&] { return told() + ", where nothing is ever taken away"; });
  membership.stretch.gaps.emplace_back(first, last);
}

// --- Answers ---

void Page::settled(Ticket ticket, ErrorCode code, bool is_answer) {
  const auto found = requests_.find(ticket);
  promise(!settled_.contains(ticket), [&] { return who() + ": ticket " + std::to_string(ticket) + " was settled twice"; });
  settled_.insert(ticket);
  if (found == requests_.end()) return;  // the core's own
  const Request request = std::move(found->second);
  requests_.erase(found);
  if (request.unsent) {
    std::erase(storage_.left, request.unsent);
    settle_publication(*request.unsent, code, is_answer);
  }
  Membership& membership = rooms_[request.room];
  if (request.wish == Wish::join && code != ErrorCode::ok && code != ErrorCode::already_joined)
    membership.is_wanted = membership.is_joined = false;
  if (request.wish == Wish::history && is_answer && code == ErrorCode::ok) {
    const Ledger::Page page = read_history(request.room);
    if (request.read) request.read(page);
  }
}

void Page::settle_publication(const Unsent& unsent, ErrorCode code, bool is_answer) {
  const auto& n = in_hand_.integers;
  if (is_answer && code == ErrorCode::ok) return around_.ledger.acknowledged(unsent.id, unsent.room, {n[2], n[3]});
  constexpr std::uint64_t kSoon_us = 180 * kSecond;  // the server remembers for longer
  const bool is_disowned = in_hand_.type == FrameType::nack && n[1] == unsent.number &&
                           n[2] == static_cast<std::uint64_t>(ErrorCode::producer_unknown);
  if (is_disowned && !is_guest_ && around_.clockwork.now_us() < unsent.made_us + kSoon_us) around_.ledger.disowned(unsent.id);
  if (!is_answer && leaves_open(code)) return around_.ledger.unknown(unsent.id);
  around_.ledger.refused(unsent.id, code);
}

Ledger::Page Page::read_history(RoomIndex room) {
  Ledger::Page page{room, 0, 0, 0, 0, 0, {}};
  JsonReader reader(in_hand_.payload);
  std::string key;
  struct Row {
    std::uint64_t event = 0, seq = 0, timestamp_ms = 0;
    MessageId id = 0;
  };
  std::vector<Row> rows;
  const auto read_row = [&] {
    Row& row = rows.emplace_back();
    std::string from;
    std::string_view payload;
    bool is_read = reader.enter_array() && reader.next_element() && reader.read_integer(row.event) && reader.next_element() &&
                   reader.read_integer(row.seq) && reader.next_element() && reader.read_integer(row.timestamp_ms) &&
                   reader.next_element() && reader.read_string(from) && reader.next_element() && reader.read_raw(payload);
    row.id = id_in(payload);
    return is_read && !reader.next_element();
  };
  const auto read_member = [&] {
    if (key == "epoch") return reader.read_integer(page.epoch);
    if (key == "base") return reader.read_integer(page.base);
    if (key == "head") return reader.read_integer(page.head);
    if (key == "first") return reader.read_integer(page.first);
    if (key == "last") return reader.read_integer(page.last);
    if (key != "events" || !reader.enter_array()) return false;
    while (reader.next_element())
      if (!read_row()) return false;
    return true;
  };
  bool is_read = reader.enter_object();
  while (is_read && reader.next_key(key)) is_read = read_member();
  promise(is_read && reader.at_end(),
          [&] { return "a page of history is not what it should be: " + std::string(in_hand_.payload); });
  for (const Row& row : rows) {
    around_.ledger.seen(room, {page.epoch, row.seq}, row.id, event_of(version_, row.event), row.timestamp_ms, "in history");
    page.events.emplace_back(row.seq, row.id);
  }
  around_.ledger.check_page(page);
  return page;
}

void Page::read_all(RoomIndex room, std::function<void(const Ledger::Page&)> done) { read_on(room, nullptr, 1, std::move(done)); }

void Page::read_on(RoomIndex room, std::shared_ptr<Ledger::Page> whole, std::uint64_t from,
                   std::function<void(const Ledger::Page&)> done) {
  const auto take = [this, room, whole, done = std::move(done)](const Ledger::Page& page) {
    ++pages_read_;
    const auto all = whole ? whole : std::make_shared<Ledger::Page>(page);
    if (whole) {
      all->events.insert(all->events.end(), page.events.begin(), page.events.end());
      all->last = page.last;
      all->head = page.head;
      all->base = page.base;  // events grow old while they are read
    }
    if (page.last >= page.head) return done(*all);
    around_.clockwork.after(0, [this, alive = alive_, room, all, from = page.last + 1, done] {
      if (*alive) read_on(room, all, from, done);
    });
  };
  ask(core_.history(handle(room), from, kPageEventsMax, true, now()), {Wish::history, room, {}, take});
}

// --- How it stands ---

bool Page::is_joined(RoomIndex room) const { return rooms_[room].is_joined; }
bool Page::is_wanted(RoomIndex room) const { return rooms_[room].is_wanted; }

Spot Page::position(RoomIndex room) const {
  if (rooms_[room].handle == client::kNoRoom) return {};
  const client::Position position = core_.position(rooms_[room].handle);
  return {position.epoch, position.sequence};
}

std::string Page::unsettled() const {
  if (core_.state() != client::State::connected) return who() + " is not connected";
  if (!left_.empty() || core_.pending() > 0) return who() + " has " + std::to_string(core_.pending()) + " publications unsettled";
  if (!requests_.empty()) return who() + " has " + std::to_string(requests_.size()) + " requests unanswered";
  return {};
}

}  // namespace dialogue::simulation
