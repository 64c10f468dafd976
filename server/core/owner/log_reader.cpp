// A store may be ahead of its owner shard for a moment: what the owner shard was not told yet is not shown.
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

/// What of the ranges lies in [first, last].
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
  askers.push_back(request.from.connection);
  if (askers.size() > 1) return;
  ReadRange range = range_of(room, request.from_seq, kPageEventsMax, false);
  range.purpose = ReadPurpose::catch_up;
  read(room, durable, std::move(range), [this, page](const Room* found, LogPage&& read) {
    if (found != nullptr)
      send_piece(page, *found, std::move(read));
    else
      catching_up_.erase(page);  // its members were told that it has ended
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
      found.push_back({record.seq, record.timestamp_ms, *event, std::move(record.from), std::move(record.payload)});
  return found;
}

void LogReader::history(Room& room, bool durable, ReadLog&& request) {
  const auto refuse = [this](const ReadLog& asked, Error fault) {
    effects_.post(asked.from.shard, HistoryResponse{asked.from.connection, asked.req, std::move(fault)});
  };
  if (auto missing = missing_right(room.rules()->definition, room.id(), Right::history, *request.identity))
    return refuse(request, {ErrorCode::forbidden, std::move(*missing), {}});
  ReadRange range = range_of(room, request.from_seq, request.limit, request.backwards);
  range.asker = 1 + request.from.connection * effects_.shard_count() + request.from.shard;
  read(room, durable, std::move(range), [this, refuse, request = std::move(request)](const Room* found, LogPage&& page) {
    if (found == nullptr) return refuse(request, {ErrorCode::room_deleted, {}, {}});
    if (page.status != StoreStatus::ok) return refuse(request, {error_of(page.status), {}, {}});
    HistoryResponse response{request.from.connection, request.req, {}, found->log.epoch, found->log.base, found->log.head};
    response.first = page.first;
    response.last = page.last;
    response.events = records_of(std::move(page.records));
    response.damaged = std::move(page.damaged);
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
  next_page(shared);
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

void LogReader::finish(Query& query) {
  if (!query.asked.oldest_first) std::reverse(query.result.records.begin(), query.result.records.end());
  effects_.answer(query.asked.call, std::move(query.result));
}

void LogReader::next_page(const std::shared_ptr<Query>& query) {
  Room* room = rooms_.find(query->number);
  HistoryQuery& asked = query->asked;
  const bool forwards = asked.oldest_first;
  if (room == nullptr) {
    query->result.fault = {ErrorCode::room_deleted, {}, {}};
    return finish(*query);
  }
  query->result.base = room->log.base;
  query->result.head = room->log.head;
  const std::uint64_t lowest = std::max(std::min(asked.since, kSafeIntegerMax) + 1, room->log.base),
                      highest = std::min(asked.before, room->log.head + 1);
  std::uint64_t found = query->result.records.size();
  for (const auto& [first, last] : query->result.damaged) found += last + 1 - first;
  const std::size_t missing = asked.limit - std::min<std::uint64_t>(asked.limit, found);
  if (missing == 0 || lowest >= highest) return finish(*query);
  ReadRange range = range_of(*room, forwards ? lowest : highest - 1, missing, !forwards);
  read(*room, query->durable, std::move(range), [this, query, lowest, highest, forwards](const Room* still, LogPage&& page) {
    if (still != nullptr && page.status != StoreStatus::ok) {
      query->result.fault = {error_of(page.status), {}, {}};
      query->asked.limit = 0;
      return next_page(query);
    }
    std::erase_if(page.records, [&](const LogRecord& record) { return record.seq < lowest || record.seq >= highest; });
    if (!forwards) std::reverse(page.records.begin(), page.records.end());
    std::move(page.records.begin(), page.records.end(), std::back_inserter(query->result.records));
    join_damage(query->result.damaged, within(page.damaged, lowest, highest - 1), forwards);
    const bool is_empty = page.last < page.first;
    if (forwards)
      query->asked.since = is_empty ? highest : page.last;
    else
      query->asked.before = is_empty ? lowest : page.first;
    next_page(query);
  });
}

}  // namespace dialogue::core
