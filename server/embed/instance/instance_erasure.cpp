// Erasing and exporting a user while the server runs: docs/decisions/312-erasure.md. One erasure at a time, on a thread of its
// own.
#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/store_answer.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "server/store/memory/shared_memory_store.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kErasureWaitsMax = 64;  ///< requests for the same user; more are refused as rate_limited
/// Instead of a user's id, while members are notified of earlier erasures: no user's id has a line feed.
constexpr std::string_view kNobody = "\n";
constexpr std::string_view kReason = "the user's data was erased";

ErrorCode code_of(core::StoreStatus status) {
  switch (status) {
    case core::StoreStatus::ok:
      return ErrorCode::ok;
    case core::StoreStatus::full:
      return ErrorCode::store_full;
    case core::StoreStatus::damaged:
      return ErrorCode::history_damaged;
    default:
      return ErrorCode::store_unavailable;
  }
}

store::UserQuery step_of(const api::UserDataQuery& query) {
  store::UserQuery step{query.user_id};
  if (query.room.empty()) return step;
  step.after = {{{}, query.room}, query.since >= kSafeIntegerMax ? store::UserCursor{}.seq : query.since};
  return step;
}

api::UserDataPage page_of(store::UserPage&& found, const api::UserDataQuery& query, bool is_last_part) {
  api::UserDataPage page;
  page.code = found.is_supported ? code_of(found.status) : ErrorCode::not_supported;
  for (store::UserRecord& each : found.records) page.events.push_back({each.room.room, each.epoch, std::move(each.record)});
  if (found.next)
    page.next = {query.user_id, query.part, found.next->room.room, std::min(found.next->seq, kSafeIntegerMax)};
  else if (!is_last_part)
    page.next = {query.user_id, query.part + 1, {}, 0};
  return page;
}

}  // namespace

void InstanceState::open_user_data(host::ServerConfig& server_config) {
  {
    const std::lock_guard lock(erasure_mutex);
    parts.clear();
    if (config.store) parts.push_back(config.store);
  }
  server_config.make_memory_store = [this](std::uint64_t seed) {
    auto made = std::make_unique<store::SharedMemoryStore>(seed);
    const std::lock_guard lock(erasure_mutex);
    parts.push_back(made->another());
    return made;
  };
  server_config.api.erase_user = [this](std::string user_id, auto done) { erase_user(std::move(user_id), std::move(done)); };
  server_config.api.find_user_data = [this](api::UserDataQuery query, const auto& done) {
    const auto all = all_parts();
    if (query.part >= all.size()) return done({});
    const bool is_last = query.part + 1 == all.size();
    const store::UserQuery step = step_of(query);
    all[query.part]->find_user(step, [query = std::move(query), is_last, done](store::UserPage found) {
      done(page_of(std::move(found), query, is_last));
    });
  };
}

std::vector<std::shared_ptr<store::Store>> InstanceState::all_parts() {
  const std::lock_guard lock(erasure_mutex);
  return parts;
}

void InstanceState::erase_user(std::string user_id, std::function<void(api::ErasureReport)> done) {
  const std::lock_guard lock(erasure_mutex);
  if (!ends_erasing && erased_user == kNobody && next_erased.empty()) next_erased = user_id;
  const std::string& erased = erased_user == kNobody ? next_erased : erased_user;
  const bool is_same = !erased.empty() && erased == user_id && erasure_waits.size() < kErasureWaitsMax;
  if (ends_erasing || (!erased_user.empty() && !is_same)) {
    api::ErasureReport refused;
    refused.code = ends_erasing ? ErrorCode::draining : ErrorCode::rate_limited;
    return done(refused);
  }
  erasure_waits.push_back(std::move(done));
  if (is_same) return;
  if (erasing.joinable()) erasing.join();  // it has taken its waits
  begin_erasing(user_id, [this, user_id] { return erase_now(user_id); });
}

void InstanceState::begin_erasing(const std::string& user_id, const std::function<api::ErasureReport()>& work) {
  erased_user = user_id;
  erasing = std::thread([this, work] {
    api::ErasureReport outcome = work();
    std::unique_lock ending(erasure_mutex);
    if (!next_erased.empty()) {
      const std::string next = erased_user = std::exchange(next_erased, {});
      ending.unlock();
      outcome = erase_now(next);
      ending.lock();
    }
    erased_user.clear();
    const auto waits = std::exchange(erasure_waits, {});
    ending.unlock();
    for (const auto& each : waits) each(outcome);
  });
}

void InstanceState::begin_notifying() {
  if (!config.store || store::kept_notices(*config.store) == 0) return;
  const std::lock_guard lock(erasure_mutex);
  if (ends_erasing) return;
  begin_erasing(std::string(kNobody), [this] {
    notify_kept();
    return api::ErasureReport{};
  });
}

void InstanceState::notify_kept() {
  const core::StoreStatus notified = store::notify_kept(*config.store, [this](const store::ErasedRoom& room) {
    return ends_erasing ? store::UserErasure::Notified::later : notify_erased(room);
  });
  if (notified != core::StoreStatus::ok) log_not_notified(code_of(notified));
}

void InstanceState::end_erasure() {
  std::thread under_way;
  {
    const std::lock_guard lock(erasure_mutex);
    ends_erasing = true;
    under_way = std::move(erasing);
  }
  if (under_way.joinable()) under_way.join();
}

