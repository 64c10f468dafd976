// A store may be ahead of its owner shard for a moment: records without an answer to the owner shard are not shown.
#include "server/core/owner/log_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/core/access/access.hpp"

namespace dialogue::core {
namespace {

ReadRange range_of(const Room& room, std::uint64_t from_seq, std::size_t limit, bool backwards) {
  ReadRange range;
  range.key = room.key();
  range.epoch = room.log.epoch;
  range.from_seq = from_seq;
  range.backwards = backwards;
  range.records_max = std::clamp<std::size_t>(limit, 1, kPageEventsMax);
  range.bytes_max = kPageBytesMax;
  return range;
}

/// Returns the parts of the ranges that lie in [first, last].
std::vector<SeqRange> within(const std::vector<SeqRange>& ranges, std::uint64_t first, std::uint64_t last) {
  std::vector<SeqRange> found;
  for (const SeqRange& range : ranges)
    if (const SeqRange cut{std::max(range.first, first), std::min(range.last, last)}; cut.first <= cut.last) found.push_back(cut);
  return found;
}

/// Cuts off what lies beyond the head that the owner shard knows.
void clip(LogPage& page, std::uint64_t head) {
  while (!page.records.empty() && page.records.back().seq > head) page.records.pop_back();
  page.last = std::min(page.last, head);
  page.damaged = within(page.damaged, 1, head);
}

/// Adds the damage of one page to that of the pages before it, which it stands next to.
void join_damage(std::vector<SeqRange>& all, std::vector<SeqRange> page, bool forwards) {
  std::vector<SeqRange> before = forwards ? std::move(all) : std::move(page);
  const std::vector<SeqRange> after = forwards ? std::move(page) : std::move(all);
  for (const SeqRange& range : after) {
    if (!before.empty() && before.back().last + 1 == range.first)
      before.back().last = range.last;
    else
      before.push_back(range);
  }
  all = std::move(before);
}

}  // namespace

void LogReader::read(Room& room, bool durable, ReadRange range, std::function<void(const Room*, LogPage&&)> then) {
  ++room.work;
  stores_.read(durable, std::move(range), [this, number = room.number(), then = std::move(then)](LogPage&& page) {
    Room* found = rooms_.find(number);
    if (found == nullptr) return then(nullptr, std::move(page));
    --found->work;
    clip(page, found->log.head);
    if (page.status == StoreStatus::ok) found->log.base = std::max(found->log.base, page.base);
    then(found, std::move(page));
  });
}

void LogReader::handle(Room& room, bool durable, ReadLog&& request) {
  if (request.req == 0)
    catch_up(room, durable, request);
  else
    history(room, durable, std::move(request));
}

void LogReader::catch_up(Room& room, bool durable, const ReadLog& request) {
  const Page page{room.number(), request.from_seq, request.from.shard};
  auto& askers = catching_up_[page];
  askers.push_back({request.from.connection, request.membership});
  if (askers.size() > 1) return;
  ReadRange range = range_of(room, request.from_seq, kPageEventsMax, false);
  range.purpose = ReadPurpose::catch_up;
  read(room, durable, std::move(range), [this, page](const Room* found, LogPage&& read) {
    if (found != nullptr)
      send_piece(page, *found, std::move(read));
    else
      catching_up_.erase(page);  // its members were notified that it has ended
  });
}

void LogReader::send_piece(const Page& page, const Room& room, LogPage&& read) {
  LogPiece piece;
  piece.to = std::move(catching_up_.extract(page).mapped());
  piece.room = room.number();
  piece.fault = error_of(read.status);
  piece.base = read.base;
  piece.last = read.last;
  piece.events = records_of(std::move(read.records));
  piece.damaged = std::move(read.damaged);
  effects_.post(std::get<2>(page), std::move(piece));
}

std::vector<EventRecord> LogReader::records_of(std::vector<LogRecord>&& records) const {
  std::vector<EventRecord> found;
  found.reserve(records.size());
  for (LogRecord& record : records)
    if (const auto event = config_.catalogue.find_event(record.event))
      found.push_back(
          {record.seq, record.timestamp_ms, *event, std::move(record.from), std::move(record.payload), nullptr, record.deletes});
  return found;
}

void LogReader::history(Room& room, bool durable, ReadLog&& request) {
  const auto refuse = [this](const ReadLog& asked, Error fault) {
    effects_.post(asked.from.shard,
                  HistoryResponse{asked.from.connection, asked.req, asked.room, asked.membership, std::move(fault)});
  };
  if (auto missing = missing_right(room.rules()->definition, room.id(), Right::history, *request.identity))
    return refuse(request, {ErrorCode::forbidden, std::move(*missing), {}});
  if (!request.backwards) request.from_seq = std::max(request.from_seq, request.history_from);
  ReadRange range = range_of(room, request.from_seq, request.limit, request.backwards);
  range.asker = 1 + request.from.connection * effects_.shard_count() + request.from.shard;
  read(room, durable, std::move(range), [this, refuse, request = std::move(request)](const Room* found, LogPage&& page) {
    if (found == nullptr) return refuse(request, {ErrorCode::room_deleted, {}, {}});
    if (page.status != StoreStatus::ok) return refuse(request, {error_of(page.status), {}, {}});
    const std::uint64_t lowest = request.history_from;
    HistoryResponse response{request.from.connection, request.req, request.room, request.membership, {}};
    response.epoch = found->log.epoch;
    response.base = std::max(found->log.base, lowest);
    response.head = found->log.head;
    response.first = std::max(page.first, lowest);
    response.last = std::max(page.last, lowest == 0 ? 0 : lowest - 1);
    const auto is_hidden = [lowest](const LogRecord& record) {  // what deletes is as if it had been replaced by nothing
      return record.seq < lowest || record.deletes;
    };
    std::erase_if(page.records, is_hidden);
    response.events = records_of(std::move(page.records));
    response.damaged = within(page.damaged, lowest, kSafeIntegerMax);
    effects_.post(request.from.shard, std::move(response));
  });
}

void LogReader::handle(Room& room, bool durable, HistoryQuery&& query) {
  const auto shared = std::make_shared<Query>();
  shared->asked = std::move(query);
  shared->number = room.number();
  shared->durable = durable;
  shared->result.epoch = room.log.epoch;
  shared->result.room = room.info();
  begin(shared);
}

void LogReader::handle_unused(const RulesPtr& rules, bool durable, HistoryQuery&& query) {
  RoomKey key{{}, query.room_id};
  stores_.open(durable, std::move(key), [this, rules, asked = std::move(query)](RoomOpened&& opened) mutable {
    const bool is_used = opened.state.head > 0 || rooms_.contains(asked.room_id);
    if (opened.status == StoreStatus::ok && is_used) {
      static_cast<void>(rooms_.open(asked.room_id, effects_.now().monotonic_ms));
      return effects_.post(effects_.shard(), std::move(asked));
    }
    const RoomDefinition& definition = rules->definition;
    HistoryQuery::Result result;
    result.fault.code = error_of(opened.status);
    result.epoch = opened.state.epoch;
    result.base = opened.state.base;
    result.room = {asked.room_id, definition.name.empty() ? asked.room_id : definition.name, 0, definition.max_size};
    effects_.answer(asked.call, std::move(result));
  });
}

// Times never fall along a log, so a time is found by halving.
void LogReader::find_time(const std::shared_ptr<Query>& query, SeqRange within, std::uint64_t time_ms,
                          std::function<void(std::uint64_t seq)> then) {
  Room* room = rooms_.find(query->number);
  if (room == nullptr || within.first >= within.last) return then(within.first);
  const std::uint64_t middle = within.first + (within.last - within.first) / 2;
  ReadRange range = range_of(*room, middle, 1, false);
  read(*room, query->durable, std::move(range),
       [this, query, within, middle, time_ms, then = std::move(then)](const Room* still, LogPage&& page) mutable {
         if (still == nullptr || page.status != StoreStatus::ok) return then(within.first);  // the page says what is wrong
         const bool is_later = page.records.empty() ? page.last < middle || page.last + 1 >= within.last
                                                    : page.records.front().timestamp_ms >= time_ms;
         if (is_later)
           within.last = middle;
         else
           within.first = page.records.empty() ? page.last + 1 : page.records.front().seq + 1;
         find_time(query, within, time_ms, std::move(then));
       });
}

void LogReader::begin(const std::shared_ptr<Query>& query) {
  HistoryQuery& asked = query->asked;
  const Room* room = rooms_.find(query->number);
  if (room == nullptr) return next_page(query);
  const SeqRange all{room->log.base, room->log.head + 1};
  if (const std::uint64_t from_ms = std::exchange(asked.from_ms, 0); from_ms > 0)
    return find_time(query, all, from_ms, [this, query](std::uint64_t seq) {
      query->asked.since = std::max(query->asked.since, seq - 1);
      begin(query);
    });
  if (const std::uint64_t until_ms = std::exchange(asked.until_ms, kSafeIntegerMax); until_ms < kSafeIntegerMax)
    return find_time(query, all, until_ms, [this, query](std::uint64_t seq) {
      query->asked.before = std::min(query->asked.before, seq);
      begin(query);
    });
  next_page(query);
}

void LogReader::finish(Query& query) {
  HistoryQuery::Result& result = query.result;
  const HistoryQuery& asked = query.asked;
  if (!asked.oldest_first) std::reverse(result.records.begin(), result.records.end());
  if (asked.oldest_first && asked.since + 1 < std::min(asked.before, result.head + 1)) result.next = asked.since;
  if (!asked.oldest_first && std::max(asked.since + 1, result.base) < std::min(asked.before, result.head + 1))
    result.next = asked.before;
  effects_.answer(asked.call, std::move(result));
}

void LogReader::next_page(const std::shared_ptr<Query>& query) {
  Room* room = rooms_.find(query->number);
  HistoryQuery& asked = query->asked;
  const bool forwards = asked.oldest_first;
  if (room == nullptr) {
    query->result = {.fault = {ErrorCode::room_deleted, {}, {}}, .records = {}};
    return finish(*query);
  }
  query->result.base = room->log.base;
  query->result.head = room->log.head;
  const std::uint64_t lowest = std::max(std::min(asked.since, kSafeIntegerMax - 1) + 1, room->log.base),
                      highest = std::min(asked.before, room->log.head + 1);
  std::uint64_t found = query->result.records.size();
  for (const auto& [first, last] : query->result.damaged) found += last + 1 - first;
  const std::size_t missing = asked.limit - std::min<std::uint64_t>(asked.limit, found);
  if (missing == 0 || lowest >= highest || query->looked_at >= kHistoryLookedAtMax) return finish(*query);
  const std::size_t wanted = asked.events.empty() ? missing : kPageEventsMax;
  ReadRange range = range_of(*room, forwards ? lowest : highest - 1, wanted, !forwards);
  read(*room, query->durable, std::move(range), [this, query, lowest, highest, missing](const Room* still, LogPage&& page) {
    if (still != nullptr && page.status != StoreStatus::ok) {
      query->result.fault = {error_of(page.status), {}, {}};
      query->asked.limit = 0;
    } else if (still != nullptr) {
      take(*query, std::move(page), lowest, highest, missing);
    }
    next_page(query);
  });
}

void LogReader::take(Query& query, LogPage&& page, std::uint64_t lowest, std::uint64_t highest, std::size_t missing) {
  HistoryQuery& asked = query.asked;
  const bool forwards = asked.oldest_first, is_empty = page.last < page.first;
  std::uint64_t reached = forwards ? (is_empty ? highest - 1 : page.last) : (is_empty ? lowest : page.first);
  if (!asked.events.empty()) query.looked_at += is_empty ? 0 : page.last + 1 - page.first;
  std::erase_if(page.records, [&](const LogRecord& record) {
    const bool is_of_it = record.seq >= lowest && record.seq < highest && record.event != kSnapshotEvent;
    const auto& names = asked.events;
    return !is_of_it || (!names.empty() && std::find(names.begin(), names.end(), record.event) == names.end());
  });
  if (!forwards) std::reverse(page.records.begin(), page.records.end());
  if (page.records.size() > missing) {
    page.records.resize(missing);
    reached = page.records.back().seq;
  }
  std::move(page.records.begin(), page.records.end(), std::back_inserter(query.result.records));
  const std::uint64_t first = forwards ? lowest : std::max(lowest, reached), last = forwards ? reached : highest - 1;
  join_damage(query.result.damaged, within(page.damaged, first, std::min(last, highest - 1)), forwards);
  (forwards ? asked.since : asked.before) = reached;
}

}  // namespace dialogue::core
