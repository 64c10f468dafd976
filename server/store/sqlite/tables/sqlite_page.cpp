// See sqlite_page.hpp.
#include "server/store/sqlite/tables/sqlite_page.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/store/log_rules.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {
namespace {

std::string select(const char* columns, const char* order, const char* limit = "") {
  return "SELECT " + std::string(columns) + " FROM record WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq " + order + limit;
}

std::uint64_t size_of(const core::SeqRange& range) { return range.last + 1 - range.first; }

/// Returns the ranges of the page without records.
std::vector<core::SeqRange> holes_of(const core::LogPage& page) {
  std::vector<core::SeqRange> holes;
  std::uint64_t next = page.first;
  const auto add_up_to = [&](std::uint64_t end) {
    if (next < end) holes.push_back({next, end - 1});
    next = end + 1;
  };
  for (const core::LogRecord& record : page.records) add_up_to(record.seq);
  add_up_to(page.last + 1);
  return holes;
}

void rethrow_unless_damage(const SqliteError& fault) {
  if (store_status(fault) != core::StoreStatus::damaged) throw fault;
}

}  // namespace

SqlitePageReader::SqlitePageReader(SqliteDatabase& database, CheckedLogs& checked)
    : checked_(checked),
      forwards_(database, select(kRecordColumns, "ASC")),
      backwards_(database, select(kRecordColumns, "DESC")),
      nearest_forwards_(database, select("seq", "ASC", " LIMIT 1")),
      nearest_backwards_(database, select("seq", "DESC", " LIMIT 1")),
      sums_(database, "SELECT checksum FROM record WHERE room = ?") {}

core::LogPage SqlitePageReader::read(const core::ReadRange& range, const RoomRow& room) {
  core::LogPage page{core::StoreStatus::ok, room.base, room.head, 1, 0, {}};
  page.first = range.backwards ? room.base : std::max(range.from_seq, room.base);
  page.last = range.backwards ? std::min(range.from_seq, room.head) : room.head;
  if (page.last < page.first) return page;
  std::vector<core::SeqRange> bad = scan(range, room, page);
  if (range.backwards) {
    std::reverse(page.records.begin(), page.records.end());
    std::reverse(bad.begin(), bad.end());
  }
  if (page.last < page.first) return page;
  std::vector<core::SeqRange> holes = holes_of(page);
  page.damaged = holes.empty() || are_holes_right(room) ? std::move(bad) : std::move(holes);
  return page;
}

std::vector<core::SeqRange> SqlitePageReader::scan(const core::ReadRange& range, const RoomRow& room, core::LogPage& page) {
  std::vector<core::SeqRange> bad;
  core::SeqRange rest{page.first, page.last};
  const auto pass = [&](const core::SeqRange& seen) {
    if (range.backwards)
      rest.last = seen.first - 1;
    else
      rest.first = seen.last + 1;
  };
  const auto end_page = [&](const core::SeqRange& left) {
    if (range.backwards)
      page.first = left.last + 1;
    else
      page.last = left.first - 1;
  };
  const auto add_bad = [&](const core::SeqRange& lost) {
    core::SeqRange* const neighbour = bad.empty() ? nullptr : &bad.back();
    if (neighbour != nullptr && neighbour->last + 1 == lost.first)
      neighbour->last = lost.last;
    else if (neighbour != nullptr && lost.last + 1 == neighbour->first)
      neighbour->first = lost.first;
    else
      bad.push_back(lost);
  };
  std::size_t bytes = 0, steps = 0;
  while (rest.first <= rest.last) {
    try {
      SqliteStatement& search = range.backwards ? backwards_ : forwards_;
      for (SqliteRows rows = search.query(room.id, rest.first, rest.last); rows.next(); ++steps) {
        const std::uint64_t seq = rows.number(0);
        if (seq < rest.first || seq > rest.last) throw_damage("records are out of order");
        std::optional<core::LogRecord> record = record_from(rows, room);
        const std::size_t size = record ? record->payload.size() : 0;
        if (is_page_full(range, steps, bytes, size)) {
          end_page({seq, seq});
          return bad;
        }
        bytes += size;
        if (record)
          page.records.push_back(std::move(*record));
        else
          add_bad({seq, seq});
        pass({seq, seq});
      }
      return bad;
    } catch (const SqliteError& fault) {
      rethrow_unless_damage(fault);
      if (steps > 0 && steps >= range.records_max) {
        end_page(rest);
        return bad;
      }
      const core::SeqRange lost = unreadable(room, rest, range.backwards);
      add_bad(lost);
      pass(lost);
      ++steps;
    }
  }
  return bad;
}

// As many sequences as it takes until the rest can be searched: doubled until it is too many, then halved between.
core::SeqRange SqlitePageReader::unreadable(const RoomRow& room, core::SeqRange rest, bool backwards) {
  const auto after = [&](std::uint64_t count) {
    return backwards ? core::SeqRange{rest.first, rest.last - count} : core::SeqRange{rest.first + count, rest.last};
  };
  const std::uint64_t all = size_of(rest);
  std::uint64_t too_few = 0, enough = 1;
  while (enough < all && !nearest(room, after(enough), backwards)) {
    too_few = enough;
    enough = std::min(2 * enough, all);
  }
  while (enough - too_few > 1) {
    const std::uint64_t middle = too_few + (enough - too_few) / 2;
    (nearest(room, after(middle), backwards) ? enough : too_few) = middle;
  }
  const std::uint64_t next = enough >= all ? 0 : nearest(room, after(enough), backwards).value_or(0);
  if (next == 0) return rest;
  return backwards ? core::SeqRange{next + 1, rest.last} : core::SeqRange{rest.first, next - 1};
}

std::optional<std::uint64_t> SqlitePageReader::nearest(const RoomRow& room, core::SeqRange rest, bool backwards) {
  try {
    const std::uint64_t seq = (backwards ? nearest_backwards_ : nearest_forwards_).number(room.id, rest.first, rest.last);
    return seq == 0 || (seq >= rest.first && seq <= rest.last) ? std::optional(seq) : std::nullopt;
  } catch (const SqliteError& fault) {
    rethrow_unless_damage(fault);
    return std::nullopt;
  }
}

bool SqlitePageReader::are_holes_right(const RoomRow& room) {
  if (!room.is_grouped) return false;
  if (checked_.contains(room.id)) return true;
  if (!is_whole(room)) return false;
  checked_.add(room.id);
  return true;
}

bool SqlitePageReader::is_whole(const RoomRow& room) {
  std::uint64_t sum = 0;
  try {
    for (SqliteRows rows = sums_.query(room.id); rows.next();) sum ^= rows.number(0);
  } catch (const SqliteError& fault) {
    rethrow_unless_damage(fault);
    return false;
  }
  return sum == room.records_sum;
}

}  // namespace dialogue::store
