// The smallest definitions that can be talked through, and what /proc says of this process.
#include "tests/server/support/test_server.hpp"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "server/store/memory/memory_store.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::test {

using namespace core;
using namespace host;
using namespace store;

namespace {

constexpr std::size_t kEverydayDivisor = 100;
constexpr double kServedWithinMs = 1000;

Definitions test_definitions() {
  Definitions definitions;
  EventDefinition message;
  message.name = "message";
  message.schema = definitions.schemas.add({});
  definitions.events.push_back(message);
  RoomDefinition chat;
  chat.id = "chat";
  chat.events = {"message"};
  definitions.rooms.push_back(chat);
  return definitions;
}

ServerConfig with(ServerConfig config, const std::function<void(ServerConfig&)>& change,
                  std::function<void(const LogLine&)> log) {
  config.log = std::move(log);
  if (change) change(config);
  return config;
}

}  // namespace

ServerConfig test_server_config() {
  ServerConfig config;
  config.shard.definitions = test_definitions();
  config.shard.catalogue_bytes = make_catalogue(config.shard.definitions).bytes;
  config.identify = source_of(development_authenticator(true));
  config.shard_count = 2;
  config.make_memory_store = [](std::uint64_t seed) { return std::make_unique<MemoryStore>(seed); };
  return config;
}

TestServer::TestServer(const std::function<void(ServerConfig&)>& change)
    : server_(with(test_server_config(), change, [this](const LogLine& line) {
        const std::lock_guard lock(mutex_);
        ++log_counts_[line.event];
      })) {
  if (const auto fault = server_.start()) FAIL(*fault);
}

std::size_t TestServer::log_count(std::string_view event) const {
  const std::lock_guard lock(mutex_);
  const auto found = log_counts_.find(event);
  return found == log_counts_.end() ? 0 : found->second;
}

void TestServer::await_connections(std::size_t count) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (server_.connection_count() != count) {
    if (std::chrono::steady_clock::now() > deadline)
      FAIL("the server holds " << server_.connection_count() << " sockets, not " << count);
    std::this_thread::yield();
  }
}

std::string hello(std::string_view user_id) { return R"([1,1,0,0,{"identity":{"userId":")" + std::string(user_id) + "\"}}]"; }

HonestClient::HonestClient(std::uint16_t port, const std::string& user_id) : client_(port) {
  client_.upgrade();
  client_.send_text(hello(user_id));
  (void)await("[33,");
  client_.send_text(R"([2,1,0,0,0,"chat",{}])");
  const std::string joined = await("[34,1,");
  room_ = joined.substr(6, joined.find(',', 6) - 6);
}

std::string HonestClient::await(std::string_view prefix) {
  while (true) {
    std::string frame = client_.next_frame();
    if (frame.starts_with(prefix)) return frame;
    others.push_back(std::move(frame));
  }
}

double HonestClient::round_trip_ms() {
  const std::string payload = "\"round trip " + std::to_string(++count_) + "\"";
  const auto begin = std::chrono::steady_clock::now();
  client_.send_text("[4," + room_ + ",1," + std::to_string(count_) + ",0," + payload + "]");
  while (!await("[36,").ends_with(payload + "]")) continue;
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

void HonestClient::require_served() {
  const double took_ms = round_trip_ms();
  if (is_full_run() && !kSanitized) CHECK(took_ms < kServedWithinMs);
}

bool is_full_run() {
  const char* const value = std::getenv("DIALOGUE_RELIABILITY");
  return value && std::string_view(value) == "full";
}

std::size_t figure(std::size_t full) { return is_full_run() ? full : std::max<std::size_t>(1, full / kEverydayDivisor); }

std::size_t open_descriptors() {
  const auto entries = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace dialogue::test