template <typename Call>
typename Call::Result InstanceState::result_of(std::uint32_t shard, Call call, typename Call::Result otherwise) {
  auto promise = std::make_shared<std::promise<typename Call::Result>>();
  auto future = promise->get_future();
  {
    const std::shared_lock lock(server_mutex);
    if (!server) return otherwise;
    const auto failed = [promise, otherwise](const core::Error&) { promise->set_value(otherwise); };
    server->ask(
        shard, std::move(call),
        calls::call_done<Call>([promise](typename Call::Result result) { promise->set_value(std::move(result)); }, failed));
  }
  promise.reset();  // the question has it now, and drops it where the server ends
  try {
    return future.get();
  } catch (const std::future_error&) { return otherwise; }
}

api::ErasureReport InstanceState::erase_now(const std::string& user_id) {
  api::ErasureReport outcome;
  std::uint32_t shards = 0;
  {
    const std::shared_lock lock(server_mutex);
    if (server) shards = server->shard_count();
  }
  if (shards > 0) outcome.connections = result_of(0, core::KickUser{user_id, std::string(kReason)});
  const std::string own_room = store::own_room_of(user_id);
  const std::uint64_t own_events = events_of(own_room);
  if (shards > 0 && is_name(own_room)) static_cast<void>(result_of(core::shard_of(own_room, shards), core::DeleteRoom{own_room}));
  for (std::uint32_t shard = 0; shard < shards; ++shard) static_cast<void>(result_of(shard, core::ForgetUser{user_id}));

  store::UserErasure erasure(user_id, [this] { return ends_erasing.load(); });
  const auto notify = [this](const store::ErasedRoom& room) { return notify_erased(room); };
  const auto all = all_parts();
  if (config.store) notify_kept();  // of an erasure that was cut off
  for (const auto& part : all)
    if (const core::StoreStatus status = erasure.erase(*part, notify); status != core::StoreStatus::ok)
      outcome.code = code_of(status);
  if (!erasure.is_supported()) outcome.code = ErrorCode::not_supported;
  outcome.events = erasure.records() + own_events;
  outcome.rooms = erasure.rooms() + (own_events > 0 ? 1 : 0);
  outcome.producers = erasure.producers();
  outcome.revocations_kept = store ? erasure.revocations_kept() : revocations->count_of(user_id);
  outcome.is_recording = !config.record_file.empty();
  const auto audited = forget_in_audit(user_id);
  if (audited) {
    outcome.audit_values = audited->values;
    outcome.audit_mentions = audited->mentions;
    if (!audited->is_done && outcome.code == ErrorCode::ok) outcome.code = ErrorCode::store_unavailable;
  }
  if (outcome.code != ErrorCode::ok) return outcome;
  const store::ScrubReport scrubbed = config.store ? erasure.scrub(*config.store) : store::ScrubReport{};
  outcome.code = code_of(scrubbed.status);
  outcome.is_clean = scrubbed.is_clean() && (!audited || audited->is_clean);
  outcome.mentions = scrubbed.mentions;
  outcome.pieces = scrubbed.pieces;
  auto files = scrubbed.files;
  if (audited) files.insert(files.end(), audited->files.begin(), audited->files.end());
  for (const store::ScrubbedFile& file : files)
    outcome.files.push_back({file.path, file.bytes, file.user_hits, file.payload_hits, file.left});
  return outcome;
}

std::uint64_t InstanceState::events_of(const std::string& room_id) {
  std::uint64_t events = 0;
  for (const auto& part : all_parts()) {
    const auto opened = store_answer<core::RoomOpened>(
        [&](auto done) {
          part->open({{}, room_id}, std::move(done));
        },
        {core::StoreStatus::busy, {}});
    if (opened.status == core::StoreStatus::ok) events += opened.state.head + 1 - opened.state.base;
  }
  return events;
}

void InstanceState::log_not_notified(ErrorCode code) const {
  config.logger({LogLevel::warn, "erasure_not_notified", JsonText().text("code", error_name(code)).take()});
}

// Rooms that do not list the event answer event_not_allowed: their members get a SKIP in catch-up only.
store::UserErasure::Notified InstanceState::notify_erased(const store::ErasedRoom& room) {
  using Notified = store::UserErasure::Notified;
  const auto& events = config.definitions.events;
  const bool is_defined =
      std::any_of(events.begin(), events.end(), [](const auto& event) { return event.name == api::kErasedEvent; });
  if (room.is_whole || room.sequences.empty() || !is_defined) return Notified::not_wanted;
  std::uint32_t shards = 0;
  {
    const std::shared_lock lock(server_mutex);
    if (server) shards = server->shard_count();
  }
  if (shards == 0) return Notified::later;
  core::PublishResult ended;
  ended.fault.code = ErrorCode::closed;
  core::ServerPublish publish{room.room.room, std::string(api::kErasedEvent), api::erased_sequences_text(room.sequences)};
  const ErrorCode code = result_of(core::shard_of(room.room.room, shards), std::move(publish), std::move(ended)).fault.code;
  if (code == ErrorCode::ok) return Notified::published;
  if (code == ErrorCode::event_not_allowed || code == ErrorCode::room_unknown) return Notified::not_wanted;
  log_not_notified(code);
  return Notified::later;
}

}  // namespace dialogue
