// A room is in memory while a user watches it. A watch is settled once its room has answered and its unread events are counted.
#include "server/heads/head_board.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/core/util/time.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::heads {
namespace {

constexpr std::uint64_t kCrowdedRetryMs = 10'000;
constexpr std::uint64_t kShowNumbers = std::uint64_t{1} << 63;  ///< of streams that are shown once, and no client's

std::string refusal_text(const std::string& room, const core::Error& fault) {
  return JsonText().text("room", room).text("code", error_name(fault.code)).take();
}

Head head_of(const core::HistoryQuery::Result& result) {
  Head head{result.epoch, result.head, 0, {}, {}};
  if (result.records.empty() || result.records.back().seq != result.head) return head;
  const core::LogRecord& newest = result.records.back();
  head.timestamp_ms = newest.timestamp_ms;
  head.event = newest.event;
  head.from = newest.from;
  return head;
}

}  // namespace

HeadBoard::Watch* HeadBoard::find(std::uint64_t number, std::string_view room) {
  const auto stream = streams_.find(number);
  if (stream == streams_.end()) return nullptr;
  const auto watch = stream->second.watches.find(room);
  return watch == stream->second.watches.end() ? nullptr : &watch->second;
}

void HeadBoard::begin(std::uint64_t number, const core::ExchangeQuestion& question, core::ExchangeReplies reply) {
  const core::HeadsQuestion& asked = *question.heads;
  const auto held = watches_of_session_.find(question.session_id);
  if ((held == watches_of_session_.end() ? 0 : held->second) + asked.rooms.size() > kWatchesOfSessionMax)
    return reply(core::ExchangeResult{ErrorCode::too_many_rooms, std::to_string(kWatchesOfSessionMax), {}, 0});
  if (watches_ + asked.rooms.size() > kWatchesMax)
    return reply(core::ExchangeResult{ErrorCode::rate_limited, {}, {}, kCrowdedRetryMs});
  Stream& stream = streams_[number];
  stream.number = number;
  stream.user = question.identity->user_id;
  stream.session = question.session_id;
  stream.events.insert(asked.events.begin(), asked.events.end());
  stream.reply = std::move(reply);
  stream.granted = question.granted;
  of_session_[stream.session].insert(number);
  of_user_[stream.user].insert(number);
  for (const std::string& room : asked.refused) stream.refused.push_back(refusal_text(room, {ErrorCode::forbidden, {}, {}}));
  if (!stream.refused.empty()) soiled_.insert(number);
  for (const core::HeadsQuestion::Room& room : asked.rooms) add(stream, room.id, room.is_member, room.history_from);
}

void HeadBoard::add(Stream& stream, std::string name, bool is_member, std::uint64_t history_from) {
  auto& place = rooms_[name];
  if (!place) {
    place = std::make_unique<Room>();
    place->name = name;
    place->turn = turns_.insert(turns_.end(), place.get());
    ports_.watch(name, true);
  }
  Room& room = *place;
  Watch& watch = stream.watches[std::move(name)];
  watch.room = &room;
  watch.stream = &stream;
  watch.is_member = is_member;
  watch.history_from = history_from;
  room.watches.insert(&watch);
  ++stream.unsettled;
  ++watches_;
  if (!stream.session.empty()) ++watches_of_session_[stream.session];
  if (room.is_known)
    count(watch);
  else
    look_at(room);
}

void HeadBoard::remove(Stream& stream, std::string_view name) {
  const auto found = stream.watches.find(name);
  if (found == stream.watches.end()) return;
  Room& room = *found->second.room;
  room.watches.erase(&found->second);
  if (!found->second.is_settled) --stream.unsettled;
  stream.watches.erase(found);
  --watches_;
  if (const auto held = watches_of_session_.find(stream.session); held != watches_of_session_.end() && --held->second == 0)
    watches_of_session_.erase(held);
  if (!room.watches.empty()) return;
  ports_.watch(room.name, false);
  turns_.erase(room.turn);
  rooms_.erase(rooms_.find(room.name));
}

