// What of a URL operators see.
#include "shared/base/shown_url.hpp"

#include <catch2/catch.hpp>

namespace dialogue::testing {

TEST_CASE("A URL is shown without its name, password and query") {
  CHECK(shown_url("https://app.example.com/hooks?sig=SECRET") == "https://app.example.com/hooks?***");
  CHECK(shown_url("https://app.example.com/hooks?") == "https://app.example.com/hooks?***");
  CHECK(shown_url("https://ann:pass@app.example.com/a@b") == "https://***@app.example.com/a@b");
  CHECK(shown_url("redis://:p@ss@host:1") == "redis://***@host:1");
  CHECK(shown_url("https://id.example.com=https://u:p@keys.example.com/j?k=1") ==
        "https://id.example.com=https://***@keys.example.com/j?***");
}

TEST_CASE("What holds nothing secret is shown as it is") {
  for (const char* text : {"https://app.example.com/hooks", "http://127.0.0.1:4318", "127.0.0.1:8080", "sqlite:./dialogue.db",
                           "what?", "ann@example.com", "", "on"})
    CHECK(shown_url(text) == text);
}

}  // namespace dialogue::testing
