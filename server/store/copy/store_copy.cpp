// See store_copy.hpp.
#include "server/store/copy/store_copy.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/store/checksum.hpp"
#include "server/store/store_error.hpp"
#include "server/store/store_values.hpp"

namespace dialogue::store {
namespace {

constexpr std::chrono::seconds kCopyAnswerMax{60};
constexpr std::size_t kPartRecords = 256, kPartBytes = 1 << 20, kPartProducers = 256, kKeptPerWrite = 256;
constexpr const char* kCheckAdvice = "Run `dialogue store check` on it, or copy a backup.";
constexpr const char* kRepeatAdvice = "Stop the servers that use either store, empty the target, and copy again.";
constexpr const char* kEmptyAdvice =
    "Choose a path that does not exist, or another `schema=` or `prefix=` in the address; or delete it first.";

std::string shown_room(const core::RoomKey& key) { return key.tenant.empty() ? key.room : key.tenant + "/" + key.room; }

/// Returns a store's answer, or throws an error that names the store.
template <typename Answer, typename Request>
Answer asked(const CopyEnd& end, const Request& request) {
  const auto promise = std::make_shared<std::promise<Answer>>();
  auto answer = promise->get_future();
  request(end.store, [promise](Answer given) { promise->set_value(std::move(given)); });
  if (answer.wait_for(kCopyAnswerMax) != std::future_status::ready)
    throw StoreError(end.name, "the store does not answer.", kRepeatAdvice);
  return answer.get();
}

void require_ok(const CopyEnd& end, core::StoreStatus status, const std::string& what) {
  switch (status) {
    case core::StoreStatus::ok:
      return;
    case core::StoreStatus::full:
      throw StoreError(end.name, what + ": no space is left.", "Make space, empty the target, and copy again.");
    case core::StoreStatus::busy:
      throw StoreError(end.name, what + ": the store cannot be reached now.", kRepeatAdvice);
    case core::StoreStatus::damaged:
      throw StoreError(end.name, what + ": it is damaged.", kCheckAdvice);
    case core::StoreStatus::stale:
      throw StoreError(end.name, what + ": another process has changed it.", kRepeatAdvice);
    case core::StoreStatus::failed:
      throw StoreError(end.name, what + ": the store has failed.", kRepeatAdvice);
  }
}

RoomsPage rooms_behind(const CopyEnd& end, const core::RoomKey& after) {
  auto page = asked<RoomsPage>(end, [&](Store& store, auto done) { store.list_rooms(after, done); });
  if (!page.is_supported)
    throw StoreError(end.name, "this kind of store cannot be copied.", "Use a store that outlives its process on both sides.");
  require_ok(end, page.status, "its rooms");
  return page;
}

template <typename Visit>
void each_room(const CopyEnd& end, const Visit& visit) {
  core::RoomKey after;
  for (RoomsPage page = rooms_behind(end, after); !page.rooms.empty(); page = rooms_behind(end, after)) {
    after = page.rooms.back().key;
    for (const StoredRoom& room : page.rooms) visit(room);
  }
}

core::RoomLogState state_of(const CopyEnd& end, const core::RoomKey& key) {
  auto opened = asked<core::RoomOpened>(end, [&](Store& store, auto done) { store.open(key, done); });
  require_ok(end, opened.status, "room " + shown_room(key));
  std::sort(opened.state.producers.begin(), opened.state.producers.end(),
            [](const core::ProducerState& a, const core::ProducerState& b) { return a.key < b.key; });
  return std::move(opened.state);
}

/// Calls `visit(page)` for all records of a room.
template <typename Visit>
void each_page(const CopyEnd& end, const core::RoomKey& key, const core::RoomLogState& state, const Visit& visit) {
  core::ReadRange range{key, state.epoch, state.base};
  range.records_max = kPartRecords;
  range.bytes_max = kPartBytes;
  while (range.from_seq <= state.head) {
    auto page = asked<core::LogPage>(end, [&](Store& store, auto done) { store.read(range, done); });
    const std::string what = "room " + shown_room(key);
    require_ok(end, page.damaged.empty() ? page.status : core::StoreStatus::damaged, what);
    if (page.last < range.from_seq || page.base != state.base || page.head != state.head)
      require_ok(end, core::StoreStatus::stale, what);
    range.from_seq = page.last + 1;
    visit(std::move(page.records));
  }
}

KeptList kept_of(const CopyEnd& end, KeptKind kind) {
  auto list = asked<KeptList>(end, [&](Store& store, auto done) { store.list_kept({kind}, done); });
  require_ok(end, list.status, "the kept state");
  for (const KeptEntry& entry : list.entries)
    if (entry.is_damaged) require_ok(end, core::StoreStatus::damaged, "an entry of the kept state");
  return list;
}

void put_kept(const CopyEnd& end, std::vector<KeptChange> changes) {
  const auto put = [&](Store& store, auto done) { store.put_kept({std::move(changes)}, done); };
  require_ok(end, asked<core::StoreStatus>(end, put), "the kept state");
}

bool is_empty(const CopyEnd& end) {
  if (!rooms_behind(end, {}).rooms.empty()) return false;
  return std::all_of(kKeptKinds.begin(), kKeptKinds.end(),
                     [&](const auto& row) { return kept_of(end, row.kind).entries.empty(); });
}

void refuse_incomplete(const CopyEnd& end, const char* advice) {
  for (const KeptEntry& entry : kept_of(end, KeptKind::copying).entries)
    throw StoreError(end.name, "this is an incomplete copy of " + entry.value + ".", advice);
}

/// Of records: their number, bytes, and a sum that does not depend on their order.
struct Content {
  std::uint64_t events = 0, bytes = 0, sum = 0;

