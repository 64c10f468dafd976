// What a connection costs while it is idle, and what one leaves behind.
#pragma once
#include <catch2/catch.hpp>
#include <cstddef>

#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

/// `open(n)` returns n clients whose connections end with them. Checks that each of `count` connections holds at most `bytes_max`
/// with its client, and that they leave no descriptor behind.
template <typename Open>
void check_bytes_each(TestServer& server, const Open& open, std::size_t count, std::size_t bytes_max) {
  server.await_connections(0);
  const std::size_t descriptors = open_descriptors(), before = heap_bytes();
  {
    const auto clients = open(count);
    const std::size_t bytes = (heap_bytes() - before) / count;
    INFO(bytes << " bytes for each connection, with the test's client");
    CHECK((kSanitized || bytes <= bytes_max));
  }
  server.await_connections(0);
  CHECK(open_descriptors() == descriptors);
}

}  // namespace dialogue::test
