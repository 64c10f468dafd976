// How the descriptors that a process may have are divided: what is open already, a part for the store, hooks and keys, some last
// places from which /health is answered and everything else is refused, and sockets (docs/decisions/261-file-descriptors.md).
// Functions, safe from any thread.
#pragma once
#include <cstddef>

namespace dialogue::net {

struct DescriptorBudget {
  std::size_t limit = 0;        ///< of the process
  std::size_t sockets_max = 0;  ///< sockets that are served as they ask
  std::size_t reserved = 0;     ///< sockets beyond those, see ReservedDescriptors
};

/// Divides `limit` descriptors of which `open_now` are in use before the first socket. Where there are few, each part shrinks.
[[nodiscard]] DescriptorBudget divide_descriptors(std::size_t limit, std::size_t open_now);

/// The soft limit of this process, getrlimit(RLIMIT_NOFILE).
[[nodiscard]] std::size_t descriptor_limit();

/// How many descriptors this process has open, from /proc/self/fd; 0 where that cannot be read.
[[nodiscard]] std::size_t open_descriptor_count();

}  // namespace dialogue::net
