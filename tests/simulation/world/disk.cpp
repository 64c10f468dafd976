// See disk.hpp.
#include "tests/simulation/world/disk.hpp"

#include <array>
#include <map>

#include "server/store/store_error.hpp"

namespace dialogue::simulation {

using namespace core;
using namespace store;

namespace {

constexpr std::array kFiles = {"db", "db-wal", "db-journal", "db-head"};

std::string next_name() {
  static std::uint64_t count = 0;
  return "simulated-" + std::to_string(++count);
}

}  // namespace

Disk::Disk() : vfs_(next_name()) {}

Disk::~Disk() = default;

std::string Disk::open(std::uint64_t seed, Time now) {
  const auto clock = [&] { return BootClock{std::to_string(boots_), now.monotonic_ms, now.unix_ms}; };
  try {
    log_ = std::make_unique<SqliteLog>("db", SqliteOptions{.vfs = vfs_.name(), .seed = seed, .warn = {}, .clock = clock});
  } catch (const StoreError& error) { return error.what(); }
  return {};
}

/// Closes the files without a trace on the disk.
void Disk::let_go() {
  if (!vfs_.is_dark()) vfs_.plan({Error::power, 1});
  log_.reset();
}

void Disk::kill() {
  std::map<std::string, std::string> files;
  for (const char* file : kFiles)
    if (vfs_.exists(file)) files[file] = vfs_.content(file);
  let_go();
  vfs_.plan({});
  for (const auto& [file, bytes] : files) vfs_.put(file, bytes);
}

void Disk::lose_power(std::uint64_t seed) {
  let_go();
  ++boots_;
  vfs_.restart(seed);
}

}  // namespace dialogue::simulation
