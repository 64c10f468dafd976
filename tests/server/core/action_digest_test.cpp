// What a recording keeps of a shard's decisions.
#include "server/replay/action_digest.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::core;
using namespace dialogue::replay;

TEST_CASE("a line beyond the log's limit is not part of a recording's digest") {
  const LogLine written{LogLevel::info, "refused", "{}"}, swallowed{LogLevel::info, "refused", "{}", true};
  constexpr bool kWhole = true;
  ActionDigest without(kWhole), with(kWhole), more(kWhole);
  without.add(Action(written));
  with.add(Action(written));
  with.add(Action(swallowed));
  more.add(Action(written));
  more.add(Action(written));
  CHECK(with.text() == without.text());
  CHECK(more.text() != without.text());
}
