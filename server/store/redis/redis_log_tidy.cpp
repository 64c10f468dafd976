// How a RedisLog removes what is old: when it is asked to, and in rooms that are not opened when there is time. Several servers
// may do it at once: each script looks at what it changes.
#include <algorithm>
#include <sstream>
#include <utility>

#include "server/core/log/producer_key.hpp"
#include "server/store/encoding/producer_rows.hpp"
#include "server/store/log_rules.hpp"
#include "server/store/redis/redis_log.hpp"
#include "server/store/redis/scripts/redis_scripts.hpp"
#include "server/store/redis/tables/redis_producers.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kProducersPerLook = 256;
constexpr std::size_t kProducerLooksMax = 16;

std::uint64_t time_before(std::uint64_t now_ms, std::uint64_t age_ms) { return now_ms - std::min(now_ms, age_ms); }

/// The number of rows, each as producer, use and row, then producers that go.
void add_rows(std::vector<std::string>& arguments, const std::vector<core::ProducerState>& producers) {
  std::vector<std::string> gone;
  const auto is_kept = [](const core::ProducerState& each) { return each.expected > 1; };
  arguments.push_back(std::to_string(std::count_if(producers.begin(), producers.end(), is_kept)));
  for (const core::ProducerState& each : producers) {
    if (!is_kept(each)) {
      gone.push_back(each.key);
      continue;
    }
    arguments.push_back(each.key);
    arguments.push_back(std::to_string(each.used_ms));
    arguments.push_back(producer_row(each));
  }
  arguments.insert(arguments.end(), gone.begin(), gone.end());
}

}  // namespace

bool RedisLog::fold(const core::RoomKey& key) {
  enum Part : std::size_t { kEpoch, kFolded, kNewsThere };
  const std::string part = keys_.part(key), name = RedisKeys::name_of(key);
  RedisConnection& now = connection();
  const RedisAnswer found = now.run(RedisCall{&redis_scripts().producers_of_news, {part}, {name}});
  const RedisView news = found[kNewsThere];
  if (news.size() == 0) return true;
  ProducerRows all;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < news.size(); ++i) {
    all.add_news(i, news[i].bytes());
    bytes += news[i].bytes().size();
  }
  const std::optional<std::vector<std::string>> changed = all.keys_of_news();
  if (!changed) return false;
  const std::string hash = part + ":d:" + name;
  RedisConnection::Command get{"HMGET", hash};
  get.insert(get.end(), changed->begin(), changed->end());
  const RedisAnswer rows = now.run(get);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!rows[i].is_nil()) add_producer_row(all, (*changed)[i], rows[i].bytes());
  const std::optional<std::vector<core::ProducerState>> known = std::move(all).take(true);
  if (!known) return false;
  std::vector<std::string> arguments{
      name, found[kEpoch].text(), found[kFolded].text(), std::to_string(news.size()), std::to_string(bytes), "0"};
  add_rows(arguments, *known);
  return ask(redis_scripts().fold, {part}, arguments, false).answer == "o";
}

bool RedisLog::drop_old_producers(const core::RoomKey& key, std::uint64_t base, const ProducerAge& age) {
  enum Part : std::size_t { kEpoch, kFolded, kNewsThere, kProducers };
  if (!fold(key)) return false;
  const std::string part = keys_.part(key), name = RedisKeys::name_of(key);
  const std::string unused = std::to_string(std::max(age.before_ms, age.pages_before_ms));
  std::vector<core::ProducerState> gone;
  std::vector<std::string> arguments;
  for (std::size_t looks = 0; looks < kProducerLooksMax && gone.size() < kTrimRecordsMax; ++looks) {
    const RedisAnswer found =
        connection().run(RedisCall{&redis_scripts().old_producers,
                                   {part},
                                   {name, unused, std::to_string(looks * kProducersPerLook), std::to_string(kProducersPerLook)}});
    arguments = {name, found[kEpoch].text(), found[kFolded].text(), std::to_string(found[kNewsThere].number()), "0", "1"};
    if (found[kNewsThere].number() != 0) return false;  // the room was written since
    const RedisView old = found[kProducers];
    ProducerRows rows;
    for (std::size_t i = 0; i + 1 < old.size(); i += 2) add_producer_row(rows, old[i].text(), old[i + 1].bytes());
    std::optional<std::vector<core::ProducerState>> known = std::move(rows).take();
    if (!known) return false;
    for (core::ProducerState& each : *known) {
      if (!is_forgettable(each, age.before_ms, base) && !is_page_over(each, age.pages_before_ms)) continue;
      each.expected = 1;
      if (gone.size() < kTrimRecordsMax) gone.push_back(std::move(each));
    }
    if (old.size() < 2 * kProducersPerLook) break;
  }
  if (gone.empty()) return false;
  add_rows(arguments, gone);
  static_cast<void>(ask(redis_scripts().fold, {part}, arguments, false));
  return gone.size() == kTrimRecordsMax;
}

