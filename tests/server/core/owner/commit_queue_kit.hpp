// Rooms whose log is durable: for the tests of the commit queue.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include "server/core/owner/commit_queue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

inline std::unique_ptr<ShardConfig> durable_config() {
  auto config = test_config();
  config->has_durable_store = true;
  return config;
}

}  // namespace dialogue::testing
