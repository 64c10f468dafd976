// app.json -> Definitions. Everything is checked at start and every fault is reported with its place: unknown keys, unknown
// events, bad names, unsupported schema keywords. Nothing is ignored. The form is docs/guides/definitions.md; the editor's schema
// is docs/reference/dialogue.schema.json. Pure functions; safe from any thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/definitions/source/diagnostic.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

inline constexpr std::size_t kDefinitionBytesMax = 16 * 1024 * 1024;  ///< of one definition file

struct LoadResult {
  Definitions definitions;           ///< complete only when ok()
  std::vector<Diagnostic> problems;  ///< in the order of the text
  std::string file_name;
  [[nodiscard]] bool ok() const { return problems.empty(); }
  /// Each problem as one line for a terminal.
  [[nodiscard]] std::vector<std::string> lines() const;
};

/// Reads a definition file's text (UTF-8, at most kDefinitionBytesMax). `file_name` is for messages only; nothing is opened.
[[nodiscard]] LoadResult load_definitions(std::string_view text, std::string_view file_name = "app.json");

}  // namespace dialogue::definitions
