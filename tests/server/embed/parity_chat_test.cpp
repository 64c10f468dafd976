// The chat example stands in the repository twice, as C++ and as JSON, so that readers can compare the two: they say the same.
#include <algorithm>
#include <catch2/catch.hpp>
#include <dialogue/dialogue.hpp>
#include <string>
#include <vector>

#include "examples/chat/chat.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/source_dir.hpp"

namespace {

/// What a room keeps is in no catalogue: only the server needs it.
std::vector<std::string> retentions(const dialogue::Definitions& definitions) {
  std::vector<std::string> lines;
  for (const dialogue::RoomDefinition& room : definitions.rooms)
    lines.push_back(room.id + " " + std::to_string(room.retention.max_events.value_or(0)) + " events, " +
                    std::to_string(room.retention.max_age_ms.value_or(0)) + " ms");
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

TEST_CASE("the chat example and its JSON twin are one catalogue with one fingerprint") {
  const dialogue::CatalogueResult compiled = dialogue::make_catalogue(chat::app);
  const dialogue::CatalogueResult read =
      dialogue::make_catalogue(dialogue::definitions_from_file(source_dir() + "/examples/chat/chat.json"));
  CHECK(compiled.ok());
  CHECK(read.ok());
  REQUIRE(compiled.bytes == read.bytes);
  CHECK(dialogue::CatalogueView::parse(compiled.bytes)->fingerprint() != 0);
}

TEST_CASE("the chat example and its JSON twin keep the same history") {
  const dialogue::Definitions compiled = chat::app;
  CHECK(retentions(compiled) == retentions(dialogue::definitions_from_file(source_dir() + "/examples/chat/chat.json")));
}
