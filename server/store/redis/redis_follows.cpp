// See redis_follows.hpp.
#include "server/store/redis/redis_follows.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/store/redis/tables/redis_keys.hpp"
#include "server/store/redis/tables/redis_reader.hpp"

namespace dialogue::store {
namespace {

constexpr std::chrono::seconds kRedisSizesPause{30};
constexpr std::string_view kAllRooms = "*";

std::vector<std::string> channels_of(const RedisKeys& keys) {
  std::vector<std::string> channels{keys.kept() + ":c"};
  for (std::size_t part = 0; part < kRedisParts; ++part) channels.push_back(keys.part(part) + ":c");
  return channels;
}

/// Removes a number and the space behind it from the front of `text`; returns no value if `text` does not begin so.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto size = static_cast<std::size_t>(end - text.data());
  if (fault != std::errc() || size >= text.size() || text[size] != ' ') return std::nullopt;
  text.remove_prefix(size + 1);
  return number;
}

std::unique_ptr<RedisConnection> subscribed(const RedisAddress& address) {
  auto connection = std::make_unique<RedisConnection>(address);
  connection->subscribe(channels_of(RedisKeys(address.prefix)));
  return connection;
}

}  // namespace

RedisFollows::RedisFollows(Settings settings)
    : settings_(std::move(settings)),
      kept_channel_(RedisKeys(settings_.address.prefix).kept() + ":c"),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      link_([address = settings_.address] { return connect_to_store(address); }),
      listening_([address = settings_.address] { return subscribed(address); }),
      thread_([this] { run(); }) {}

FollowResult RedisFollows::follow(FollowStart start, FollowWakeUp wake_up) {
  FollowTable::Target target{start.room, start.epoch};
  FollowResult result = table_->add(std::move(start), std::move(wake_up));
  if (result.status != FollowStatus::ok) return result;
  {
    const std::lock_guard lock(mutex_);
    if (new_.size() < kFollowsMax) new_.push_back(std::move(target));
  }
  wake();
  return result;
}

void RedisFollows::wrote(const std::optional<core::RoomKey>& room, const LogHead& head) {
  if (head.epoch != 0) {
    table_->set(room, head);
  } else {
    const std::lock_guard lock(mutex_);
    if (new_.size() < kFollowsMax) new_.push_back({room, 0});
  }
  wake();
}

void RedisFollows::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof(one));
}

void RedisFollows::stop() {
  table_->stop();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  if (wake_ >= 0) ::close(std::exchange(wake_, -1));
}

void RedisFollows::run() {
  for (;;) {
    try {
      step();
      is_failing_ = false;
    } catch (const RedisError& error) { fail(error); }
    table_->deliver();
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
      if (!new_.empty() && !is_failing_) continue;
    }
    wait();
  }
}

void RedisFollows::wait() {
  const auto now = Clock::now();
  Clock::time_point due = looks_.due();
  if (is_failing_) due = std::max(link_.due(), now + kReconnectPauseMin);
  if (is_deaf_) due = std::min(due, std::max(listening_.due(), now + kReconnectPauseMin));
  const auto pause = std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(due - now));
  try {
    if (settings_.listens && !is_deaf_) return listening_.connection().wait(wake_, pause);
  } catch (const RedisError&) { return; }  // the next step says so
  pollfd each{wake_, POLLIN, 0};
  static_cast<void>(::poll(&each, 1, static_cast<int>(pause.count())));
}

void RedisFollows::step() {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_, &wakes, sizeof(wakes));  // before what it announces is looked for
  listen();
  Targets fresh;
  RedisConnection& now = link_.connection();
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(new_);
  }
  if (link_.made() != std::exchange(known_made_, link_.made())) looks_.look_soon();
  looks_.look_at(now, fresh);
  if (Clock::now() >= looks_.due()) looks_.look_at_all(now);
  if (Clock::now() < sizes_due_) return;
  const std::string used = redis_info(now, "memory", "used_memory");
  std::uint64_t bytes = 0;
  std::from_chars(used.data(), used.data() + used.size(), bytes);
  database_bytes_ = bytes;
  sizes_due_ = Clock::now() + kRedisSizesPause;
}

// Without it followers are woken by looking.
void RedisFollows::listen() {
  if (!settings_.listens) return;
  try {
    RedisConnection& now = listening_.connection();
    if (listening_.made() != std::exchange(known_listening_, listening_.made()))
      looks_.look_soon();  // what was published is lost
    while (const std::unique_ptr<RedisAnswer> message = now.take_message()) take(*message);
    is_deaf_ = false;
  } catch (const RedisError& error) {
    if (!std::exchange(is_deaf_, true) && settings_.warn)
      settings_.warn(std::string("the subscription to Redis is lost, and followed logs are looked at each second: ") +
                     error.what());
  }
}

void RedisFollows::take(const RedisView& message) {
  enum Part : std::size_t { kKind, kChannel, kBody, kParts };
  if (message.size() != kParts || message[kKind].bytes() != "message") return;
  std::string_view text = message[kBody].bytes();
  if (message[kChannel].bytes() == kept_channel_) {
    const std::lock_guard lock(mutex_);
    if (new_.size() < kFollowsMax) new_.push_back({std::nullopt, 0});
  } else if (text == kAllRooms) {
    looks_.look_when_rested();
  } else {
    const std::optional<std::uint64_t> epoch = take_number(text), head = take_number(text);
    const std::optional<core::RoomKey> room = RedisKeys::room_of(text);
    if (epoch && head && room) table_->set(*room, {core::StoreStatus::ok, *epoch, *head});
  }
}

void RedisFollows::fail(const RedisError& error) {
  table_->set_all({error.is_damage() ? core::StoreStatus::damaged : core::StoreStatus::busy});
  looks_.look_soon();
  if (error.is_elsewhere()) link_.drop();
  if (!std::exchange(is_failing_, true) && settings_.warn)
    settings_.warn(std::string("logs cannot be followed; retrying: ") + error.what());
}

}  // namespace dialogue::store
