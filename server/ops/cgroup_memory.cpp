// cgroups(7): /proc/self/cgroup names the group, a file in its directory the limit. In a container the directory of the group as
// the host names it may not be there, and the one on top is the container's own.
#include "server/ops/cgroup_memory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

namespace dialogue::ops {
namespace {

/// Version 1 writes no word for "none", but a number that no machine has.
constexpr std::uint64_t kNoLimitV1 = std::uint64_t{1} << 60;

std::optional<std::uint64_t> limit_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string text;
  std::uint64_t bytes = 0;
  if (!(stream >> text)) return {};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (fault != std::errc{} || end != text.data() + text.size() || bytes >= kNoLimitV1) return {};  // "max"
  return bytes;
}

/// Returns the smallest limit in `file` of the group and of all groups above it; no value if none has a limit.
std::optional<std::uint64_t> smallest(const std::filesystem::path& mount, const std::filesystem::path& group, const char* file) {
  std::optional<std::uint64_t> least;
  for (std::filesystem::path at = group.relative_path();; at = at.parent_path()) {
    const auto limit = limit_in(mount / at / file);
    if (limit) least = std::min(*limit, least.value_or(*limit));
    if (at.empty()) return least;
  }
}

bool has_memory(std::string_view controllers) {
  for (std::size_t begin = 0; begin <= controllers.size();) {
    const std::size_t end = std::min(controllers.find(',', begin), controllers.size());
    if (controllers.substr(begin, end - begin) == "memory") return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> cgroup_memory_bytes(const std::filesystem::path& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  std::optional<std::uint64_t> least;
  for (std::string line; std::getline(groups, line);) {  // NUMBER:CONTROLLERS:GROUP
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    std::optional<std::uint64_t> limit;
    if (controllers.empty())
      limit = smallest(root / "sys/fs/cgroup", group, "memory.max");
    else if (has_memory(controllers))
      limit = smallest(root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
    if (limit) least = std::min(*limit, least.value_or(*limit));
  }
  return least;
}

}  // namespace dialogue::ops
