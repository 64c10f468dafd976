// The text of /metrics: as Prometheus reads it, and without names of rooms or people.
#include "server/ops/metrics.hpp"

#include <catch2/catch.hpp>

namespace dialogue {

using namespace loop;
using namespace ops;

TEST_CASE("R-116 the figures say how many connections are in which state, and nothing of whose they are") {
  ServerCounts counts;
  counts.sockets = 10;
  counts.connections = {.awaiting_hello = 1, .identifying = 2, .ready = 3, .closing = 0};
  const std::string text = metrics_text(counts);
  CHECK_THAT(text, Catch::Matchers::Contains("# TYPE dialogue_connections gauge"));
  for (const char* line :
       {"dialogue_connections{state=\"http\"} 4\n", "dialogue_connections{state=\"awaiting_hello\"} 1\n",
        "dialogue_connections{state=\"identifying\"} 2\n", "dialogue_connections{state=\"ready\"} 3\n",
        "dialogue_connections{state=\"closing\"} 0\n", "dialogue_build_info{version=\"" DIALOGUE_VERSION "\"} 1\n"})
    CHECK_THAT(text, Catch::Matchers::Contains(line));
}

}  // namespace dialogue
