// See store_makers.hpp.
#include "tests/server/store/store_makers.hpp"

#include "examples/store-adapter/journal_store.hpp"
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

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { open(); }
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    open();
    return true;
  }

 private:
  void open() { store_ = open_store("sqlite:" + directory_.path() + "/dialogue.db", {}); }
  test::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

/// The adapter that the guide shows.
class JournalUnderTest final : public StoreUnderTest {
 public:
  JournalUnderTest() { open(); }
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    open();
    return true;
  }

 private:
  void open() { store_ = std::make_unique<example::JournalStore>(directory_.path() + "/dialogue.journal"); }
  test::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace

const std::vector<StoreMaker>& store_makers() {
  static const std::vector<StoreMaker> makers = {
      {"memory", [] { return std::make_unique<MemoryUnderTest>(); }},
      {"memory for any thread", [] { return std::make_unique<SharedMemoryUnderTest>(); }},
      {"sqlite", [] { return std::make_unique<SqliteUnderTest>(); }},
      {"the example's journal", [] { return std::make_unique<JournalUnderTest>(); }},
  };
  return makers;
}

}  // namespace dialogue::testing
