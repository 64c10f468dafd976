// See app.hpp.
#include "server-wasm/core/app.hpp"

#include <utility>

#include "server/definitions/definitions_json.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::page_server {

std::variant<std::unique_ptr<core::ShardConfig>, std::string> config_of(std::string_view app_json) {
  if (app_json.size() > definitions::kDefinitionBytesMax) return "app.json: it is larger than 16 MiB.";
  definitions::LoadResult loaded = definitions::load_definitions(app_json);
  if (!loaded.ok()) {
    std::string problems;
    for (const std::string& line : loaded.lines()) problems += (problems.empty() ? "" : "\n") + line;
    return problems;
  }
  auto config = std::make_unique<core::ShardConfig>();
  config->definitions = std::move(loaded.definitions);
  CatalogueResult made = make_catalogue(config->definitions);
  if (!made.ok()) return "app.json: its catalogue cannot be made.";
  config->catalogue_bytes = std::move(made.bytes);
  const auto view = CatalogueView::parse(config->catalogue_bytes);
  if (!view) return "app.json: its catalogue cannot be read.";
  config->catalogue = *view;
  return config;
}

}  // namespace dialogue::page_server
