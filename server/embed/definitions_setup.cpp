// Definitions from JSON for programs that embed Dialogue, and the catalogue of any definitions.
#include <dialogue/config.hpp>

#include "server/definitions/definitions_json.hpp"
#include "server/embed/catalogue_setup.hpp"
#include "server/embed/text_file.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue {
Definitions definitions_from_json(std::string_view text, std::string_view file_name) {
  definitions::LoadResult loaded = definitions::load_definitions(text, file_name);
  if (loaded.ok()) return std::move(loaded.definitions);
  std::string lines;
  for (const std::string& line : loaded.lines()) lines += (lines.empty() ? "" : "\n") + line;
  throw SetupError("", lines, "");
}

Definitions definitions_from_file(const std::string& path) {
  return definitions_from_json(read_text_file(path, definitions::kDefinitionBytesMax), path);
}

std::vector<std::uint8_t> catalogue_of(const Definitions& definitions) {
  CatalogueResult result = make_catalogue(definitions);
  if (result.ok()) return std::move(result.bytes);
  std::string lines;
  for (const DefinitionError& fault : result.faults) lines += (lines.empty() ? "" : "\n") + fault.where + ": " + fault.message;
  throw SetupError("", lines, "");
}

}  // namespace dialogue
