// See postgres_follows.hpp. A notification carries the hashes of the keys of the logs that have moved, in hexadecimal, each with
// a comma behind; `kept` for the kept state, `*` for more than that. What is new is always read from the tables.
#include "server/store/postgres/postgres_follows.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "server/store/checksum.hpp"
#include "server/store/postgres/tables/postgres_reader.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kWrittenMax = 4096;
constexpr std::size_t kPayloadBytesMax = 7900;  ///< PostgreSQL takes less than 8000
constexpr std::chrono::seconds kSizesPause{30};
constexpr const char* kAll = "*";
constexpr const char* kAllPayload = "*,";

// A notification need not outlive a crash, so no commit of one waits for a disk.
constexpr PostgresStatement kListen{"dialogue_listen",
                                    "SELECT listen_to_writers(), set_config('synchronous_commit', 'off', false)"};
constexpr PostgresStatement kNotify{"dialogue_notify", "SELECT notify_followers($1::text[])"};
constexpr PostgresStatement kAsleep{"dialogue_asleep", "SELECT set_config('synchronous_commit', 'off', false)"};
// The NATS subject of this database alone, independent of the name by which servers reach it.
constexpr PostgresStatement kSubject{
    "dialogue_subject",
    "SELECT 'dialogue.' || encode(substr(sha256(convert_to(system_identifier || '/' || current_database() || '/' || "
    "current_schema(), 'UTF8')), 1, 8), 'hex') FROM store"};
constexpr PostgresStatement kSizes{"dialogue_sizes",
                                   "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class AS c "
                                   "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"};

std::string name_of(const std::optional<core::RoomKey>& room) {
  if (!room) return "kept";
  const std::uint64_t sum = Checksum().add(room->tenant).add(room->room).value();
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), sum, 16);
  return {digits.data(), end.ptr};
}

std::vector<std::string> payloads_of(const std::set<std::string>& names) {
  std::vector<std::string> payloads;
  for (const std::string& name : names) {
    if (payloads.empty() || payloads.back().size() + name.size() + 1 > kPayloadBytesMax) payloads.emplace_back();
    payloads.back() += name + ",";
  }
  return payloads;
}

void add_names(std::string_view payload, std::vector<std::string>& names) {
  for (std::size_t end = payload.find(','); end != std::string_view::npos; end = payload.find(',')) {
    names.emplace_back(payload.substr(0, end));
    payload.remove_prefix(end + 1);
  }
}

}  // namespace

PostgresFollows::PostgresFollows(Settings settings)
    : settings_(std::move(settings)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      link_(settings_.connect),
      bus_(settings_.bus ? std::make_unique<NatsBus>(NatsBus::Settings{*settings_.bus, kAllPayload,
                                                                       [this](const auto& payloads) { heard(payloads); },
                                                                       settings_.warn, settings_.note})
                         : nullptr),
      thread_([this] { run(); }) {}

FollowResult PostgresFollows::follow(FollowStart start, FollowWakeUp wake_up) {
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

void PostgresFollows::wrote(const std::optional<core::RoomKey>& room, const LogHead& head) {
  if (head.epoch != 0) table_->set(room, head);
  {
    const std::lock_guard lock(mutex_);
    if (!written_.contains(kAll)) written_.insert(name_of(room));
    if (written_.size() > kWrittenMax) written_ = {kAll};
    // Where there is no head, its own followers have to be looked for.
    if (head.epoch == 0 && new_.size() < kFollowsMax) new_.push_back({room, 0});
  }
  wake();
}

void PostgresFollows::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof(one));
}

void PostgresFollows::stop() {
  table_->stop();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  if (bus_) bus_->stop();
  if (wake_ >= 0) ::close(std::exchange(wake_, -1));
}

std::chrono::milliseconds PostgresFollows::pause(bool has_written) const {
  const auto now = Clock::now();
  Clock::time_point due = has_written ? std::min(looks_.due(), notify_due_) : looks_.due();
  if (is_failing_) due = std::max(link_.due(), now + kReconnectPauseMin);
  return std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(due - now));
}

