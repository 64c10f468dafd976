// How much memory the control group of this process may have, as containers and services set it: cgroups of version 2 and 1.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace dialogue::ops {

/// Returns the smallest memory limit of this process's cgroup and of those above it, in bytes; no value if none has a limit.
/// `root`: the directory with `proc` and `sys`.
[[nodiscard]] std::optional<std::uint64_t> cgroup_memory_bytes(const std::filesystem::path& root = "/");

}  // namespace dialogue::ops
