// When a JWKS URL is asked again, and when an operator hears that it does not answer.
#include "server/auth/jwks_schedule.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::auth;

TEST_CASE("F-N17 an outage of the JWKS URL is reported at its beginning and every minute") {
  JwksSchedule schedule;
  CHECK(schedule.failed(1'000));
  CHECK(schedule.due_ms() == 6'000);
  int said = 0;
  for (std::uint64_t now_ms = 6'000; now_ms <= 301'000; now_ms += 5'000) said += schedule.failed(now_ms) ? 1 : 0;
  CHECK(said == 5);
  CHECK(schedule.fetched(std::nullopt, 302'000));
  CHECK_FALSE(schedule.fetched(std::nullopt, 602'000));
  CHECK(schedule.failed(603'000));  // another one
}
