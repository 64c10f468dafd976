// One read of at most one byte more than is allowed, so that no size has to be believed beforehand.
#include "server/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <dialogue/setup_error.hpp>
#include <fstream>

namespace dialogue {

std::string read_text_file(const std::string& path, std::size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.good()) throw SetupError(path, "the file is larger than " + std::to_string(bytes_max) + " bytes", "Check the path.");
  if (!file.is_open() || file.bad() || errno != 0)
    throw SetupError(path, "the file cannot be read: " + std::string(std::strerror(errno)), "Check the path.");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace dialogue
