// See store_makers.hpp.
#include "tests/server/store/store_makers.hpp"

#include "server/store/memory_store.hpp"

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

}  // namespace

const std::vector<StoreMaker>& store_makers() {
  static const std::vector<StoreMaker> makers = {
      {"memory", [] { return std::make_unique<MemoryUnderTest>(); }},
  };
  return makers;
}

}  // namespace dialogue::testing