void HeadBoard::end(std::uint64_t number) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  while (!stream.watches.empty()) remove(stream, std::string(stream.watches.begin()->first));
  const auto forget = [number](auto& by, const std::string& key) {
    const auto place = by.find(key);
    if (place == by.end()) return;
    place->second.erase(number);
    if (place->second.empty()) by.erase(place);
  };
  forget(of_session_, stream.session);
  forget(of_user_, stream.user);
  soiled_.erase(number);
  streams_.erase(found);
}

void HeadBoard::refuse(Stream& stream, const std::string& room, const core::Error& fault) {
  stream.refused.push_back(refusal_text(room, fault));
  remove(stream, room);
  soiled_.insert(stream.number);
}

void HeadBoard::left(std::string_view session, const std::string& room) {
  const auto numbers = of_session_.find(session);
  if (numbers == of_session_.end()) return;
  for (const std::uint64_t number : numbers->second)
    if (const Watch* const watch = find(number, room); watch != nullptr && watch->is_member)
      refuse(*watch->stream, room, {ErrorCode::forbidden, {}, {}});
}

// Rooms.

void HeadBoard::ask(core::HistoryQuery query, Asked done) {
  if (asked_ >= kQuestionsMax)
    return waiting_.push_back(
        [this, query = std::move(query), done = std::move(done)]() mutable { ask(std::move(query), std::move(done)); });
  ++asked_;
  ports_.ask(std::move(query), [this, done = std::move(done)](core::HistoryQuery::Result&& result) {
    --asked_;
    done(std::move(result));
    ask_waiting();
  });
}

void HeadBoard::ask_waiting() {
  while (!waiting_.empty() && asked_ < kQuestionsMax) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next();
  }
}

void HeadBoard::look_at(Room& room) {
  room.looked_ms = ports_.now_ms();
  turns_.splice(turns_.end(), turns_, room.turn);
  if (std::exchange(room.is_asked, true)) return;
  core::HistoryQuery query;
  query.room_id = room.name;
  query.limit = 1;
  ask(std::move(query), [this, name = room.name](core::HistoryQuery::Result&& result) { looked(name, std::move(result)); });
}

void HeadBoard::looked(const std::string& name, core::HistoryQuery::Result&& result) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || !found->second->is_asked) return;
  Room& room = *found->second;
  room.is_asked = false;
  const std::set<Watch*> watches = room.watches;
  if (result.fault.code != ErrorCode::ok) {
    for (Watch* const watch : watches) {
      Stream& stream = *watch->stream;
      refuse(stream, name, result.fault);  // the last one takes the room along
      if (stream.shown && stream.unsettled == 0) send(stream);
    }
    return;
  }
  Head head = head_of(result);
  for (const Head& move : room.moves)
    if (move.epoch == head.epoch && (move.seq > head.seq || (move.seq == head.seq && head.event.empty()))) head = move;
  const bool has_moved = !room.is_known || head.epoch != room.head.epoch || head.seq > room.head.seq;
  if (has_moved) room.head = std::move(head);
  room.is_known = true;
  for (Watch* const watch : watches)
    if (has_moved) {
      soil(*watch);
      count(*watch);
    }
}

void HeadBoard::moved(Move&& move) {
  const auto found = rooms_.find(move.room);
  if (found == rooms_.end()) return;
  Room& room = *found->second;
  const bool is_same_log = move.head.epoch == room.head.epoch, is_next = is_same_log && move.head.seq == room.head.seq + 1;
  const bool is_known = is_same_log && move.head.seq <= room.head.seq;
  if (is_known && (move.head.seq < room.head.seq || !room.head.event.empty())) return;
  if (!room.moves.empty() && room.moves.back().epoch != move.head.epoch) room.moves.clear();
  room.moves.push_back(move.head);
  if (room.moves.size() > kMovesKept) room.moves.pop_front();
  if (!room.is_known) return;
  room.head = std::move(move.head);
  for (Watch* const watch : std::set<Watch*>(room.watches)) {
    soil(*watch);
    if (!is_next || room.head.event == core::kErasedEvent) {
      count(*watch);
    } else if (watch->has_unread && !watch->is_counting) {
      if (counts(*watch, room.head) && watch->unread < kUnreadMax) ++watch->unread;
    }
  }
}

