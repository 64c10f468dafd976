// The example's own store: a journal that was cut off, and one that is damaged.
#include <fstream>

#include "examples/store-adapter/journal_store.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

TEST_CASE("a journal cut off anywhere gives the requests before the cut, and continues from there") {
  const test::TemporaryDirectory directory;
  const std::string whole = directory.path() + "/whole", cut = directory.path() + "/cut";
  std::vector<std::size_t> ends;
  {
    example::JournalStore store(whole);
    const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
    ends.push_back(file_bytes(whole).size());
    for (std::uint64_t seq = 1; seq <= 5; ++seq) {
      REQUIRE(ask_append(store, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok);
      ends.push_back(file_bytes(whole).size());
    }
  }
  const std::string bytes = file_bytes(whole);
  std::uint64_t acknowledged = 0;
  for (std::size_t size = ends[0]; size <= bytes.size(); ++size) {
    if (acknowledged + 1 < ends.size() && size >= ends[acknowledged + 1]) ++acknowledged;
    std::ofstream(cut, std::ios::binary) << bytes.substr(0, size);
    example::JournalStore store(cut);
    const RoomLogState state = ask_open(store, kLobby).state;
    REQUIRE(state.head == acknowledged);
    REQUIRE(ask_append(store, write_of(kLobby, state.epoch, state.head + 1, state.head + 1)) == StoreStatus::ok);
  }
  CHECK(acknowledged == 5);
}

TEST_CASE("a journal that is damaged in the middle is refused") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal";
  {
    example::JournalStore store(path);
    const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
    for (std::uint64_t seq = 1; seq <= 5; ++seq) REQUIRE(ask_append(store, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok);
  }
  std::string bytes = file_bytes(path);
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(path, std::ios::binary) << bytes;
  CHECK_THROWS_AS(example::JournalStore(path), StoreError);
}

}  // namespace
}  // namespace dialogue::testing
