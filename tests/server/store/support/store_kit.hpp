// What the stores' tests speak in: asking a store and waiting for its answer, and short ways to make what is asked.
// Use: const RoomOpened opened = ask_open(store, {"", "lobby"}); REQUIRE(ask_append(store, write) == StoreStatus::ok);
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/core/log/producer_ring.hpp"
#include "server/store/store.hpp"
#include "tests/patience.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

inline const RoomKey kLobby{"", "lobby"};
inline constexpr std::uint64_t kDayMs = 24ULL * 60 * 60 * 1000;

/// Calls `request(done)` and waits for the one answer.
template <typename Answer, typename Request>
Answer answer_of(Request&& request) {
  const auto promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> answer = promise->get_future();
  request([promise](Answer value) { promise->set_value(std::move(value)); });
  if (answer.wait_for(kPatience) != std::future_status::ready) throw std::runtime_error("the store did not answer");
  return answer.get();
}

inline RoomOpened ask_open(Store& store, const RoomKey& key) {
  return answer_of<RoomOpened>([&](auto done) { store.open(key, done); });
}

inline std::vector<StoreStatus> ask_append_all(Store& store, std::vector<RoomWrite> writes) {
  return answer_of<std::vector<StoreStatus>>([&](auto done) { store.append(std::move(writes), done); });
}

inline StoreStatus ask_append(Store& store, RoomWrite write) { return ask_append_all(store, {std::move(write)}).at(0); }

inline LogPage ask_read(Store& store, const ReadRange& range) {
  return answer_of<LogPage>([&](auto done) { store.read(range, done); });
}

inline LogTrimmed ask_trim(Store& store, const TrimLog& trim) {
  return answer_of<LogTrimmed>([&](auto done) { store.trim(trim, done); });
}

inline StoreStatus ask_erase(Store& store, const RoomKey& key) {
  return answer_of<StoreStatus>([&](auto done) { store.erase(key, done); });
}

inline StoreStatus ask_put(Store& store, const KeptWrite& write) {
  return answer_of<StoreStatus>([&](auto done) { store.put_kept(write, done); });
}

inline KeptList ask_list(Store& store, const KeptQuery& query) {
  return answer_of<KeptList>([&](auto done) { store.list_kept(query, done); });
}

inline StoreStatus ask_revoke(Store& store, const KeptRevocation& revocation, std::uint64_t now_s) {
  return ask_put(store, {{kept_change(revocation)}, now_s});
}

inline StoreStatus ask_define(Store& store, const KeptRoom& room) { return ask_put(store, {{kept_change(room)}}); }

/// Sorted by name.
inline std::vector<KeptRoom> rooms_of(Store& store) {
  std::vector<KeptRoom> rooms;
  for (const KeptEntry& entry : ask_list(store, {KeptKind::room}).entries) rooms.push_back(room_of(entry));
  std::sort(rooms.begin(), rooms.end(), [](const KeptRoom& a, const KeptRoom& b) {
    return std::tie(a.key.tenant, a.key.room) < std::tie(b.key.tenant, b.key.room);
  });
  return rooms;
}

/// Token, user and time of each that is kept, sorted.
inline std::vector<std::string> revocations_of(Store& store) {
  std::vector<std::string> texts;
  for (const KeptEntry& entry : ask_list(store, {KeptKind::revocation}).entries) {
    const auto kept = revocation_of(entry);
    if (!kept) return {"unreadable"};
    const Revocation& what = kept->what;
    texts.push_back(what.token_id + "/" + what.user_id + "/" + std::to_string(what.issued_before_s) + "/" +
                    std::to_string(kept->forget_at_s));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// A record whose content follows from its sequence.
inline LogRecord record_at(std::uint64_t seq, std::uint64_t timestamp_ms = 0) {
  LogRecord record;
  record.seq = seq;
  record.timestamp_ms = timestamp_ms == 0 ? 1000 + seq : timestamp_ms;
  record.event = "message";
  record.from = "user-" + std::to_string(seq % 3);
  record.payload = R"({"text":"number )" + std::to_string(seq) + R"("})";
  return record;
}

inline LogRecord grouped(LogRecord record, const std::string& group, std::uint64_t keep) {
  record.group = group;
  record.group_keep = keep;
  return record;
}

/// Records [first, last] for a log.
inline RoomWrite write_of(const RoomKey& key, std::uint64_t epoch, std::uint64_t first, std::uint64_t last) {
  RoomWrite write;
  write.key = key;
  write.epoch = epoch;
  for (std::uint64_t seq = first; seq <= last; ++seq) write.records.push_back(record_at(seq));
  return write;
}

inline TrimLog trim_of(const RoomKey& key, std::uint64_t epoch) {
  TrimLog trim;
  trim.key = key;
  trim.epoch = epoch;
  return trim;
}

/// A producer with numbers 1 to `count`, number n accepted at sequence n.
inline ProducerState producer_of(const std::string& key, std::uint64_t count, std::uint64_t used_ms) {
  ProducerState producer{key, count + 1, {}, used_ms};
  for (std::uint64_t n = 1; n <= count; ++n)
    producer.receipts.push_back({n, 1000 + n, static_cast<PayloadHash>(n * 7919), ErrorCode::ok});
  return producer;
}

/// All that is known of a producer, who has a ring of our size.
inline ProducerDelta all_of(const ProducerState& producer) { return delta_of(producer, producer.receipts.size()); }

inline bool same(const LogRecord& a, const LogRecord& b) {
  return a.seq == b.seq && a.timestamp_ms == b.timestamp_ms && a.event == b.event && a.from == b.from && a.payload == b.payload;
}

inline std::vector<std::uint64_t> sequences(const LogPage& page) {
  std::vector<std::uint64_t> found;
  for (const LogRecord& record : page.records) found.push_back(record.seq);
  return found;
}

inline std::vector<std::uint64_t> sequences_of(Store& store, const RoomKey& key, std::uint64_t epoch) {
  ReadRange range;
  range.key = key;
  range.epoch = epoch;
  range.records_max = 100'000;
  range.bytes_max = 1 << 30;
  return sequences(ask_read(store, range));
}

}  // namespace dialogue::testing
