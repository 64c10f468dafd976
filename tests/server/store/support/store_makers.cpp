// See store_makers.hpp.
#include "tests/server/store/support/store_makers.hpp"

#include "examples/store-adapter/journal_store.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/guard/guarded_store.hpp"
#include "server/store/memory/memory_store.hpp"
#include "server/store/memory/shared_memory_store.hpp"
#include "server/store/sqlite/sqlite_store.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/nats_server.hpp"
#include "tests/server/store/support/postgres_server.hpp"
#include "tests/server/store/support/redis_server.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }
  bool reopen() override { return false; }
  std::unique_ptr<Store> another() override { return nullptr; }

 private:
  static constexpr std::uint64_t kSeed = 7;
  MemoryStore store_{kSeed};
};

class SharedMemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return *store_; }
  bool reopen() override { return false; }
  std::unique_ptr<Store> another() override { return store_->another(); }

 private:
  std::unique_ptr<SharedMemoryStore> store_ = std::make_unique<SharedMemoryStore>(7);
};

/// A store on a file in a directory of its own, which outlives it.
class FileUnderTest final : public StoreUnderTest {
 public:
  using Open = std::unique_ptr<Store> (*)(const std::string& path);
  explicit FileUnderTest(Open open, Open open_another) : open_(open), open_another_(open_another), store_(open_(path())) {}
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    store_ = open_(path());
    return true;
  }
  std::unique_ptr<Store> another() override { return open_another_ == nullptr ? nullptr : open_another_(path()); }

 private:
  [[nodiscard]] std::string path() const { return directory_.path() + "/dialogue.db"; }
  test::TemporaryDirectory directory_;
  Open open_, open_another_;
  std::unique_ptr<Store> store_;
};

/// A store in an engine, which outlives it.
class EngineUnderTest final : public StoreUnderTest {
 public:
  explicit EngineUnderTest(std::string url, std::string bus = {}) : url_(std::move(url)), options_(with_bus(std::move(bus))) {}
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    store_ = open_store(url_, options_);
    return true;
  }
  std::unique_ptr<Store> another() override { return open_store(url_, options_); }

 private:
  static StoreOptions with_bus(std::string bus) {
    StoreOptions options;
    options.bus = std::move(bus);
    return options;
  }
  const std::string url_;
  const StoreOptions options_;
  std::unique_ptr<Store> store_ = open_store(url_, options_);
};

std::unique_ptr<Store> open_sqlite(const std::string& path) { return open_store("sqlite:" + path, {}); }
std::unique_ptr<Store> open_follower(const std::string& path) {
  StoreOptions options;
  options.reads_only = true;
  return open_store("sqlite:" + path, options);
}
std::unique_ptr<Store> open_guarded_follower(const std::string& path) {
  return std::make_unique<GuardedStore>(open_follower(path), StoreGuardSettings{});
}
/// As an Instance has it.
std::unique_ptr<Store> open_guarded(const std::string& path) {
  return std::make_unique<GuardedStore>(open_sqlite(path), StoreGuardSettings{});
}
/// The adapter that the guide shows.
std::unique_ptr<Store> open_journal(const std::string& path) { return std::make_unique<example::JournalStore>(path); }

}  // namespace

const std::vector<StoreMaker>& store_makers() {
  static const std::vector<StoreMaker> makers = {
      {"memory", [] { return std::make_unique<MemoryUnderTest>(); }},
      {"memory for any thread", [] { return std::make_unique<SharedMemoryUnderTest>(); }},
      {"sqlite", [] { return std::make_unique<FileUnderTest>(open_sqlite, open_follower); }},
      {"sqlite behind its guard", [] { return std::make_unique<FileUnderTest>(open_guarded, open_guarded_follower); }, true},
      {"postgres", [] { return std::make_unique<EngineUnderTest>(PostgresServer::shared().url_of_new_schema()); }},
      {"postgres with nats",
       [] {
         return std::make_unique<EngineUnderTest>(PostgresServer::shared().url_of_new_schema(), NatsServer::shared().url());
       }},
      {"redis", [] { return std::make_unique<EngineUnderTest>(RedisServer::shared().url_of_new_store()); }},
      {"the example's journal", [] { return std::make_unique<FileUnderTest>(open_journal, nullptr); }, false, false},
  };
  return makers;
}

}  // namespace dialogue::testing