void HeadBoard::look_again() {
  for (Room* const room : turns_) room->looked_ms = 0;
}

// Counting.

const Mark* HeadBoard::mark_of(const Watch& watch) const {
  const Mark* const mark = watch.stream->user.empty() ? nullptr : marks_.find(watch.stream->user, watch.room->name);
  return mark != nullptr && mark->epoch == watch.room->head.epoch ? mark : nullptr;
}

bool HeadBoard::counts(const Watch& watch, const Head& move) const {
  const Stream& stream = *watch.stream;
  if (move.from == stream.user || move.event == core::kErasedEvent || move.event == core::kSnapshotEvent) return false;
  return stream.events.empty() || stream.events.contains(move.event);
}

void HeadBoard::count(Watch& watch) {
  const Mark* const mark = mark_of(watch);
  watch.has_unread = watch.has_more = false;
  watch.is_count_outdated = watch.is_counting;
  if (watch.is_counting) return;  // it begins again when its answer is there
  if (mark == nullptr) return settle(watch);
  const std::uint64_t since = std::max(mark->seq, watch.history_from == 0 ? 0 : watch.history_from - 1);
  if (since >= watch.room->head.seq) return counted(watch, watch.room->head.seq, 0);
  watch.is_counting = true;
  count_from(watch.stream->number, watch.room->name, since, {});
}

// Events are not filtered by the room: the last one says up to where the log could be read. Its head may be an event that is
// accepted and not readable yet.
void HeadBoard::count_from(std::uint64_t number, const std::string& room, std::uint64_t since, Counted before) {
  constexpr std::size_t kPage = 250;
  core::HistoryQuery query;
  query.room_id = room;
  query.since = since;
  query.oldest_first = true;
  query.limit = kPage;
  ask(std::move(query), [this, number, room, since, before](core::HistoryQuery::Result&& result) {
    Watch* const watch = find(number, room);
    if (watch == nullptr) return;
    if (watch->is_count_outdated) {
      watch->is_counting = false;
      return count(*watch);
    }
    if (result.fault.code != ErrorCode::ok) {  // the number stays unknown until the room moves again
      watch->is_counting = false;
      return settle(*watch);
    }
    Counted sum{before.unread, before.records + result.records.size()};
    for (const core::LogRecord& record : result.records)
      if (counts(*watch, {result.epoch, record.seq, 0, record.event, record.from})) ++sum.unread;
    watch->has_more = sum.unread >= kUnreadMax || (result.next && sum.records >= kCountedRecordsMax);
    if (result.next && !watch->has_more) return count_from(number, room, *result.next, sum);
    counted(*watch, result.records.empty() ? since : result.records.back().seq, sum.unread);
  });
}

void HeadBoard::counted(Watch& watch, std::uint64_t read, std::size_t unread) {
  const Room& room = *watch.room;
  const bool has_gap = room.head.seq > read && (room.moves.empty() || room.moves.front().seq > read + 1);
  watch.is_counting = false;
  if (has_gap && !watch.has_more && watch.recounts < kRecountsMax) {
    ++watch.recounts;
    return count(watch);
  }
  watch.recounts = 0;
  watch.unread = unread;
  watch.has_unread = true;
  for (const Head& move : room.moves)
    if (move.seq > read && counts(watch, move)) ++watch.unread;
  watch.unread = std::min(watch.unread, kUnreadMax);
  soil(watch);
  settle(watch);
}

void HeadBoard::settle(Watch& watch) {
  if (std::exchange(watch.is_settled, true)) return;
  Stream& stream = *watch.stream;
  --stream.unsettled;
  soil(watch);
  if (stream.shown && stream.unsettled == 0) send(stream);
}

// Items.

void HeadBoard::soil(Watch& watch) {
  if (!watch.is_settled) return;
  soiled_.insert(watch.stream->number);
  if (!std::exchange(watch.is_dirty, true)) watch.stream->dirty.push_back(watch.room->name);
}

