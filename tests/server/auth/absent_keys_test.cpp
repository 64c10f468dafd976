// Whose key was retired is told so once a fetch has shown it, and nobody else.
#include "server/auth/absent_keys.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace dialogue;
using namespace dialogue::auth;

TEST_CASE("F-N29 a key that was missing before and after a fetch counts as absent, and is looked up again later") {
  AbsentKeys absent;
  CHECK_FALSE(absent.is_known("retired", 1));
  CHECK_FALSE(absent.is_known("retired", 1));
  CHECK_FALSE(absent.is_known("new", 2));
  CHECK(absent.is_known("retired", 2));
  CHECK_FALSE(absent.is_known("retired", 2));
  CHECK_FALSE(absent.is_known("new", 2));
}

TEST_CASE("invented key ids fill a bounded memory, which then forgets") {
  AbsentKeys absent;
  CHECK_FALSE(absent.is_known("retired", 1));
  for (std::size_t i = 0; i < kAbsentKeysMax; ++i) CHECK_FALSE(absent.is_known(std::to_string(i), 1));
  CHECK_FALSE(absent.is_known("retired", 2));
  CHECK(absent.is_known("retired", 3));
}
