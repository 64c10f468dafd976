// The stores that the behaviour suite runs on: one row each. A store of your own becomes a row here.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::testing {

using namespace store;

/// One store under test, which can be closed and opened again on what it kept.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
  /// Closes it and opens it on the same place; false when this kind keeps nothing.
  virtual bool reopen() = 0;
  /// Another store object that sees the same logs, to follow with; null: this kind has none, and follows itself.
  virtual std::unique_ptr<Store> another() = 0;
};

struct StoreMaker {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
  bool is_guarded = false;  ///< it gives no record that could not be sent to a client
  bool can_follow = true;
};

[[nodiscard]] const std::vector<StoreMaker>& store_makers();

}  // namespace dialogue::testing
