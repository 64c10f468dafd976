// A behaviour that every store has, as a test over all of them: each row of store_makers() is a section.
#pragma once
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <vector>

#include "tests/server/store/support/store_kit.hpp"
#include "tests/server/store/support/store_makers.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

inline const RoomKey kGame{"", "game"};

inline std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> numbers(last + 1 - first);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

/// A store of the kind whose turn it is, with the lobby opened.
struct StoreWorld {
  explicit StoreWorld(const StoreMaker& maker) : under_test(maker.make()) { epoch = ask_open(store(), kLobby).state.epoch; }
  Store& store() { return under_test->store(); }
  StoreStatus append(std::uint64_t first, std::uint64_t last) {
    return ask_append(store(), write_of(kLobby, epoch, first, last));
  }
  std::vector<std::uint64_t> kept() { return sequences_of(store(), kLobby, epoch); }
  ReadRange from(std::uint64_t seq) {
    ReadRange range{kLobby, epoch};
    range.from_seq = seq;
    return range;
  }

  std::unique_ptr<StoreUnderTest> under_test;
  std::uint64_t epoch = 0;
};

/// Every behaviour is a template of a test over the makers: the section says which store it was.
template <typename Behaviour>
void on_every_store(Behaviour behaviour, bool with_odd_texts = false) {
  for (const StoreMaker& maker : store_makers()) {
    if (with_odd_texts && maker.is_guarded) continue;
    DYNAMIC_SECTION(maker.name) {
      StoreWorld world(maker);
      behaviour(world);
    }
  }
}

}  // namespace dialogue::testing
