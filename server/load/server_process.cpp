// CPU time is the scheduler's own count in nanoseconds, summed over threads; /proc/PID/stat counts in hundredths of a second,
// which is too coarse for a run of a second.
#include "server/load/server_process.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace dialogue::load {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The numbers that name entries of a directory.
std::vector<int> numbers_in(const std::filesystem::path& directory) {
  std::vector<int> numbers;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(directory, unreadable)) {
    const std::string name = entry.path().filename();
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{} && end == name.data() + name.size()) numbers.push_back(number);
  }
  return numbers;
}

std::filesystem::path proc(int pid) { return "/proc/" + std::to_string(pid); }

int parent_of(int pid) {
  const std::string stat = text_of(proc(pid) / "stat");
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  std::string state;
  int parent = 0;
  fields >> state >> parent;
  return parent;
}

}  // namespace

ServerProcess::ServerProcess(int pid) : pid_(pid) {
  if (pid == 0) return;
  family_ = {pid};
  const std::vector<int> all = numbers_in("/proc");
  for (std::size_t i = 0; i < family_.size(); ++i)
    for (const int candidate : all)
      if (parent_of(candidate) == family_[i]) family_.push_back(candidate);
}

bool ServerProcess::is_there() const { return std::filesystem::exists(proc(pid_)); }

std::uint64_t ServerProcess::cpu_us() const {
  std::uint64_t ns = 0;
  for (const int pid : family_)
    for (const int thread : numbers_in(proc(pid) / "task")) {
      std::uint64_t on_cpu = 0;
      std::istringstream(text_of(proc(pid) / "task" / std::to_string(thread) / "schedstat")) >> on_cpu;
      ns += on_cpu;
    }
  return ns / 1000;
}

std::uint64_t ServerProcess::private_kib() const {
  std::uint64_t kib = 0;
  for (const int pid : family_) {
    std::istringstream rollup(text_of(proc(pid) / "smaps_rollup"));
    for (std::string line; std::getline(rollup, line);)
      if (line.starts_with("Private_Dirty:")) kib += std::stoull(line.substr(line.find(':') + 1));
  }
  return kib;
}

}  // namespace dialogue::load