  void add(const core::RoomKey& key, const std::vector<core::LogRecord>& records) {
    for (const core::LogRecord& each : records) {
      ++events;
      bytes += each.payload.size();
      Checksum one;
      one.add(key.tenant).add(key.room).add(each.seq).add(each.timestamp_ms).add(each.event).add(each.from);
      sum += one.add(each.group).add(each.payload).add(std::uint64_t{each.deletes}).value();
    }
  }
  friend bool operator==(const Content&, const Content&) = default;
};

class Copying {
 public:
  Copying(const CopyEnd& from, const CopyEnd& to, const std::function<void(const CopyProgress&)>& report)
      : from_(from), to_(to), report_(report) {}

  CopySummary run() {
    refuse_incomplete(from_, "Copy the store that it came from.");
    refuse_incomplete(to_, kEmptyAdvice);
    if (!is_empty(to_)) throw StoreError(to_.name, "this store is not empty.", kEmptyAdvice);
    if (is_empty(from_)) throw StoreError(from_.name, "this store has nothing to copy.", "Check its path or address.");
    put_kept(to_, {{KeptKind::copying, {}, from_.name, 0, 0}});
    each_room(from_, [this](const StoredRoom&) { ++progress_.rooms_all; });
    version_ = kept_of(from_, KeptKind::secret).version;
    for (const KeptKindRow& row : kKeptKinds) copy_kept(row.kind);
    each_room(from_, [this](const StoredRoom& room) {
      copy_room(room);
      tell();
    });
    verify();
    put_kept(to_, {{KeptKind::copying, {}, std::nullopt}});
    return summary_;
  }

 private:
  void tell() {
    ++progress_.rooms;
    progress_.events = content_.events;
    if (report_) report_(progress_);
  }

  void copy_kept(KeptKind kind) {
    std::vector<KeptChange> changes;
    for (KeptEntry& entry : kept_of(from_, kind).entries) {
      changes.push_back({kind, std::move(entry.key), std::move(entry.value), entry.expires_s});
      ++summary_.kept;
      if (changes.size() == kKeptPerWrite) put_kept(to_, std::exchange(changes, {}));
    }
    if (!changes.empty()) put_kept(to_, std::move(changes));
  }

  void put(RoomPart part) {
    const std::string what = "room " + shown_room(part.key);
    const auto request = [&](Store& store, auto done) { store.put_room(std::move(part), done); };
    require_ok(to_, asked<core::StoreStatus>(to_, request), what);
  }

  void copy_room(const StoredRoom& room) {
    const core::RoomLogState state = state_of(from_, room.key);
    RoomPart part{room.key, state.epoch, state.base, state.head, state.timestamp_ms, room.keep_ms};
    const RoomPart positions = part;
    for (const core::ProducerState& each : state.producers) {
      part.producers.push_back(each);
      if (part.producers.size() == kPartProducers) put(std::exchange(part, positions));
    }
    put(std::exchange(part, positions));  // also where it has neither producers nor records
    each_page(from_, room.key, state, [&](std::vector<core::LogRecord> records) {
      content_.add(room.key, records);
      part.records = std::move(records);
      if (!part.records.empty()) put(std::exchange(part, positions));
    });
    ++summary_.rooms;
    summary_.producers += state.producers.size();
  }

  /// Compares the content of the target with the current content of the source.
  void verify() {
    const std::uint64_t copied = summary_.rooms;
    std::uint64_t rooms = 0;
    Content found;
    progress_ = {0, copied, 0, true};
    each_room(to_, [&](const StoredRoom& room) {
      const core::RoomLogState there = state_of(to_, room.key), here = state_of(from_, room.key);
      // The time of a room that was erased before anything was written is set by a store when it has time.
      const bool is_time_same = there.timestamp_ms == here.timestamp_ms || std::min(there.timestamp_ms, here.timestamp_ms) == 0;
      const bool is_same = there.epoch == here.epoch && there.base == here.base && there.head == here.head && is_time_same &&
                           there.producers == here.producers;
      if (!is_same)
        throw StoreError(from_.name, "room " + shown_room(room.key) + " has changed while it was copied.", kRepeatAdvice);
      each_page(to_, room.key, there, [&](const std::vector<core::LogRecord>& records) { found.add(room.key, records); });
      ++rooms;
      tell();
    });
    std::uint64_t kept = 0;
    for (const KeptKindRow& row : kKeptKinds) kept += kept_of(to_, row.kind).entries.size();
    if (kept_of(from_, KeptKind::secret).version != version_)
      throw StoreError(from_.name, "its kept state has changed while it was copied.", kRepeatAdvice);
    if (rooms != copied || kept != summary_.kept || found != content_)
      throw StoreError(to_.name, "the copy differs from the source.", kRepeatAdvice);
    summary_.events = found.events;
    summary_.bytes = found.bytes;
  }

  const CopyEnd& from_;
  const CopyEnd& to_;
  const std::function<void(const CopyProgress&)>& report_;
  CopySummary summary_;
  CopyProgress progress_;
  Content content_;
  std::uint64_t version_ = 0;  ///< of the kept state when it began
};

}  // namespace

CopySummary copy_store(const CopyEnd& from, const CopyEnd& to, const std::function<void(const CopyProgress&)>& report) {
  return Copying(from, to, report).run();
}

}  // namespace dialogue::store
