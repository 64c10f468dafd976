// See redis_log.hpp.
#include "server/store/redis/redis_log.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

#include "server/store/log_rules.hpp"
#include "server/store/redis/scripts/redis_scripts.hpp"

namespace dialogue::store {
namespace {

constexpr std::chrono::milliseconds kRedisOutcomePause{100};
constexpr const char* kLostConnection = "";  ///< the code of its error
constexpr const char* kLostHistory = "L";    ///< a script's answer
constexpr const char* kDidNotHappen = "N";   ///< that of `settle`
constexpr std::size_t kNumberArguments = 4;
constexpr const char* kReplicasWaitMs = "1000";
constexpr int kLostHistoryTriesMax = 3;
/// Redis keeps answers for 30 days: older ones prove nothing when they are gone.
constexpr std::chrono::hours kAnswersKept{24 * 25};

std::string random_name() {
  std::random_device device;
  return std::to_string((std::uint64_t{device()} << 32) | device());
}

std::uint64_t number_in(const RedisCall& call) { return std::stoull(call.arguments[1]); }

}  // namespace

RedisLog::RedisLog(RedisAddress address, RedisOptions options, EngineLogCallbacks callbacks)
    : address_(std::move(address)),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      keys_(address_.prefix),
      link_([this] { return connect_to_store(address_); }),
      writer_(random_name()) {}

RedisLog::~RedisLog() {
  if (has_failed_ || known_made_ == 0) return;
  try {
    for (const auto& [part, answered] : answered_) link_.connection().run({"UNLINK", part + ":w:" + writer_});
  } catch (const RedisError&) {}  // they expire
}

void RedisLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopped_.notify_all();
}

void RedisLog::warn(const std::string& text) const {
  if (options_.warn) options_.warn(text);
}

RedisConnection& RedisLog::connection() {
  if (std::exchange(is_misplaced_, false)) link_.drop();
  RedisConnection& now = link_.connection();
  if (link_.made() == known_made_) return now;
  check_history(now);
  known_made_ = link_.made();
  if (std::exchange(warned_of_, std::nullopt) == kLostConnection && options_.note) options_.note("Redis is connected again");
  return now;
}

// `settle` under the number that was answered last: it changes nothing where Redis has that answer.
void RedisLog::check_history(RedisConnection& now) {
  forget_old_answers();
  if (answered_.empty()) return;
  std::vector<RedisCall> calls;
  for (const auto& [part, answered] : answered_) {
    const std::string text = std::to_string(answered.number);
    calls.push_back({&redis_scripts().settle, {part}, {writer_, text, text, writer_ + ":" + std::to_string(++batch_)}});
  }
  bool is_lost = false;
  for (const RedisAnswer& each : now.run_all(calls)) {
    now.check(each);
    is_lost = is_lost || each.bytes() == kLostHistory;
  }
  if (is_lost) warn_of_loss();
  const std::string run = redis_info(now, "server", "run_id");
  if (now.run({"HGET", keys_.store(), kRedisRunField}).bytes() != run) now.run({"HSET", keys_.store(), kRedisRunField, run});
}

void RedisLog::warn_of_loss() const {
  warn("Redis lacks events that were acknowledged: it was put back to an older state. The rooms concerned begin new epochs");
}

void RedisLog::forget_old_answers() {
  const auto now = Clock::now();
  std::erase_if(answered_, [now](const auto& each) { return now > each.second.at + kAnswersKept; });
}

core::StoreStatus RedisLog::status_after(const RedisError& error) {
  if (error.is_damage() && callbacks_.damaged) callbacks_.damaged(std::string("Redis reports damage: ") + error.what());
  is_misplaced_ = is_misplaced_ || error.is_elsewhere() || error.is_forbidden();
  if (std::exchange(warned_of_, error.code()) == error.code()) return store_status(error);
  if (error.is_connection_lost())
    warn(std::string("the connection to Redis is lost, publications wait in the clients; reconnecting: ") + error.what());
  else
    warn(std::string("Redis refuses a command: ") + error.what());
  return store_status(error);
}

bool RedisLog::wait_for_outcome(Clock::time_point lost_at, const RedisError& error) {
  static_cast<void>(status_after(error));
  std::unique_lock lock(mutex_);
  const bool is_stopping = stopped_.wait_for(lock, kRedisOutcomePause, [this] { return is_stopping_; });
  if (!is_stopping && Clock::now() < lost_at + kRedisOutcomeWait) return true;
  has_failed_ = true;
  lock.unlock();
  warn("the store has failed: Redis did not return in time to say whether the last write has happened");
  return false;
}

RedisCall RedisLog::numbered(const RedisScript& script, std::vector<std::string> keys, std::vector<std::string> arguments) {
  forget_old_answers();
  const std::string number = std::to_string(++batch_);
  const auto answered = answered_.find(keys[0]);
  std::vector<std::string> all{writer_, number, answered == answered_.end() ? "0" : std::to_string(answered->second.number),
                               writer_ + ":" + number};
  std::move(arguments.begin(), arguments.end(), std::back_inserter(all));
  return {&script, std::move(keys), std::move(all)};
}

std::optional<RedisLog::Outcome> RedisLog::outcome_of(RedisConnection& now, const RedisCall& call, const RedisError& error,
                                                      bool was_sent_before) {
  if (!was_sent_before || error.is_damage()) return Outcome{status_after(error)};
  const RedisCall settle{&redis_scripts().settle, call.keys, {call.arguments.begin(), call.arguments.begin() + kNumberArguments}};
  const RedisAnswer answer = std::move(now.run_all(std::vector{settle})[0]);
  if (answer.is_error()) return std::nullopt;
  if (answer.bytes() == kDidNotHappen) return Outcome{status_after(error)};
  return Outcome{core::StoreStatus::ok, answer.text()};
}