void PostgresFollows::run() {
  for (;;) {
    try {
      step();
      is_failing_ = false;
    } catch (const PostgresError& error) { fail(error); }
    table_->deliver();
    bool has_written = false;
    {
      const std::lock_guard lock(mutex_);
      has_written = !written_.empty();
      if (is_stopping_ && (!has_written || is_failing_)) return;
      if (!new_.empty() && !is_failing_) continue;
    }
    wait(pause(has_written));
  }
}

void PostgresFollows::wait(std::chrono::milliseconds at_most) {
  try {
    if (!is_failing_) return link_.connection().wait(wake_, at_most);
    pollfd each{wake_, POLLIN, 0};
    static_cast<void>(::poll(&each, 1, static_cast<int>(at_most.count())));
  } catch (const PostgresError& error) { fail(error); }
}

void PostgresFollows::step() {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_, &wakes, sizeof(wakes));  // before what it announces is looked for
  PostgresConnection& now = link_.connection();
  if (link_.made() != known_made_) {
    listen(now);
    known_made_ = link_.made();
    looks_.look_soon();  // what was notified meanwhile is lost
  }
  send_written(now);
  std::vector<std::string> names;
  for (const PostgresConnection::Notification& each : now.take_notifications())
    if (!each.is_own) add_names(each.payload, names);
  Targets fresh;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(new_);
    if (heard_.contains(kAll)) looks_.look_when_rested();
    names.insert(names.end(), heard_.begin(), heard_.end());
    heard_.clear();
  }
  if (bus_) std::erase(names, kAll);
  looks_.look_at(now, fresh);
  if (Clock::now() >= looks_.due())
    looks_.look_at_all(now);
  else if (!names.empty())
    look_at_notified(now, names);
  if (Clock::now() < sizes_due_) return;
  database_bytes_ = now.run(kSizes).number(0, 0);
  sizes_due_ = Clock::now() + kSizesPause;
}

void PostgresFollows::send_written(PostgresConnection& now) {
  std::set<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    if (written_.empty() || (Clock::now() < notify_due_ && !is_stopping_)) return;
    names.swap(written_);
  }
  notify_due_ = Clock::now() + kNotifyPause;
  if (bus_ && settings_.notifies) {
    for (std::string& payload : payloads_of(names)) bus_->publish(std::move(payload));
    return;
  }
  if (settings_.notifies) now.run(kNotify, PostgresParameters().add_texts(payloads_of(names)));
}

void PostgresFollows::listen(PostgresConnection& now) {
  now.run(bus_ ? kAsleep : kListen);
  if (bus_) bus_->start(now.run(kSubject).text(0, 0));
}

void PostgresFollows::heard(const std::vector<std::string>& payloads) {
  std::vector<std::string> names;
  for (const std::string& payload : payloads) add_names(payload, names);
  {
    const std::lock_guard lock(mutex_);
    heard_.insert(names.begin(), names.end());
    if (heard_.size() > kWrittenMax) heard_ = {kAll};
  }
  wake();
}

void PostgresFollows::look_at_notified(PostgresConnection& now, const std::vector<std::string>& names) {
  if (table_->is_empty()) return;
  const std::set<std::string> wanted(names.begin(), names.end());
  if (wanted.contains(kAll)) return looks_.look_at_all(now);
  Targets moved;
  for (FollowTable::Target& each : table_->targets(std::nullopt, kFollowsMax))
    if (wanted.contains(name_of(each.room))) moved.push_back(std::move(each));
  looks_.look_at(now, moved);
}

void PostgresFollows::fail(const PostgresError& error) {
  table_->set_all({error.is_damage() ? core::StoreStatus::damaged : core::StoreStatus::busy});
  looks_.look_soon();
  if (!std::exchange(is_failing_, true) && settings_.warn)
    settings_.warn(std::string("logs cannot be followed; retrying: ") + error.what());
}

}  // namespace dialogue::store