std::string HeadBoard::text_of(const Watch& watch) const {
  const Head& head = watch.room->head;
  JsonText text;
  text.text("room", watch.room->name).number("epoch", head.epoch).number("seq", head.seq);
  if (!head.event.empty() && head.seq >= watch.history_from)
    text.number("at", head.timestamp_ms).text("event", head.event).text("from", head.from);
  if (const Mark* const mark = mark_of(watch)) text.number("mark", mark->seq);
  if (watch.has_unread) text.number("unread", watch.unread);
  if (watch.has_unread && (watch.has_more || watch.unread >= kUnreadMax)) text.flag("more", true);
  return text.take();
}

void HeadBoard::send(Stream& stream) {
  const std::uint64_t number = stream.number;
  if (stream.shown) {
    std::string all;
    const auto append = [&all](const std::string& text) { all.append(all.empty() ? "" : ",").append(text); };
    for (const auto& [room, watch] : stream.watches) append(text_of(watch));
    for (const std::string& text : stream.refused) append(text);
    const auto shown = std::move(stream.shown);
    end(number);
    return shown({}, "{\"heads\":[" + all + "]}");
  }
  const auto take = [](std::deque<std::string>& from) {
    std::string text = std::move(from.front());
    from.pop_front();
    return text;
  };
  while (stream.sent < stream.granted && (!stream.dirty.empty() || !stream.refused.empty() || !stream.notes.empty())) {
    std::string heads, notes;
    const auto has_room = [&] { return heads.size() + notes.size() < kHeadsItemBytesMax; };
    while (has_room() && !stream.refused.empty()) heads.append(heads.empty() ? "" : ",").append(take(stream.refused));
    while (has_room() && !stream.dirty.empty()) {
      Watch* const watch = find(number, take(stream.dirty));
      if (watch == nullptr || !std::exchange(watch->is_dirty, false)) continue;
      heads.append(heads.empty() ? "" : ",").append(text_of(*watch));
    }
    std::size_t answered = 0;
    for (; has_room() && !stream.notes.empty(); ++answered) notes.append(notes.empty() ? "" : ",").append(take(stream.notes));
    if (heads.empty() && notes.empty()) break;
    ++stream.sent;
    stream.next_ms = ports_.now_ms() + kHeadsIntervalMs;
    JsonText item;
    item.raw("heads", '[' + heads + ']');
    if (!notes.empty()) item.raw("marks", '[' + notes + ']');
    stream.reply(core::ExchangeItem{item.take()});
    for (; answered > 0; --answered) settle_write(stream);
  }
  if (stream.dirty.empty() && stream.refused.empty() && stream.notes.empty()) soiled_.erase(number);
}

std::uint64_t HeadBoard::tick() {
  const std::uint64_t now_ms = ports_.now_ms();
  std::uint64_t due_ms = core::kNever;
  for (const std::uint64_t number : std::set<std::uint64_t>(soiled_)) {
    Stream& stream = streams_.at(number);
    if (stream.sent >= stream.granted || stream.shown) continue;  // its client grants more, or it is not settled
    if (stream.next_ms <= now_ms) send(stream);
    if (soiled_.contains(number) && stream.sent < stream.granted) due_ms = std::min(due_ms, stream.next_ms);
  }
  while (!turns_.empty() && asked_ < kQuestionsMax && turns_.front()->looked_ms + ports_.look_ms <= now_ms)
    look_at(*turns_.front());
  if (!turns_.empty()) due_ms = std::min(due_ms, std::max(now_ms + kHeadsIntervalMs, turns_.front()->looked_ms + ports_.look_ms));
  return due_ms;
}

void HeadBoard::show(api::HeadsRequest request, const Shown& done) {
  if (watches_ + request.rooms.size() > kWatchesMax) return done({ErrorCode::rate_limited, {}, {}}, {});
  const std::uint64_t number = kShowNumbers | ++shows_;
  Stream& stream = streams_[number];
  stream.number = number;
  stream.user = std::move(request.user);
  stream.events.insert(request.events.begin(), request.events.end());
  stream.unsettled = 1;  // until all of its rooms are there
  stream.shown = done;
  for (std::string& room : request.rooms)
    if (!stream.watches.contains(room)) add(stream, std::move(room), false, 0);
  if (--stream.unsettled == 0) send(stream);
}

}  // namespace dialogue::heads