std::vector<RedisLog::Outcome> RedisLog::ask_once(RedisConnection& now, const std::vector<RedisCall>& calls,
                                                  bool were_sent_before, RedisError& fault) {
  const std::vector<RedisAnswer> answers = now.run_all(calls);
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::optional<Outcome> outcome = Outcome{core::StoreStatus::ok, answers[i].text()};
    if (answers[i].is_error()) {
      fault = redis_error_of(answers[i].text());
      outcome = outcome_of(now, calls[i], fault, were_sent_before);
    }
    if (!outcome) break;
    outcomes.push_back(std::move(*outcome));
  }
  return outcomes;
}

std::vector<RedisLog::Outcome> RedisLog::ask(const std::vector<RedisCall>& calls, bool is_promised) {
  if (has_failed_) return std::vector(calls.size(), Outcome{core::StoreStatus::failed});
  std::optional<Clock::time_point> lost_at;  // since when the outcome is unknown
  for (;;) {
    bool is_sent = false;
    RedisError fault("", "");
    std::vector<Outcome> outcomes;
    try {
      RedisConnection& now = connection();
      is_sent = true;
      outcomes = ask_once(now, calls, lost_at.has_value(), fault);
      const auto is_written = [](const Outcome& each) { return each.status == core::StoreStatus::ok; };
      const bool is_known = outcomes.size() == calls.size();
      if (is_promised && is_known && std::any_of(outcomes.begin(), outcomes.end(), is_written))
        wait_for_replicas(now, lost_at.has_value());
    } catch (const RedisError& error) {
      fault = error;
      outcomes.clear();
      if (is_sent && !lost_at) lost_at = Clock::now();
      if (!lost_at) return std::vector(calls.size(), Outcome{status_after(error)});
    }
    if (outcomes.size() == calls.size()) {
      for (std::size_t i = 0; i < calls.size(); ++i) note_answer(calls[i], outcomes[i]);
      return outcomes;
    }
    if (!wait_for_outcome(*lost_at, fault)) return std::vector(calls.size(), Outcome{core::StoreStatus::failed});
  }
}

// WAIT asks for what its own connection has written.
void RedisLog::wait_for_replicas(RedisConnection& now, bool by_others) {
  if (address_.wait_replicas == 0) return;
  if (by_others) now.run({"SET", keys_.kept() + ":wait", writer_});
  const RedisAnswer replicas = now.run({"WAIT", std::to_string(address_.wait_replicas), kReplicasWaitMs});
  if (replicas.number() < address_.wait_replicas)
    throw RedisError("NOREPLICAS", "NOREPLICAS " + std::to_string(replicas.number()) + " of " +
                                       std::to_string(address_.wait_replicas) + " replicas have the last write");
}

void RedisLog::note_answer(const RedisCall& call, const Outcome& outcome) {
  if (outcome.status != core::StoreStatus::ok) return;
  warned_of_.reset();
  answered_[call.keys[0]] = {number_in(call), Clock::now()};
  if (outcome.answer == kLostHistory) warn_of_loss();
}

// Where history was lost nothing of the call has happened.
RedisLog::Outcome RedisLog::ask(const RedisScript& script, const std::vector<std::string>& keys,
                                const std::vector<std::string>& arguments, bool is_promised) {
  Outcome outcome;
  for (int tries_left = kLostHistoryTriesMax; tries_left > 0; --tries_left) {
    outcome = std::move(ask({numbered(script, keys, arguments)}, is_promised)[0]);
    if (outcome.status != core::StoreStatus::ok || outcome.answer != kLostHistory) return outcome;
  }
  return {core::StoreStatus::busy};
}

core::StoreStatus RedisLog::attempt(const std::function<core::StoreStatus()>& work) {
  try {
    return has_failed_ ? core::StoreStatus::failed : work();
  } catch (const RedisError& error) { return status_after(error); }
}

core::StoreStatus RedisLog::erase(const core::RoomKey& key) {
  const std::string seed = "e" + writer_ + ":" + std::to_string(batch_);
  const Outcome outcome =
      ask(redis_scripts().erase, {keys_.part(key), keys_.kept()},
          {RedisKeys::name_of(key), seed, std::to_string(static_cast<unsigned>(KeptKind::room)), room_entry_key(key)});
  if (outcome.status != core::StoreStatus::ok) return outcome.status;
  callbacks_.wrote(key, {});
  callbacks_.kept_changed();
  return outcome.status;
}

core::StoreStatus RedisLog::put_kept(const KeptWrite& write) {
  std::vector<std::string> arguments{std::to_string(write.now_s)};
  for (const KeptChange& change : write.changes) {
    arguments.push_back(std::to_string(static_cast<unsigned>(change.kind)));
    arguments.push_back(change.key);
    arguments.emplace_back(change.value ? "0" : "1");
    arguments.push_back(std::to_string(change.expires_s));
    arguments.push_back(change.expected_version ? std::to_string(*change.expected_version) : std::string());
    arguments.push_back(change.value.value_or(std::string()));
  }
  const Outcome outcome = ask(redis_scripts().put_kept, {keys_.kept()}, arguments);
  if (outcome.status != core::StoreStatus::ok) return outcome.status;
  if (outcome.answer != "o") return core::StoreStatus::stale;
  callbacks_.kept_changed();
  return outcome.status;
}

}  // namespace dialogue::store
