// Databases of earlier versions: made from one of the newest by taking away what came since, opened by the newest program.
#include "server/store/sqlite_schema.hpp"

#include "server/store/receipt_bytes.hpp"
#include "server/store/sqlite_reader.hpp"
#include "server/store/sqlite_writer.hpp"
#include "tests/server/store/sqlite_kit.hpp"

namespace dialogue::testing {
namespace {

const std::string kPath = "log.db";

SqliteOptions on(const FaultVfs& disk) { return {disk.name(), 1, {}}; }

/// As versions before 4 wrote them, on a little-endian machine.
std::string fixed_bytes(const ProducerState& producer) {
  std::string bytes;
  const auto put = [&bytes](auto number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof number); };
  for (const ProducerReceipt& receipt : producer.receipts) {
    put(receipt.hash);
    put(receipt.seq);
    put(receipt.timestamp_ms);
    put(static_cast<std::uint16_t>(receipt.refused));
  }
  return bytes;
}

void write_fixed_receipts(SqliteDatabase& database) {
  SqliteReader reader(database);
  SqliteWriter writer(database);
  SqliteStatement change(database, "UPDATE producer SET receipts = ?, checksum = ? WHERE room = ? AND key = ?");
  StoreRow store = reader.store();
  for (const RoomKey& key : workload_rooms()) {
    RoomRow room = reader.room(key, 0);
    store.rooms_sum ^= room.checksum(key);
    const std::vector<ProducerState> producers = reader.producers(room);
    room.producers_sum = 0;
    for (const ProducerState& producer : producers) {
      const std::string bytes = fixed_bytes(producer);
      const std::uint64_t checksum = producer_checksum(room, producer, ReceiptForm::fixed, bytes);
      room.producers_sum ^= checksum;
      change.run(bytes, checksum, room.id, producer.key);
    }
    writer.put_room(key, room);
    store.rooms_sum ^= room.checksum(key);
  }
  writer.put_store(store);
}

void go_back_to_version(int version, const FaultVfs& disk) {
  SqliteDatabase database(kPath, SqliteMode::write, disk.name());
  write_fixed_receipts(database);
  database.run("ALTER TABLE producer DROP COLUMN form");
  if (version < 3) database.run("DROP TABLE revocation");
  database.run("PRAGMA user_version = " + std::to_string(version));
}

std::string after_small_workload(const FaultVfs& disk) {
  SqliteLogStore store(kPath, on(disk));
  for (const Step& step : small_workload()) REQUIRE(step(store) == StoreStatus::ok);
  return text_of(store);
}

TEST_CASE("R-82 a database without revocations gets a place for them, also when the upgrade is killed at any operation") {
  for (std::uint64_t at = 1;; ++at) {
    INFO("operation " << at);
    FaultVfs disk("version2");
    const std::string before = after_small_workload(disk);
    go_back_to_version(2, disk);
    disk.plan({FaultVfs::Fault::power, at});
    const std::string refusal = refusal_of(kPath, on(disk));
    const bool has_struck = disk.has_struck();
    disk.restart(at);
    SqliteLogStore store(kPath, on(disk));
    CHECK(text_of(store) == before);
    CHECK(ask_revoke(store, {{"t-1", "", 0}, 500}, 100) == StoreStatus::ok);
    CHECK(revocations_of(store) == std::vector<std::string>{"t-1//0/500"});
    if (!has_struck) break;
  }
}

TEST_CASE("R-82 receipts of a database of version 3 are known, and are written in the newer form with the next number") {
  FaultVfs disk("version3");
  const std::string before = after_small_workload(disk);
  go_back_to_version(3, disk);
  SqliteLogStore store(kPath, on(disk));
  CHECK(text_of(store) == before);
  REQUIRE(append_step(1, 100)(store) == StoreStatus::ok);
  const std::string after = text_of(store);
  CHECK(after != before);
  SqliteDatabase database(kPath, SqliteMode::read_only, disk.name());
  CHECK(schema_version(database) == std::ssize(store_migrations()));
  CHECK(database.number("SELECT count(*) FROM producer WHERE form = 1") == std::ssize(workload_rooms()));
  CHECK(database.number("SELECT count(*) FROM producer WHERE form = 0 AND room IN (SELECT id FROM room)") == 0);
}

}  // namespace
}  // namespace dialogue::testing