core::LogTrimmed RedisLog::trim(const core::TrimLog& trim) {
  core::LogTrimmed trimmed;
  trimmed.status = attempt([&] {
    std::vector<std::string> arguments{RedisKeys::name_of(trim.key), std::to_string(trim.epoch), std::to_string(trim.before_ms),
                                       std::to_string(kTrimRecordsMax),
                                       std::to_string(std::max(trim.producers_before_ms, trim.page_producers_before_ms))};
    for (const core::TrimLog::Window& window : trim.windows) {
      arguments.push_back(window.group);
      arguments.push_back(std::to_string(window.before_ms));
    }
    const Outcome outcome = ask(redis_scripts().trim, {keys_.part(trim.key)}, arguments, false);
    if (outcome.status != core::StoreStatus::ok) return outcome.status;
    std::istringstream answer(outcome.answer);
    char status = 's';
    bool has_old = false;
    answer >> status >> trimmed.base >> trimmed.more >> has_old;
    if (status != 'o') return status == 'd' ? core::StoreStatus::damaged : core::StoreStatus::stale;
    if (has_old)
      trimmed.more =
          drop_old_producers(trim.key, trimmed.base, {trim.producers_before_ms, trim.page_producers_before_ms}) || trimmed.more;
    return core::StoreStatus::ok;
  });
  if (trimmed.status != core::StoreStatus::ok && trimmed.status != core::StoreStatus::stale) return {trimmed.status, 1, false};
  return trimmed;
}

bool RedisLog::tidy() {
  if (has_failed_ || newest_ms_ < next_round_ms_ || newest_ms_ == 0) return false;
  bool is_round_over = false;
  const core::StoreStatus outcome = attempt([&] {
    const std::vector<RedisReader::Room> rooms = RedisReader(connection()).rooms_after(swept_to_, kRoomsPerSweepStep);
    is_round_over = rooms.size() < kRoomsPerSweepStep;
    for (const RedisReader::Room& each : rooms) {
      if (sweep_room(each)) {
        is_round_over = false;  // this room again in the next step
        break;
      }
      swept_to_ = each.key;
    }
    return core::StoreStatus::ok;
  });
  if (outcome == core::StoreStatus::ok && !is_round_over) return true;
  swept_to_ = {};
  next_round_ms_ = newest_ms_ + kSweepPauseMs;
  return false;
}

bool RedisLog::sweep_room(const RedisReader::Room& room) {
  if (room.is_damaged) return false;
  const bool has_age = room.keep_ms > 0 && room.keep_ms < clock_ms_;
  core::TrimLog its{room.key, room.epoch, has_age ? clock_ms_ - room.keep_ms : 0, {}};
  its.producers_before_ms = time_before(clock_ms_, kProducerAgeMs);
  its.page_producers_before_ms = time_before(clock_ms_, core::kPageProducerAgeMs);
  const core::LogTrimmed trimmed = trim(its);
  if (trimmed.status != core::StoreStatus::ok || trimmed.more) return trimmed.more;
  if (trimmed.base <= room.head) return false;
  static_cast<void>(ask(
      redis_scripts().end_empty, {keys_.part(room.key)},
      {RedisKeys::name_of(room.key), std::to_string(room.epoch), std::to_string(newest_ms_), std::to_string(kEmptyRoomKeptMs)},
      false));
  return false;
}

}  // namespace dialogue::store
