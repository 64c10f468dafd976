// See sqlite_producers.hpp. News are numbered by the bytes before them, so that the next number is also how many bytes there are.
#include "server/store/sqlite/tables/sqlite_producers.hpp"

#include <algorithm>
#include <utility>

#include "server/core/log/producer_ring.hpp"
#include "server/store/encoding/receipt_bytes.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {
namespace {

constexpr const char* kProducerColumns = "key, expected, used_ms, checksum, form, receipts";

struct ProducerRow {
  core::ProducerState state;
  std::uint64_t checksum = 0;
};

/// A row of kProducerColumns; throws when it is damaged.
ProducerRow producer_from(const SqliteRows& rows, const RoomRow& room) {
  constexpr int kKey = 0, kExpected = 1, kUsed = 2, kChecksum = 3, kForm = 4, kReceipts = 5;
  const std::string_view bytes = rows.text(kReceipts);
  if (rows.number(kForm) > static_cast<std::uint64_t>(ReceiptForm::deltas)) throw_damage("a producer is damaged");
  const auto form = static_cast<ReceiptForm>(rows.number(kForm));
  std::optional<std::vector<core::ProducerReceipt>> receipts = receipts_from_bytes(form, bytes);
  if (!receipts) throw_damage("a producer is damaged");
  ProducerRow row{{std::string(rows.text(kKey)), rows.number(kExpected), std::move(*receipts), rows.number(kUsed)},
                  rows.number(kChecksum)};
  if (row.checksum != producer_checksum(room, row.state, form, bytes)) throw_damage("a producer is damaged");
  return row;
}

std::vector<core::ProducerState> values_of(std::map<std::string, core::ProducerState> producers) {
  std::vector<core::ProducerState> values;
  for (auto& [key, producer] : producers) values.push_back(std::move(producer));
  return values;
}

}  // namespace

SqliteProducerReader::SqliteProducerReader(SqliteDatabase& database)
    : rows_(database, "SELECT " + std::string(kProducerColumns) + " FROM producer WHERE room = ?"),
      row_(database, "SELECT " + std::string(kProducerColumns) + " FROM producer WHERE room = ? AND key = ?"),
      news_(database, "SELECT number, checksum, bytes FROM news WHERE room = ? ORDER BY number") {}

std::vector<core::ProducerState> SqliteProducerReader::all(const RoomRow& room) {
  Producers known;
  std::uint64_t sum = 0;
  for (SqliteRows rows = rows_.query(room.id); rows.next();) {
    ProducerRow row = producer_from(rows, room);
    sum ^= row.checksum;
    std::string key = row.state.key;
    known.emplace_hint(known.end(), std::move(key), std::move(row.state));
  }
  sum ^= take_all_news(room, known, false);
  if (sum != room.producers_sum) throw_damage("a producer is missing");
  std::erase_if(known, [](const auto& entry) { return entry.second.expected <= 1; });
  return values_of(std::move(known));
}

std::vector<core::ProducerState> SqliteProducerReader::with_news(const RoomRow& room) {
  Producers known;
  take_all_news(room, known, true);
  return values_of(std::move(known));
}

std::uint64_t SqliteProducerReader::take_all_news(const RoomRow& room, Producers& known, bool asks) {
  constexpr int kNumber = 0, kChecksum = 1, kBytes = 2;
  std::uint64_t sum = 0;
  for (SqliteRows rows = news_.query(room.id); rows.next();) {
    const std::string_view bytes = rows.text(kBytes);
    const std::optional<std::vector<core::ProducerDelta>> news = deltas_from_bytes(bytes);
    if (!news || rows.number(kChecksum) != news_checksum(room, rows.number(kNumber), bytes))
      throw_damage("a change of producers is damaged");
    sum ^= rows.number(kChecksum);
    for (const core::ProducerDelta& each : *news) {
      const auto [place, is_new] = known.try_emplace(each.key, core::ProducerState{each.key, 1, {}, 0});
      if (is_new && asks)
        if (SqliteRows row = row_.query(room.id, each.key); row.next()) place->second = producer_from(row, room).state;
      core::apply_delta(place->second, each);
    }
  }
  return sum;
}

