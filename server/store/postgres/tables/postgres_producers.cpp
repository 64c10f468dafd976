// See postgres_producers.hpp.
#include "server/store/postgres/tables/postgres_producers.hpp"

#include <algorithm>
#include <utility>

#include "server/store/encoding/receipt_bytes.hpp"

namespace dialogue::store {
namespace {

constexpr PostgresStatement kNews{
    "dialogue_news", "SELECT number, bytes FROM news WHERE tenant = $1::bytea AND room = $2::bigint ORDER BY number"};
constexpr PostgresStatement kRows{"dialogue_producers",
                                  "SELECT key, expected, used_ms, receipts FROM producer "
                                  "WHERE tenant = $1::bytea AND room = $2::bigint AND key = ANY($3::bytea[])"};
constexpr PostgresStatement kPut{
    "dialogue_put_producers",
    "INSERT INTO producer (tenant, room, key, expected, used_ms, newest_seq, receipts) "
    "SELECT $1::bytea, $2::bigint, x.* FROM unnest($3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[]) AS x "
    "ON CONFLICT (tenant, room, key) DO UPDATE SET expected = excluded.expected, used_ms = excluded.used_ms, "
    "newest_seq = excluded.newest_seq, receipts = excluded.receipts"};
constexpr PostgresStatement kDrop{
    "dialogue_drop_producers", "DELETE FROM producer WHERE tenant = $1::bytea AND room = $2::bigint AND key = ANY($3::bytea[])"};
constexpr PostgresStatement kDropNews{"dialogue_drop_news", "DELETE FROM news WHERE tenant = $1::bytea AND room = $2::bigint"};
constexpr PostgresStatement kEndNews{"dialogue_end_news",
                                     "UPDATE room SET news_end = 0 WHERE tenant = $1::bytea AND id = $2::bigint"};
constexpr PostgresStatement kIsOld{
    "dialogue_is_old",
    "SELECT EXISTS (SELECT FROM producer WHERE tenant = $1::bytea AND room = $2::bigint AND used_ms < $3::bigint) OR "
    "EXISTS (SELECT FROM news WHERE tenant = $1 AND room = $2 AND used_ms < $3)"};
// A page's key has two line feeds behind its user: producer_key.hpp.
constexpr PostgresStatement kDropOld{
    "dialogue_drop_old",
    "WITH gone AS (DELETE FROM producer WHERE tenant = $1::bytea AND room = $2::bigint AND key IN ("
    "SELECT key FROM producer WHERE tenant = $1 AND room = $2 AND ((used_ms < $3::bigint AND newest_seq < $4::bigint) "
    "OR (used_ms < $5::bigint AND position('\\x0a0a'::bytea IN key) > 1)) LIMIT $6::bigint) RETURNING 1) "
    "SELECT count(*) FROM gone"};
constexpr PostgresStatement kDropOf{
    "dialogue_drop_of",
    "WITH gone AS (DELETE FROM producer WHERE tenant = $1::bytea AND room = $2::bigint AND key IN ("
    "SELECT key FROM producer WHERE tenant = $1 AND room = $2 AND key >= $3::bytea AND key < $4::bytea LIMIT $5::bigint) "
    "RETURNING 1) SELECT count(*) FROM gone"};
constexpr PostgresStatement kHasNewsOf{
    "dialogue_has_news_of",
    "SELECT EXISTS (SELECT FROM news WHERE tenant = $1::bytea AND room = $2::bigint AND position($3::bytea IN bytes) > 0)"};

PostgresParameters of_room(const std::string& tenant, std::uint64_t room) {
  PostgresParameters parameters;
  parameters.add(tenant).add(room);
  return parameters;
}

}  // namespace

bool PostgresProducers::fold(const std::string& tenant, std::uint64_t room) {
  enum Column : int { kKey, kExpected, kUsed, kReceipts };
  const PostgresParameters its = of_room(tenant, room);
  const PostgresResult news = connection_.run(kNews, its);
  if (news.rows() == 0) return true;
  ProducerRows all;
  for (int row = 0; row < news.rows(); ++row) all.add_news(news.number(row, 0), news.bytes(row, 1));
  const std::optional<std::vector<std::string>> changed = all.keys_of_news();
  if (!changed) return false;
  const std::vector<std::string_view> asked(changed->begin(), changed->end());
  const PostgresResult rows = connection_.run(kRows, of_room(tenant, room).add(asked));
  for (int row = 0; row < rows.rows(); ++row)
    all.add_row(rows.text(row, kKey), rows.number(row, kExpected), rows.number(row, kUsed), rows.bytes(row, kReceipts));
  const std::optional<std::vector<core::ProducerState>> known = std::move(all).take(true);
  if (!known) return false;
  put(tenant, room, *known);
  connection_.run(kDropNews, its);
  connection_.run(kEndNews, its);
  return true;
}

void PostgresProducers::put(const std::string& tenant, std::uint64_t room, const std::vector<core::ProducerState>& producers) {
  std::vector<std::string_view> keys, evicted, receipts;
  std::vector<std::string> texts;
  std::vector<std::uint64_t> expected, used, newest;
  texts.reserve(producers.size());
  for (const core::ProducerState& each : producers) {
    if (each.expected <= 1) {
      evicted.push_back(each.key);
      continue;
    }
    keys.push_back(each.key);
    expected.push_back(each.expected);
    used.push_back(each.used_ms);
    newest.push_back(newest_record_of(each));
    receipts.push_back(texts.emplace_back(receipts_to_bytes(each.receipts)));
  }
  connection_.run(kPut, of_room(tenant, room).add(keys).add(expected).add(used).add(newest).add(receipts));
  connection_.run(kDrop, of_room(tenant, room).add(evicted));
}

std::uint64_t PostgresProducers::drop_old(const std::string& tenant, std::uint64_t room, std::uint64_t base, const Age& age,
                                          std::uint64_t rows_max) {
  const std::uint64_t newest_ms = std::max(age.before_ms, age.pages_before_ms);
  if (newest_ms == 0) return 0;
  // A producer that is old by its row may have news, and one with old news may have no row.
  if (connection_.run(kIsOld, of_room(tenant, room).add(newest_ms)).number(0, 0) == 0) return 0;
  if (!fold(tenant, room)) return 0;
  const PostgresResult gone =
      connection_.run(kDropOld, of_room(tenant, room).add(age.before_ms).add(base).add(age.pages_before_ms).add(rows_max));
  return gone.number(0, 0);
}

std::uint64_t PostgresProducers::drop_of(const std::string& tenant, std::uint64_t room, std::string_view prefix,
                                         std::uint64_t rows_max) {
  if (connection_.run(kHasNewsOf, of_room(tenant, room).add(prefix)).number(0, 0) != 0) static_cast<void>(fold(tenant, room));
  std::string end(prefix);
  ++end.back();
  return connection_.run(kDropOf, of_room(tenant, room).add(prefix).add(end).add(rows_max)).number(0, 0);
}

}  // namespace dialogue::store
