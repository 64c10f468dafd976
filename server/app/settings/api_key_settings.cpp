// A key is never part of a message.
#include "server/app/settings/api_key_settings.hpp"

#include <dialogue/setup_error.hpp>
#include <iterator>

#include "server/api/api_keys.hpp"
#include "server/embed/text_file.hpp"

namespace dialogue::app {
namespace {

constexpr std::size_t kKeyFileBytesMax = 64 * 1024;

}  // namespace

std::vector<std::string> api_keys_of(const ServeSettings& settings, const Environment& environment) {
  std::vector<std::string> keys;
  for (const std::string& path : settings.api_key_files) {
    auto found =
        api::api_keys_of_file(read_regular_file(path, kKeyFileBytesMax, "name a variable of the environment by --api-key-env"));
    if (found.empty()) throw SetupError(path, "there is no API key in this file", "Make one with: openssl rand -hex 32");
    keys.insert(keys.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  for (const std::string& name : settings.api_key_variables) {
    auto found = api::api_keys_of_file(environment(name).value_or(std::string()));
    if (found.empty())
      throw SetupError("--api-key-env " + name, "the environment has no " + name + ", or no API key in it",
                       "Set it to a secret of at least 32 characters.");
    keys.insert(keys.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  return keys;
}

}  // namespace dialogue::app
