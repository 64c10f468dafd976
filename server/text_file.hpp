// Reading a small file whole while a program starts.
#pragma once
#include <cstddef>
#include <string>

namespace dialogue {

/// The file's bytes. Throws SetupError when it cannot be read or is larger than `bytes_max`.
[[nodiscard]] std::string read_text_file(const std::string& path, std::size_t bytes_max);

}  // namespace dialogue
