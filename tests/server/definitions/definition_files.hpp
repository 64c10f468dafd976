// Definitions that are there: a file's text, and the definitions that a text holds. Either fails the test where it cannot.
#pragma once
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "server/definitions/definitions_json.hpp"
#include "tests/file_bytes.hpp"

namespace dialogue::testing {

using namespace definitions;

inline std::string text_of(const std::filesystem::path& path) {
  INFO(path);
  REQUIRE(std::filesystem::exists(path));
  return file_bytes(path);
}

inline Definitions definitions_of(const std::string& text) {
  INFO(text);
  const LoadResult loaded = load_definitions(text);
  for (const std::string& line : loaded.lines()) FAIL(line);
  return loaded.definitions;
}

}  // namespace dialogue::testing
