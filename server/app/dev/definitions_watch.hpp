// The watch of `dialogue dev` on its definitions: a thread that checks the file ten times a second, and notifies of valid
// changes. A change with faults is reported, and the last valid definitions stay in force.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "server/app/process/file_changes.hpp"

namespace dialogue::app {

class DefinitionsWatch {
 public:
  struct Handlers {
    std::function<void()> valid;                            ///< called once, after a valid change; then the watch is over
    std::function<void(const std::string& faults)> faulty;  ///< one line each, as `dialogue check` prints them
  };

  /// `changes` watches the file, and was made before the file was read. Handlers are called on the watch's own thread.
  DefinitionsWatch(std::string path, FileChanges changes, Handlers handlers);
  DefinitionsWatch(const DefinitionsWatch&) = delete;
  DefinitionsWatch& operator=(const DefinitionsWatch&) = delete;
  ~DefinitionsWatch();

 private:
  void watch();

  const std::string path_;
  FileChanges changes_;
  const Handlers handlers_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_ended_ = false;
  std::thread thread_;
};

}  // namespace dialogue::app
