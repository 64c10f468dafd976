// See file_watch.hpp.
#include "server/app/commands/file_watch.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace dialogue::app {
namespace {

constexpr long kLookEveryNs = 100'000'000;

/// What differs once a file has changed; all zero where there is none.
using Stamp = std::array<std::int64_t, 6>;

Stamp stamp_of(const std::string& path) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) return {};
  return {now.st_mtim.tv_sec,  now.st_mtim.tv_nsec, now.st_ctim.tv_sec,
          now.st_ctim.tv_nsec, now.st_size,         static_cast<std::int64_t>(now.st_ino)};
}

/// Waits for a signal of `signals` until the next look; true when one came.
bool is_ended(const sigset_t& signals) {
  const timespec pause{0, kLookEveryNs};
  for (;;) {
    if (sigtimedwait(&signals, nullptr, &pause) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace

void watch_file(const std::string& path, const std::function<void()>& changed) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);  // one that comes while `changed` runs is taken by the next wait
  Stamp done = stamp_of(path);
  changed();
  for (Stamp before = done; !is_ended(signals);) {
    const Stamp now = stamp_of(path);
    const bool is_settled = now == before;  // nobody is writing it at this moment
    before = now;
    if (now == done || !is_settled) continue;
    done = now;
    changed();
  }
}

}  // namespace dialogue::app
