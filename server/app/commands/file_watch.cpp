// See file_watch.hpp.
#include "server/app/commands/file_watch.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

#include "server/app/process/file_changes.hpp"

namespace dialogue::app {
namespace {

constexpr long kLookEveryNs = 100'000'000;

/// Waits for a signal of `signals` until the next look; true when one came.
bool is_ended(const sigset_t& signals) {
  const timespec pause{0, kLookEveryNs};
  for (;;) {
    if (sigtimedwait(&signals, nullptr, &pause) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace

void watch_file(const std::string& path, const std::function<bool()>& changed) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);  // one that comes while `changed` runs is taken by the next wait
  FileChanges changes(path);
  bool goes_on = changed();
  while (goes_on && !is_ended(signals))
    if (changes.look()) goes_on = changed();
}

}  // namespace dialogue::app