SqliteProducers::SqliteProducers(SqliteDatabase& database, std::size_t news_bytes_max)
    : news_bytes_max_(news_bytes_max),
      reader_(database),
      find_sum_(database, "SELECT checksum FROM producer WHERE room = ? AND key = ?"),
      put_(database,
           "INSERT OR REPLACE INTO producer (room, key, expected, used_ms, newest_seq, checksum, receipts, form) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      // A page's key has two line feeds behind its user: producer_key.hpp.
      old_(database,
           "SELECT key FROM producer WHERE room = ?1 AND ((used_ms < ?2 AND newest_seq < ?3) OR "
           "(used_ms < ?4 AND instr(key, char(10) || char(10)) > 1)) LIMIT ?5"),
      drop_(database, "DELETE FROM producer WHERE room = ? AND key = ? RETURNING checksum"),
      add_news_(database, "INSERT INTO news (room, number, used_ms, checksum, bytes) VALUES (?, ?, ?, ?, ?)"),
      news_end_(database, "SELECT number + length(bytes) FROM news WHERE room = ? ORDER BY number DESC LIMIT 1"),
      first_news_(database, "SELECT used_ms FROM news WHERE room = ? ORDER BY number LIMIT 1"),
      drop_news_(database, "DELETE FROM news WHERE room = ? RETURNING checksum"),
      news_of_(database, "SELECT number FROM news WHERE room = ? AND instr(bytes, ?) > 0 LIMIT 1"),
      rows_of_(database, "SELECT key FROM producer WHERE room = ? AND key >= ? AND key < ? LIMIT ?") {}

void SqliteProducers::add(RoomRow& room, const std::vector<core::ProducerDelta>& producers) {
  if (producers.empty()) return;
  const std::string bytes = deltas_to_bytes(producers);
  std::uint64_t& end = news_ends_.number(room.id, "", [&] { return news_end_.number(room.id); });
  std::uint64_t used_ms = producers[0].used_ms;
  for (const core::ProducerDelta& producer : producers) used_ms = std::min(used_ms, producer.used_ms);
  const std::uint64_t checksum = news_checksum(room, end, bytes);
  add_news_.run(room.id, end, used_ms, checksum, SqliteBlob{bytes});
  room.producers_sum ^= checksum;
  end += bytes.size();
  if (end > news_bytes_max_) fold(room);
}

void SqliteProducers::fold(RoomRow& room) {
  for (const core::ProducerState& producer : reader_.with_news(room)) {
    if (producer.expected > 1)
      put(room, producer);
    else
      drop(room, producer.key);
  }
  for (SqliteRows rows = drop_news_.query(room.id); rows.next();) room.producers_sum ^= rows.number(0);
  news_ends_.forget(room.id, "");
}

void SqliteProducers::put(RoomRow& room, const core::ProducerState& producer) {
  const std::string receipts = receipts_to_bytes(producer.receipts);
  const std::uint64_t checksum = producer_checksum(room, producer, ReceiptForm::deltas, receipts);
  std::uint64_t& known = sums_.number(room.id, producer.key, [&] { return find_sum_.number(room.id, producer.key); });
  put_.run(room.id, producer.key, producer.expected, producer.used_ms, newest_sequence(producer), checksum, receipts,
           static_cast<std::uint64_t>(ReceiptForm::deltas));
  room.producers_sum ^= std::exchange(known, checksum) ^ checksum;
}

void SqliteProducers::drop(RoomRow& room, const std::string& key) {
  for (SqliteRows rows = drop_.query(room.id, key); rows.next();) room.producers_sum ^= rows.number(0);
  sums_.forget(room.id, key);
}

bool SqliteProducers::drop_old(RoomRow& room, const Age& age, std::size_t rows_max) {
  std::vector<std::string> old = old_rows(room, age, rows_max);
  // A producer that is old by its row may have news, and one with old news may have no row.
  if (!old.empty() || has_old_news(room, age)) {
    fold(room);
    old = old_rows(room, age, rows_max);
  }
  for (const std::string& key : old) drop(room, key);
  return old.size() == rows_max;
}

bool SqliteProducers::has_old_news(const RoomRow& room, const Age& age) {
  SqliteRows rows = first_news_.query(room.id);
  return rows.next() && rows.number(0) < std::max(age.before_ms, age.pages_before_ms);
}

std::vector<std::string> SqliteProducers::old_rows(const RoomRow& room, const Age& age, std::size_t rows_max) {
  std::vector<std::string> keys;
  for (SqliteRows rows = old_.query(room.id, age.before_ms, room.base, age.pages_before_ms, rows_max); rows.next();)
    keys.emplace_back(rows.text(0));
  return keys;
}

std::size_t SqliteProducers::drop_of(RoomRow& room, std::string_view prefix, std::size_t rows_max) {
  if (news_of_.query(room.id, SqliteBlob{prefix}).next()) fold(room);
  std::string end(prefix);
  ++end.back();
  std::vector<std::string> keys;
  for (SqliteRows rows = rows_of_.query(room.id, prefix, std::string_view(end), rows_max); rows.next();)
    keys.emplace_back(rows.text(0));
  for (const std::string& key : keys) drop(room, key);
  return keys.size();
}

void SqliteProducers::forget() {
  sums_.forget();
  news_ends_.forget();
}

}  // namespace dialogue::store
