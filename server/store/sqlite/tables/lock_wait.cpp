// See lock_wait.hpp.
#include "server/store/sqlite/tables/lock_wait.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace dialogue::store {
namespace {

constexpr int kStepMaxMs = 50, kUsPerMs = 1000;

}  // namespace

void LockWait::begin(sqlite3* handle) {
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_VFS_POINTER, &vfs_);
  sqlite3_busy_handler(handle, on_busy, this);
}

int LockWait::on_busy(void* self, int count) { return static_cast<LockWait*>(self)->should_try_again(count) ? 1 : 0; }

bool LockWait::should_try_again(int count) {
  if (count == 0) waited_ms_ = 0;
  if (vfs_ == nullptr || (count == 0 && std::chrono::steady_clock::now() < again_at_)) return false;
  if (waited_ms_ >= max_ms_) {
    again_at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(max_ms_);
    return false;
  }
  const int step_ms = std::min({count + 1, kStepMaxMs, max_ms_ - waited_ms_});
  waited_ms_ += step_ms;
  vfs_->xSleep(vfs_, step_ms * kUsPerMs);
  return true;
}

}  // namespace dialogue::store
