// What containers and services write into /proc and /sys/fs/cgroup, as files of a directory.
#include "server/ops/cgroup_memory.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>

namespace dialogue::test {

using namespace ops;

namespace {

namespace fs = std::filesystem;

/// A root directory of files, which goes with it.
class Root {
 public:
  explicit Root(const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) {
      fs::create_directories((path_ / name).parent_path());
      std::ofstream(path_ / name) << text;
    }
  }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  ~Root() { fs::remove_all(path_); }
  [[nodiscard]] std::optional<std::uint64_t> limit() const { return cgroup_memory_bytes(path_); }

 private:
  const fs::path path_ = fs::temp_directory_path() / ("dialogue-cgroup-" + std::to_string(std::random_device()()));
};

}  // namespace

TEST_CASE("F-N28 the cgroup's limit of version 2 is the smallest of the group and those above it") {
  const std::string group = "sys/fs/cgroup/system.slice/dialogue.service/memory.max",
                    slice = "sys/fs/cgroup/system.slice/memory.max";
  const std::string self = "0::/system.slice/dialogue.service\n";
  CHECK(Root({{"proc/self/cgroup", self}, {group, "1073741824\n"}, {slice, "max\n"}}).limit() == 1073741824);
  CHECK(Root({{"proc/self/cgroup", self}, {group, "1073741824\n"}, {slice, "536870912\n"}}).limit() == 536870912);
  CHECK(Root({{"proc/self/cgroup", self}, {group, "max\n"}, {slice, "max\n"}}).limit() == std::nullopt);
  // A container sees its own group on top, whatever the host calls it.
  CHECK(Root({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/memory.max", "1000000\n"}}).limit() == 1000000);
  CHECK(Root({{"proc/self/cgroup", "0::/docker/abc\n"}, {"sys/fs/cgroup/memory.max", "1000000\n"}}).limit() == 1000000);
}

TEST_CASE("F-N28 the cgroup's limit of version 1: an impossibly large number means unlimited") {
  const std::string self = "5:cpu,cpuacct:/a\n4:memory:/docker/abc\n0::/\n";
  const std::string group = "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes",
                    top = "sys/fs/cgroup/memory/memory.limit_in_bytes";
  CHECK(Root({{"proc/self/cgroup", self}, {group, "2147483648\n"}, {top, "9223372036854771712\n"}}).limit() == 2147483648);
  CHECK(Root({{"proc/self/cgroup", self}, {group, "9223372036854771712\n"}}).limit() == std::nullopt);
  CHECK(Root({{"proc/self/cgroup", self}, {top, "2147483648\n"}}).limit() == 2147483648);
}

TEST_CASE("F-N28 without cgroups, and with empty files, there is no limit") {
  CHECK(Root({}).limit() == std::nullopt);
  CHECK(Root({{"proc/self/cgroup", "no line of it\n0::/x\n"}, {"sys/fs/cgroup/x/memory.max", "a lot\n"}}).limit() ==
        std::nullopt);
}

}  // namespace dialogue::test
