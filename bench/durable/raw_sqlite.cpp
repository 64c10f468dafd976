// What SQLite can do at best in the pattern of a durable room: N publishers who each wait for their acknowledgement, one writer
// that puts everything that waits into one transaction (an event and its producer's row each), WAL, synchronous = FULL.
//   bench_raw_sqlite PATH PUBLISHERS SECONDS [on|off KEPT]
// Prints acknowledgements per second. The last two: whether deleted bytes are overwritten (secure_delete), and how many events
// are kept, so that each transaction deletes as many as it appends.
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kPayloadBytes = 60;

void check(int code, sqlite3* database) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  std::fprintf(stderr, "%s\n", sqlite3_errmsg(database));
  std::exit(1);
}

void run(sqlite3* database, const char* sql) { check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), database); }

sqlite3_stmt* prepared(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), database);
  return statement;
}

/// Who waits for an acknowledgement, and of what.
struct Queue {
  std::mutex mutex;
  std::condition_variable arrived, committed;
  std::vector<int> waiting;
  std::vector<std::uint64_t> acknowledged;
  bool ended = false;
};

void publish(Queue& queue, int publisher, std::atomic<std::uint64_t>& count) {
  std::unique_lock lock(queue.mutex);
  while (!queue.ended) {
    const std::uint64_t before = queue.acknowledged[publisher];
    queue.waiting.push_back(publisher);
    queue.arrived.notify_one();
    queue.committed.wait(lock, [&] { return queue.ended || queue.acknowledged[publisher] != before; });
    ++count;
  }
}

void write(Queue& queue, sqlite3* database, std::int64_t kept) {
  sqlite3_stmt* const event = prepared(database, "INSERT INTO events VALUES (1, ?, 'message', 'user', 1700000000000, ?)");
  sqlite3_stmt* const producer = prepared(database, "INSERT OR REPLACE INTO producers VALUES (1, ?, ?)");
  sqlite3_stmt* const trim = prepared(database, "DELETE FROM events WHERE room = 1 AND seq <= ?");
  const std::string payload(kPayloadBytes, 'x');
  std::int64_t seq = 0;
  std::vector<int> batch;
  for (;;) {
    {
      std::unique_lock lock(queue.mutex);
      for (const int publisher : batch) ++queue.acknowledged[publisher];
      batch.clear();
      queue.committed.notify_all();
      queue.arrived.wait(lock, [&] { return queue.ended || !queue.waiting.empty(); });
      if (queue.ended) return;
      batch.swap(queue.waiting);
    }
    run(database, "BEGIN IMMEDIATE");
    for (const int publisher : batch) {
      sqlite3_bind_int64(event, 1, ++seq);
      sqlite3_bind_text(event, 2, payload.data(), static_cast<int>(payload.size()), SQLITE_STATIC);
      check(sqlite3_step(event), database);
      sqlite3_reset(event);
      sqlite3_bind_int(producer, 1, publisher);
      sqlite3_bind_int64(producer, 2, seq);
      check(sqlite3_step(producer), database);
      sqlite3_reset(producer);
    }
    if (kept > 0) {
      sqlite3_bind_int64(trim, 1, seq - kept);
      check(sqlite3_step(trim), database);
      sqlite3_reset(trim);
    }
    run(database, "COMMIT");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string secure_delete = argc == 6 ? argv[4] : "off";
  if ((argc != 4 && argc != 6) || (secure_delete != "on" && secure_delete != "off")) {
    std::fprintf(stderr, "bench_raw_sqlite PATH PUBLISHERS SECONDS [on|off KEPT]\n");
    return 1;
  }
  const std::int64_t kept = argc == 6 ? std::atoll(argv[5]) : 0;
  const int publishers = std::atoi(argv[2]), seconds = std::atoi(argv[3]);
  sqlite3* database = nullptr;
  check(sqlite3_open(argv[1], &database), database);
  run(database, "PRAGMA journal_mode = WAL");
  run(database, "PRAGMA synchronous = FULL");
  if (argc == 6) run(database, ("PRAGMA secure_delete = " + secure_delete).c_str());
  run(database, "CREATE TABLE events (room, seq, event, sender, at, payload, PRIMARY KEY (room, seq)) WITHOUT ROWID");
  run(database, "CREATE TABLE producers (room, producer, expected, PRIMARY KEY (room, producer)) WITHOUT ROWID");
  Queue queue;
  queue.acknowledged.resize(publishers);
  std::atomic<std::uint64_t> count{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { write(queue, database, kept); });
  for (int i = 0; i < publishers; ++i) threads.emplace_back([&, i] { publish(queue, i, count); });
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  {
    const std::lock_guard lock(queue.mutex);
    queue.ended = true;
    queue.arrived.notify_all();
    queue.committed.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%.0f\n", static_cast<double>(count) / seconds);
}
