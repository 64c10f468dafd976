// What an answer means: one row for each, and nothing else removes a device.
#include "server/push/push_verdict.hpp"

#include <catch2/catch.hpp>

namespace dialogue::push {

TEST_CASE("only 404 and 410 say that a subscription has ended") {
  for (unsigned status = 100; status < 700; ++status)
    CHECK((verdict_of(status) == PushVerdict::gone) == (status == 404 || status == 410));
}

TEST_CASE("faults of the project are refusals, and those of the service are waited for") {
  CHECK(verdict_of(201) == PushVerdict::accepted);
  CHECK(verdict_of(413) == PushVerdict::too_large);
  CHECK(verdict_of(429) == PushVerdict::slow_down);
  for (const unsigned status : {500U, 502U, 503U, 504U, 408U}) CHECK(verdict_of(status) == PushVerdict::unavailable);
  for (const unsigned status : {301U, 302U, 307U, 400U, 401U, 403U, 405U, 422U})
    CHECK(verdict_of(status) == PushVerdict::refused);
}

TEST_CASE("Retry-After is seconds or a date") {
  constexpr std::uint64_t kAnsweredS = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT
  CHECK(retry_after_s("120", kAnsweredS) == 120);
  CHECK(retry_after_s("Sun, 06 Nov 1994 08:50:37 GMT", kAnsweredS) == 60);
  CHECK(retry_after_s("Sun, 06 Nov 1994 08:48:37 GMT", kAnsweredS) == 0);
  for (const char* bad : {"", "soon", "-1", "1.5", "12 s", "99999999999999999999"}) CHECK(retry_after_s(bad, kAnsweredS) == 0);
}

TEST_CASE("a log shows an answer's words, and nothing that may be a token or an endpoint") {
  CHECK(shown_answer("{\"reason\":\"BadJwtToken\"}") == "{\"reason\":\"BadJwtToken\"}");
  CHECK(shown_answer("bad https://fcm.googleapis.com/fcm/send/" + std::string(60, 'x') + " end") == "bad … end");
  CHECK(shown_answer("two\nlines") == "two lines");
  CHECK(shown_answer(std::string(2'000, 'a')).size() <= 160);
  std::string words;
  for (int i = 0; i < 400; ++i) words += "é ";
  CHECK(shown_answer(words).size() <= 160);
}

}  // namespace dialogue::push
