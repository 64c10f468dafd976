// The values of /proc for this process. Values that cannot be read stay 0.
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>

#include "server/ops/metrics.hpp"

namespace dialogue::ops {
namespace {

using metrics::Metric, metrics::kSecond;

struct FileCloser {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::uint64_t open_descriptors() {
  const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir("/proc/self/fd"));
  if (!directory) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(directory.get())) count += entry->d_name[0] != '.' ? 1 : 0;
  return count > 0 ? count - 1 : 0;  // one of them is the directory
}

/// Field 22 of /proc/self/stat: when the process began, in ticks since the machine did.
std::uint64_t start_ticks() {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen("/proc/self/stat", "re"));
  char text[1024];
  if (!file || std::fgets(text, sizeof text, file.get()) == nullptr) return 0;
  const char* at = std::strrchr(text, ')');  // behind the name, which may hold anything
  unsigned long long ticks = 0;
  const char* const kFields = ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu";
  return at != nullptr && std::sscanf(at, kFields, &ticks) == 1 ? ticks : 0;
}

/// In Unix time, which does not move while the process lives.
std::uint64_t start_ns() {
  timespec now{}, since_boot{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto ns_of = [](const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_nsec);
  };
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return ns_of(now) - ns_of(since_boot) + start_ticks() * (kSecond / ticks_per_second);
}

}  // namespace

void measure_process(metrics::CellValues& process) {
  const auto set = [&process](Metric metric, std::uint64_t value) { process[metrics::cell_of(metric, 0)] = value; };
  timespec cpu{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  set(Metric::process_cpu_seconds_total,
      static_cast<std::uint64_t>(cpu.tv_sec) * kSecond + static_cast<std::uint64_t>(cpu.tv_nsec));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  unsigned long long size = 0, resident = 0;
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen("/proc/self/statm", "re"));
  if (file && std::fscanf(file.get(), "%llu %llu", &size, &resident) == 2) {
    set(Metric::process_virtual_memory_bytes, size * page_bytes);
    set(Metric::process_resident_memory_bytes, resident * page_bytes);
    set(Metric::memory_used_bytes, resident * page_bytes);
  }
  set(Metric::process_open_fds, open_descriptors());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) set(Metric::process_max_fds, limit.rlim_cur);
  static const std::uint64_t kStartedNs = start_ns();
  set(Metric::process_start_time_seconds, kStartedNs);
}

}  // namespace dialogue::ops
