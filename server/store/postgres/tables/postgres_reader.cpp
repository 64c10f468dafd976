// See postgres_reader.hpp.
#include "server/store/postgres/tables/postgres_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/store/erasure/user_walk.hpp"
#include "server/store/log_rules.hpp"
#include "server/store/postgres/tables/postgres_producers.hpp"

namespace dialogue::store {
namespace {

constexpr std::uint64_t kRowsMax = std::numeric_limits<std::int64_t>::max();

// What the room has, its producers' rows, and its news, as rows of one kind.
constexpr PostgresStatement kOpen{
    "dialogue_open",
    "WITH r AS MATERIALIZED (SELECT * FROM find_room($1::bytea, $2::bytea, 0)) "
    "SELECT 0::bigint AS kind, ''::bytea, r.epoch, r.base, r.head, r.timestamp_ms, ''::bytea FROM r UNION ALL "
    "SELECT 1, p.key, p.expected, p.used_ms, 0, 0, p.receipts FROM producer AS p, r WHERE p.tenant = $1 AND p.room = r.id "
    "UNION ALL SELECT 2, ''::bytea, n.number, n.used_ms, 0, 0, n.bytes FROM news AS n, r WHERE n.tenant = $1 AND n.room = r.id"};

// A page: `before` are the bytes of payloads that stand before a record in it. The first that does not fit comes without payload.
constexpr PostgresStatement kReadForwards{
    "dialogue_read_forwards",
    "SELECT r.epoch, r.base, r.head, x.seq, x.timestamp_ms, x.event, x.sender, x.grp, x.deletes, x.size, "
    "CASE WHEN x.before = 0 OR x.before + x.size <= $5::bigint THEN x.payload END "
    "FROM find_room($1::bytea, $2::bytea, $3::bigint) AS r LEFT JOIN LATERAL ("
    "SELECT c.*, octet_length(c.payload)::bigint AS size, "
    "(sum(octet_length(c.payload)) OVER w - octet_length(c.payload))::bigint AS before FROM (SELECT * FROM record AS l "
    "WHERE l.tenant = $1 AND l.room = r.id AND l.seq >= greatest($4::bigint, r.base) AND l.seq <= r.head "
    "ORDER BY l.seq LIMIT $6::bigint) AS c WINDOW w AS (ORDER BY c.seq)) AS x ON r.epoch = $3 AND x.before <= $5 ORDER BY x.seq"};
constexpr PostgresStatement kReadBackwards{
    "dialogue_read_backwards",
    "SELECT r.epoch, r.base, r.head, x.seq, x.timestamp_ms, x.event, x.sender, x.grp, x.deletes, x.size, "
    "CASE WHEN x.before = 0 OR x.before + x.size <= $5::bigint THEN x.payload END "
    "FROM find_room($1::bytea, $2::bytea, $3::bigint) AS r LEFT JOIN LATERAL ("
    "SELECT c.*, octet_length(c.payload)::bigint AS size, "
    "(sum(octet_length(c.payload)) OVER w - octet_length(c.payload))::bigint AS before FROM (SELECT * FROM record AS l "
    "WHERE l.tenant = $1 AND l.room = r.id AND l.seq >= r.base AND l.seq <= least($4::bigint, r.head) "
    "ORDER BY l.seq DESC LIMIT $6::bigint) AS c WINDOW w AS (ORDER BY c.seq DESC)) AS x ON r.epoch = $3 AND x.before <= $5 "
    "ORDER BY x.seq DESC"};

constexpr PostgresStatement kListKept{"dialogue_list_kept",
                                      "SELECT * FROM list_kept(''::bytea, $1::bigint, $2::bigint, $3::bigint)"};
constexpr PostgresStatement kRoomsAfter{
    "dialogue_rooms_after",
    "SELECT r.tenant, r.name, r.id, 1 + (r.seed # s.identity), r.base, r.keep_ms FROM room AS r, store AS s "
    "WHERE (r.tenant, r.name) > ($1::bytea, $2::bytea) ORDER BY r.tenant, r.name LIMIT $3::bigint"};
constexpr PostgresStatement kRoom{"dialogue_room", "SELECT id, epoch, base FROM find_room($1::bytea, $2::bytea, 0)"};
constexpr PostgresStatement kAuthors{
    "dialogue_authors",
    "SELECT seq, ($3::bytea = ''::bytea OR sender = $3) FROM record "
    "WHERE tenant = $1::bytea AND room = $2::bigint AND seq > $4::bigint ORDER BY seq LIMIT $5::bigint"};
constexpr PostgresStatement kRecords{
    "dialogue_records",
    "SELECT seq, timestamp_ms, event, sender, grp, deletes, payload FROM (SELECT *, "
    "sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS before FROM record "
    "WHERE tenant = $1::bytea AND room = $2::bigint AND seq = ANY($3::bigint[])) AS c WHERE before < $4::bigint ORDER BY seq"};
constexpr PostgresStatement kHeads{"dialogue_heads",
                                   "SELECT r.epoch, r.head FROM unnest($1::bytea[], $2::bytea[], $3::bigint[]) WITH ORDINALITY "
                                   "AS t(tenant, name, known, place), "
                                   "LATERAL find_room(t.tenant, t.name, t.known) AS r ORDER BY t.place"};
constexpr PostgresStatement kKeptHead{
    "dialogue_kept_version", "SELECT 1 + s.identity, h.version FROM kept_head AS h, store AS s WHERE h.tenant = ''::bytea"};

/// A number that is compared with int8.
std::uint64_t bounded(std::uint64_t number) { return std::min(number, kRowsMax); }

core::LogRecord record_from(const PostgresResult& rows, int row, int column) {
  core::LogRecord record;
  record.seq = rows.number(row, column++);
  record.timestamp_ms = rows.number(row, column++);
  for (std::string* text : {&record.event, &record.from, &record.group}) *text = rows.text(row, column++);
  record.deletes = rows.number(row, column) != 0;
  return record;
}

}  // namespace

core::RoomOpened PostgresReader::open(const core::RoomKey& key) {
  enum Column : int { kKind, kKey, kA, kB, kC, kD, kBytes };
  const PostgresResult rows = connection_.run(kOpen, PostgresParameters().add(key.tenant).add(key.room));
  core::RoomOpened opened;
  ProducerRows producers;
  for (int row = 0; row < rows.rows(); ++row) {
    const std::uint64_t kind = rows.number(row, kKind), a = rows.number(row, kA), b = rows.number(row, kB);
    if (kind == 0) {
      opened.state = {a, b, rows.number(row, kC), rows.number(row, kD), {}};
    } else if (kind == 1) {
      producers.add_row(rows.text(row, kKey), a, b, rows.bytes(row, kBytes));
    } else {
      producers.add_news(a, rows.bytes(row, kBytes));
    }
  }
  std::optional<std::vector<core::ProducerState>> known = std::move(producers).take();
  if (!known) return {core::StoreStatus::damaged, {}};
  opened.state.producers = std::move(*known);
  return opened;
}

core::LogPage PostgresReader::read(const core::ReadRange& range) {
  enum Column : int { kEpoch, kBase, kHead, kSeq, kTime, kEvent, kSender, kGroup, kDeletes, kSize, kPayload };
  const std::uint64_t records_max = bounded(std::max<std::size_t>(range.records_max, 1) + 1);
  const PostgresResult rows = connection_.run(range.backwards ? kReadBackwards : kReadForwards, PostgresParameters()
                                                                                                    .add(range.key.tenant)
                                                                                                    .add(range.key.room)
                                                                                                    .add(range.epoch)
                                                                                                    .add(bounded(range.from_seq))
                                                                                                    .add(bounded(range.bytes_max))
                                                                                                    .add(records_max));
  core::LogPage page{core::StoreStatus::ok, rows.number(0, kBase), rows.number(0, kHead), 1, 0, {}};
  if (rows.number(0, kEpoch) != range.epoch) {
    page.status = core::StoreStatus::stale;
    return page;
  }
  page.first = range.backwards ? page.base : std::max(range.from_seq, page.base);
  page.last = range.backwards ? std::min(range.from_seq, page.head) : page.head;
  std::size_t bytes = 0;
  for (int row = 0; row < rows.rows() && !rows.is_null(row, kSeq); ++row) {
    const std::uint64_t seq = rows.number(row, kSeq), size = rows.number(row, kSize);
    if (is_page_full(range, page.records.size(), bytes, size)) {
      (range.backwards ? page.first : page.last) = range.backwards ? seq + 1 : seq - 1;
      break;
    }
    bytes += size;
    page.records.push_back(record_from(rows, row, kSeq));
    page.records.back().payload = rows.text(row, kPayload);
  }
  if (range.backwards) std::reverse(page.records.begin(), page.records.end());
  return page;
}

KeptList PostgresReader::list_kept(const KeptQuery& query) {
  enum Column : int { kEpoch, kVersion, kWhole, kKey, kValue, kEntryVersion, kExpires, kRemoved };
  const PostgresResult rows = connection_.run(
      kListKept, PostgresParameters().add(static_cast<std::uint64_t>(query.kind)).add(query.epoch).add(bounded(query.after)));
  KeptList list{core::StoreStatus::ok, rows.number(0, kEpoch), rows.number(0, kVersion), rows.number(0, kWhole) != 0};
  for (int row = 0; row < rows.rows() && !rows.is_null(row, kKey); ++row) {
    KeptEntry entry{query.kind, rows.text(row, kKey), rows.text(row, kValue), rows.number(row, kEntryVersion),
                    rows.number(row, kExpires)};
    entry.is_removed = rows.number(row, kRemoved) != 0;
    list.entries.push_back(std::move(entry));
  }
  return list;
}

std::vector<PostgresReader::Room> PostgresReader::rooms_after(const core::RoomKey& after, std::uint64_t rooms_max) {
  const PostgresResult rows = connection_.run(kRoomsAfter, PostgresParameters().add(after.tenant).add(after.room).add(rooms_max));
  std::vector<Room> found;
  for (int row = 0; row < rows.rows(); ++row)
    found.push_back({{rows.text(row, 0), rows.text(row, 1)},
                     rows.number(row, 2),
                     rows.number(row, 3),
                     rows.number(row, 4),
                     rows.number(row, 5)});
  return found;
}

RoomsPage PostgresReader::list_rooms(const core::RoomKey& after) {
  RoomsPage page;
  for (Room& each : rooms_after(after, kRoomsPerPageMax)) page.rooms.push_back({std::move(each.key), each.keep_ms});
  return page;
}

PostgresReader::Room PostgresReader::room(const core::RoomKey& key) {
  const PostgresResult rows = connection_.run(kRoom, PostgresParameters().add(key.tenant).add(key.room));
  return {key, rows.number(0, 0), rows.number(0, 1), rows.number(0, 2)};
}

PostgresReader::Found PostgresReader::records_of(const Room& room, std::string_view user_id, std::uint64_t after,
                                                 std::uint64_t looks_max, std::size_t found_max) {
  const PostgresResult rows = connection_.run(
      kAuthors, PostgresParameters().add(room.key.tenant).add(room.id).add(user_id).add(bounded(after)).add(bounded(looks_max)));
  Found found;
  std::uint64_t last = after;
  for (int row = 0; row < rows.rows(); ++row) {
    if (found.sequences.size() >= found_max) {
      found.stopped_at = last;
      return found;
    }
    ++found.looked_at;
    last = rows.number(row, 0);
    if (rows.number(row, 1) != 0) found.sequences.push_back(last);
  }
  if (found.looked_at >= looks_max) found.stopped_at = last;
  return found;
}

std::vector<core::LogRecord> PostgresReader::records(const Room& room, const std::vector<std::uint64_t>& sequences) {
  constexpr int kPayload = 6;
  const PostgresResult rows = connection_.run(
      kRecords, PostgresParameters().add(room.key.tenant).add(room.id).add(sequences).add(std::uint64_t{kUserBytesPerStepMax}));
  std::vector<core::LogRecord> found;
  for (int row = 0; row < rows.rows(); ++row) {
    found.push_back(record_from(rows, row, 0));
    found.back().payload = rows.text(row, kPayload);
  }
  return found;
}

std::optional<PostgresReader::Room> PostgresReader::find_room(const core::RoomKey& key) {
  const Room found = room(key);
  return found.id == 0 ? std::nullopt : std::optional(found);
}

UserPage PostgresReader::find_user(const UserQuery& query) { return find_user_in_rooms(*this, query); }

std::vector<PostgresReader::Position> PostgresReader::heads(const std::vector<core::RoomKey>& keys,
                                                            const std::vector<std::uint64_t>& known) {
  std::vector<std::string_view> tenants, names;
  for (const core::RoomKey& key : keys) {
    tenants.push_back(key.tenant);
    names.push_back(key.room);
  }
  const PostgresResult rows = connection_.run(kHeads, PostgresParameters().add(tenants).add(names).add(known));
  std::vector<Position> found;
  for (int row = 0; row < rows.rows(); ++row) found.push_back({rows.number(row, 0), rows.number(row, 1)});
  return found;
}

PostgresReader::Position PostgresReader::kept_version() {
  const PostgresResult rows = connection_.run(kKeptHead);
  return {rows.number(0, 0), rows.number(0, 1)};
}

}  // namespace dialogue::store
