// The chat example stands in the repository twice, as C++ and as JSON, so that readers can compare the two: they say the same.
#include <catch2/catch.hpp>
#include <dialogue/dialogue.hpp>

#include "examples/chat/chat.hpp"
#include "shared/catalogue_builder.hpp"

TEST_CASE("the chat example and its JSON twin are one catalogue with one fingerprint") {
  const dialogue::CatalogueResult compiled = dialogue::make_catalogue(chat::app);
  const dialogue::CatalogueResult read =
      dialogue::make_catalogue(dialogue::definitions_from_file(DIALOGUE_SOURCE_DIR "/examples/chat/chat.json"));
  CHECK(compiled.ok());
  CHECK(read.ok());
  REQUIRE(compiled.bytes == read.bytes);
  CHECK(dialogue::CatalogueView::parse(compiled.bytes)->fingerprint() != 0);
}
