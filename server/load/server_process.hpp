// The resource usage of a server's process and its children, from /proc (proc(5)): for a server on the same machine as the
// load. Safe from any thread.
#pragma once
#include <cstdint>
#include <vector>

namespace dialogue::load {

class ServerProcess {
 public:
  /// 0: no server is watched, and every figure is 0.
  explicit ServerProcess(int pid);

  [[nodiscard]] bool is_watched() const { return pid_ != 0; }
  [[nodiscard]] bool is_there() const;
  [[nodiscard]] std::uint64_t cpu_us() const;
  [[nodiscard]] std::uint64_t private_kib() const;

 private:
  int pid_;
  std::vector<int> family_;  ///< the process and all below it, as they were in the beginning
};

}  // namespace dialogue::load
