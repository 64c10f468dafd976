// How much memory the control group of this process may have, as containers and services set it: cgroups of version 2 and 1.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace dialogue::ops {

/// The smallest limit of the group and those above it, in bytes; nothing where there is none. `root` is where proc and sys are.
[[nodiscard]] std::optional<std::uint64_t> cgroup_memory_bytes(const std::filesystem::path& root = "/");

}  // namespace dialogue::ops
