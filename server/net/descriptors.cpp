// See descriptors.hpp.
#include "server/net/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>

namespace dialogue::net {
namespace {

// Hooks keep 5 connections, keys 1, each with a resolver; SQLite opens files while it works; a recording is one file. And what a
// turn of the listener accepts before the oldest of the last places has left.
constexpr std::size_t kForOthers = 64;
constexpr std::size_t kLastPlaces = 16;

}  // namespace

DescriptorBudget divide_descriptors(std::size_t limit, std::size_t open_now) {
  const std::size_t spare = limit > open_now ? limit - open_now : 0;
  const std::size_t others = std::min(kForOthers, spare / 4), places = std::min(kLastPlaces, spare / 8);
  return {limit, spare - others - places, places};
}

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::numeric_limits<int>::max();
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()));
}

std::size_t open_descriptor_count() {
  std::error_code unreadable;
  const std::filesystem::directory_iterator entries("/proc/self/fd", unreadable);
  if (unreadable) return 0;
  const auto count = static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  return count > 0 ? count - 1 : 0;  // the directory itself
}

}  // namespace dialogue::net
