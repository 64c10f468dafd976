// See definitions_watch.hpp.
#include "server/app/dev/definitions_watch.hpp"

#include <chrono>
#include <dialogue/config.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

namespace dialogue::app {

constexpr std::chrono::milliseconds kLookEvery{100};

DefinitionsWatch::DefinitionsWatch(std::string path, FileChanges changes, Handlers handlers)
    : path_(std::move(path)), changes_(std::move(changes)), handlers_(std::move(handlers)), thread_([this] { watch(); }) {}

DefinitionsWatch::~DefinitionsWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_ended_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void DefinitionsWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kLookEvery, [this] { return is_ended_; })) {
    if (!changes_.look()) continue;
    try {
      std::error_code unknown;
      if (const auto found = std::filesystem::status(path_, unknown);
          std::filesystem::exists(found) && !std::filesystem::is_regular_file(found))
        throw SetupError(path_, "this is not a regular file",
                         "Write the definitions there.");  // opening a FIFO could block indefinitely
      (void)definitions_from_file(path_);
      return handlers_.valid();
    } catch (const SetupError& error) { handlers_.faulty(error.what()); }
  }
}

}  // namespace dialogue::app
