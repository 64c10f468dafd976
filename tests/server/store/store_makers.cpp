// See store_makers.hpp.
#include "tests/server/store/store_makers.hpp"

#include "examples/store-adapter/journal_store.hpp"
#include "server/store/guarded_store.hpp"
#include "server/store/memory_store.hpp"
#include "server/store/open_store.hpp"
#include "server/store/sqlite_store.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }
  bool reopen() override { return false; }

 private:
  static constexpr std::uint64_t kSeed = 7;
  MemoryStore store_{kSeed};
};

class SharedMemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return *store_; }
  bool reopen() override { return false; }

 private:
  std::unique_ptr<Store> store_ = open_store("memory:", {});
};

/// A store on a file in a directory of its own, which outlives it.
class FileUnderTest final : public StoreUnderTest {
 public:
  using Open = std::unique_ptr<Store> (*)(const std::string& path);
  explicit FileUnderTest(Open open) : open_(open), store_(open_(path())) {}
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    store_ = open_(path());
    return true;
  }

 private:
  [[nodiscard]] std::string path() const { return directory_.path() + "/dialogue.db"; }
  test::TemporaryDirectory directory_;
  Open open_;
  std::unique_ptr<Store> store_;
};

std::unique_ptr<Store> open_sqlite(const std::string& path) { return open_store("sqlite:" + path, {}); }
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
      {"sqlite", [] { return std::make_unique<FileUnderTest>(open_sqlite); }},
      {"sqlite behind its guard", [] { return std::make_unique<FileUnderTest>(open_guarded); }, true},
      {"the example's journal", [] { return std::make_unique<FileUnderTest>(open_journal); }},
  };
  return makers;
}

}  // namespace dialogue::testing
