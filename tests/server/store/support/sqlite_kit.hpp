// For tests of the SQLite store: a SqliteLog as a Store that answers inside the call, a workload whose every step is one request,
// and the text of everything that a store holds, to compare with.
#pragma once
#include <algorithm>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "server/store/memory/memory_store.hpp"
#include "server/store/sqlite/sqlite_log.hpp"
#include "tests/server/store/support/fault_vfs.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

/// So few that the workloads below fold news again and again, and have some after most of their steps.
inline constexpr std::size_t kNewsBytesMax = 78;

inline const std::string kPath = "log.db";
inline constexpr std::size_t kPageBytes = 4096;

inline SqliteOptions on(const FaultVfs& disk, std::optional<std::uint64_t> seed = 1) {
  return {disk.name(), seed, {}, kNewsBytesMax};
}

class SqliteLogStore final : public Store {
 public:
  SqliteLogStore(const std::string& path, SqliteOptions options) : log_(path, std::move(options)) {}
  void open(RoomKey key, Done<RoomOpened> done) override { done(log_.open(key)); }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override { done(log_.append(writes)); }
  void read(ReadRange range, Done<LogPage> done) override { done(log_.read(range)); }
  void trim(TrimLog trim, Done<LogTrimmed> done) override { done(log_.trim(trim)); }
  void erase(RoomKey key, Done<StoreStatus> done) override { done(log_.erase(key)); }
  void put_kept(KeptWrite write, Done<StoreStatus> done) override { done(log_.put_kept(write)); }
  void list_kept(KeptQuery query, Done<KeptList> done) override { done(log_.list_kept(query)); }
  SqliteLog& log() { return log_; }

 private:
  SqliteLog log_;
};

inline const std::vector<RoomKey>& workload_rooms() {
  static const std::vector<RoomKey> rooms = {{"", "plain"}, {"", "grouped"}, {"acme", "plain"}};
  return rooms;
}

/// What one room of a store holds, without its epoch; "damaged" when it says so.
inline std::string text_of(Store& store, const RoomKey& key) {
  RoomOpened opened = ask_open(store, key);
  if (opened.status != StoreStatus::ok) return "damaged";
  std::ostringstream text;
  text << key.tenant << "/" << key.room << " " << opened.state.base << "-" << opened.state.head << "\n";
  std::sort(opened.state.producers.begin(), opened.state.producers.end(),
            [](const ProducerState& a, const ProducerState& b) { return a.key < b.key; });
  for (const ProducerState& producer : opened.state.producers) {
    text << "producer " << producer.key << " " << producer.expected << " " << producer.used_ms << ":";
    for (const ProducerReceipt& receipt : producer.receipts) text << " " << receipt.seq << "," << receipt.hash;
    text << "\n";
  }
  ReadRange range;
  range.key = key;
  range.epoch = opened.state.epoch;
  range.records_max = 100'000;
  range.bytes_max = std::size_t{1} << 30;
  const LogPage page = ask_read(store, range);
  if (page.status != StoreStatus::ok || !page.damaged.empty()) return "damaged";
  for (const LogRecord& record : page.records)
    text << record.seq << " " << record.timestamp_ms << " " << record.event << " " << record.from << " " << record.payload
         << "\n";
  return text.str();
}

inline std::string text_of(Store& store) {
  std::string text;
  for (const RoomKey& key : workload_rooms()) text += text_of(store, key);
  return text;
}

using Step = std::function<StoreStatus(Store&)>;

/// A few records with a producer, as the next ones of the room; every third of a group of two.
inline RoomWrite next_write(Store& store, const RoomKey& key, std::uint64_t count, std::uint64_t kept) {
  const RoomOpened opened = ask_open(store, key);
  const std::uint64_t head = opened.state.head;
  RoomWrite write = write_of(key, opened.state.epoch, head + 1, head + count);
  if (key.room == "grouped")
    for (LogRecord& record : write.records)
      if (record.seq % 3 == 0) record = grouped(record, "tick", 2);
  write.producers.push_back(all_of(producer_of("ada", std::min<std::uint64_t>(head + count, 32), 1000 + head)));
  write.base = head + count > kept ? head + count - kept : 1;
  return write;
}

inline Step append_step(std::uint64_t count, std::uint64_t kept) {
  return [=](Store& store) {
    std::vector<RoomWrite> writes;
    for (const RoomKey& key : workload_rooms()) writes.push_back(next_write(store, key, count, kept));
    const std::vector<StoreStatus> statuses = ask_append_all(store, writes);
    const bool is_one_answer = std::count(statuses.begin(), statuses.end(), statuses[0]) == std::ssize(statuses);
    if (!is_one_answer) throw std::logic_error("writes of one transaction were answered differently");
    return statuses[0];
  };
}

inline Step trim_step(std::uint64_t before_ms) {
  return [=](Store& store) {
    TrimLog trim = trim_of(workload_rooms()[0], ask_open(store, workload_rooms()[0]).state.epoch);
    trim.before_ms = before_ms;
    return ask_trim(store, trim).status;
  };
}

inline Step erase_step() {
  return [](Store& store) { return ask_erase(store, workload_rooms()[2]); };
}

/// Each step is one request, and one transaction at most.
inline std::vector<Step> small_workload() {
  return {append_step(1, 100), append_step(5, 100), append_step(3, 4), trim_step(1008),      append_step(2, 100),
          erase_step(),        append_step(4, 6),   trim_step(1014),   append_step(20, 100), append_step(1, 3)};
}

/// What a store holds after 0, 1, 2 ... steps, by the store in memory.
inline std::vector<std::string> texts_after_each(const std::vector<Step>& steps) {
  MemoryStore memory(1);
  std::vector<std::string> texts = {text_of(memory)};
  for (const Step& step : steps) {
    if (step(memory) != StoreStatus::ok) throw std::logic_error("the workload does not work");
    texts.push_back(text_of(memory));
  }
  return texts;
}

inline std::string refusal_of(const std::string& path, const SqliteOptions& options = {}) {
  try {
    const SqliteLog log(path, options);
  } catch (const StoreError& error) { return error.what(); }
  return {};
}

}  // namespace dialogue::testing
