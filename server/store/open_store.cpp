// See open_store.hpp.
#include "server/store/open_store.hpp"

#include <mutex>
#include <random>

#include "server/store/memory_store.hpp"
#include "server/store/sqlite_open.hpp"
#include "server/store/sqlite_store.hpp"

namespace dialogue {
namespace {

constexpr std::string_view kMemoryScheme = "memory:", kSqliteScheme = "sqlite:";
constexpr const char* kWhatThereIs = "Use \"sqlite:PATH\", for example \"sqlite:./dialogue.db\", or \"memory:\".";

/// A MemoryStore that any thread may call.
class SharedMemoryStore final : public Store {
 public:
  explicit SharedMemoryStore(std::uint64_t seed) : store_(seed) {}

  void open(RoomKey key, Done<RoomOpened> done) override {
    done(locked<RoomOpened>([&](auto keep) { store_.open(std::move(key), keep); }));
  }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override {
    done(locked<std::vector<StoreStatus>>([&](auto keep) { store_.append(std::move(writes), keep); }));
  }
  void read(ReadRange range, Done<LogPage> done) override {
    done(locked<LogPage>([&](auto keep) { store_.read(std::move(range), keep); }));
  }
  void trim(TrimLog trim, Done<LogTrimmed> done) override {
    done(locked<LogTrimmed>([&](auto keep) { store_.trim(std::move(trim), keep); }));
  }
  void erase(RoomKey key, Done<StoreStatus> done) override {
    done(locked<StoreStatus>([&](auto keep) { store_.erase(std::move(key), keep); }));
  }

  void revoke(KeptRevocation revocation, std::uint64_t now_s, Done<StoreStatus> done) override {
    done(locked<StoreStatus>([&](auto keep) { store_.revoke(std::move(revocation), now_s, keep); }));
  }
  void revocations(Done<KeptRevocations> done) override {
    done(locked<KeptRevocations>([&](auto keep) { store_.revocations(keep); }));
  }
  void define_room(KeptRoom room, Done<StoreStatus> done) override {
    done(locked<StoreStatus>([&](auto keep) { store_.define_room(std::move(room), keep); }));
  }
  void rooms(Done<KeptRooms> done) override {
    done(locked<KeptRooms>([&](auto keep) { store_.rooms(keep); }));
  }

 private:
  /// The answer, taken out of the lock, so that `done` may ask again.
  template <typename Answer, typename Request>
  Answer locked(Request request) {
    const std::lock_guard lock(mutex_);
    Answer answer{};
    request([&answer](Answer given) { answer = std::move(given); });
    return answer;
  }

  std::mutex mutex_;
  MemoryStore store_;
};

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

StoreAddress parse_store_address(std::string_view url) {
  const std::string place(url);
  if (url == kMemoryScheme) return {StoreAddress::Kind::memory, {}};
  if (url.starts_with(kMemoryScheme)) throw StoreError(place, "a memory store has no path.", "Use \"memory:\" alone.");
  if (url == kSqliteScheme) throw StoreError(place, "the path of the database is missing.", kWhatThereIs);
  // SQLite's own name for a database that is nowhere.
  if (url == "sqlite::memory:") throw StoreError(place, "this database would be kept nowhere.", kWhatThereIs);
  if (url.starts_with(kSqliteScheme)) return {StoreAddress::Kind::sqlite, std::string(url.substr(kSqliteScheme.size()))};
  for (const std::string_view scheme : {"postgres:", "postgresql:", "redis:", "rediss:"})
    if (url.starts_with(scheme)) throw StoreError(place, "this kind of store is not in this version.", kWhatThereIs);
  throw StoreError(place, "this is not a store.", kWhatThereIs);
}

void check_store(std::string_view url) {
  const StoreAddress address = parse_store_address(url);
  if (address.kind == StoreAddress::Kind::sqlite) check_sqlite_place(address.path);
}

std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options) {
  const StoreAddress address = parse_store_address(url);
  if (address.kind == StoreAddress::Kind::memory)
    return std::make_unique<SharedMemoryStore>(options.seed ? *options.seed : random_seed());
  return std::make_unique<SqliteStore>(
      address.path, SqliteOptions{{}, options.seed, options.warn, SqliteOptions{}.news_bytes_max, options.note});
}

}  // namespace dialogue
