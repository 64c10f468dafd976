// A file's content. One that cannot be opened is empty.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dialogue::testing {

[[nodiscard]] inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace dialogue::testing
