// Erasing and exporting a user while the server runs: docs/decisions/312-erasure.md. One erasure at a time, on a thread of its
// own.
#include <algorithm>
#include <chrono>
#include <future>
#include <set>
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

/// Not those that the definitions name: the user has not brought their names.
std::vector<std::string> named_after_user(const store::UserErasure& erasure, const Definitions& definitions) {
  std::vector<std::string> rooms = erasure.named_rooms();
  std::erase_if(rooms, [&](const std::string& room) {
    return std::any_of(definitions.rooms.begin(), definitions.rooms.end(), [&](const auto& each) { return each.id == room; });
  });
  return rooms;
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
  server_config.api.erase_user = [this](api::ErasureRequest what, auto done) { erase_user(std::move(what), std::move(done)); };
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

void InstanceState::erase_user(api::ErasureRequest what, std::function<void(api::ErasureReport)> done) {
  const std::lock_guard lock(erasure_mutex);
  const bool is_notifying = under_erasure.user_id == kNobody;
  if (!ends_erasing && is_notifying && next_erased.user_id.empty()) next_erased = what;
  const bool is_same = (is_notifying ? next_erased : under_erasure) == what && erasure_waits.size() < kErasureWaitsMax;
  if (ends_erasing || (!under_erasure.user_id.empty() && !is_same)) {
    api::ErasureReport refused;
    refused.code = ends_erasing ? ErrorCode::draining : ErrorCode::rate_limited;
    return done(refused);
  }
  erasure_waits.push_back(std::move(done));
  if (is_same) return;
  if (erasing.joinable()) erasing.join();  // it has taken its waits
  begin_erasing(what, [this, what] { return erase_now(what); });
}

void InstanceState::begin_erasing(const api::ErasureRequest& what, const std::function<api::ErasureReport()>& work) {
  under_erasure = what;
  erasing = std::thread([this, work] {
    api::ErasureReport outcome = work();
    std::unique_lock ending(erasure_mutex);
    if (!next_erased.user_id.empty()) {
      const api::ErasureRequest next = under_erasure = std::exchange(next_erased, {});
      ending.unlock();
      outcome = erase_now(next);
      ending.lock();
    }
    under_erasure = {};
    const auto waits = std::exchange(erasure_waits, {});
    ending.unlock();
    for (const auto& each : waits) each(outcome);
  });
}

void InstanceState::begin_notifying() {
  if (!config.store || store::kept_notices(*config.store) == 0) return;
  const std::lock_guard lock(erasure_mutex);
  if (ends_erasing || !under_erasure.user_id.empty()) return;  // an erasure does it, too
  if (erasing.joinable()) erasing.join();
  begin_erasing({std::string(kNobody)}, [this] {
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
typename Call::Result InstanceState::result_of(std::uint32_t shard, Call call, typename Call::Result otherwise, bool* is_whole) {
  using Result = typename Call::Result;
  auto promise = std::make_shared<std::promise<std::pair<Result, bool>>>();
  auto future = promise->get_future();
  {
    const std::shared_lock lock(server_mutex);
    if (!server) return otherwise;
    const auto failed = [promise, otherwise](const core::Error&) { promise->set_value({otherwise, false}); };
    const auto done = [promise](Result result, const std::vector<std::string>& missing) {
      promise->set_value({std::move(result), missing.empty()});
    };
    server->ask(shard, std::move(call), calls::call_done<Call>(done, failed));
  }
  promise.reset();  // the question has it now, and drops it where the server ends
  try {
    auto [result, is_all] = future.get();
    if (is_whole != nullptr) *is_whole = is_all;
    return std::move(result);
  } catch (const std::future_error&) { return otherwise; }
}

EventErasures::Settings InstanceState::erasure_settings() {
  EventErasures::Settings settings;
  settings.stores = [this] { return all_parts(); };
  settings.durable = config.store;
  settings.look_at = [this](const std::string& room) -> core::Error {
    if (!is_name(room)) return {ErrorCode::room_unknown, "of this id", {}};
    await_start();
    core::HistoryQuery query;
    query.room_id = room;
    query.limit = 0;
    core::HistoryQuery::Result ended;
    ended.fault.code = ErrorCode::closed;
    const std::uint32_t count = shards();
    if (count > 0) ended = result_of(core::shard_of(room, count), std::move(query), ended);
    if (ended.fault.code == ErrorCode::ok) compact_documents(room);
    return ended.fault;
  };
  settings.notify = [this](const store::ErasedRoom& room) { return notify_erased(room); };
  settings.is_recording = !config.record.empty();
  return settings;
}

// The listeners are open a moment before the rest of the server is in its place.
void InstanceState::await_start() {
  std::unique_lock lock(server_mutex);
  phase_changed.wait(lock, [this] { return phase != Phase::starting; });
}

std::uint32_t InstanceState::shards() {
  const std::shared_lock lock(server_mutex);
  return server ? server->shard_count() : 0;
}

api::ErasureReport InstanceState::erase_now(const api::ErasureRequest& what) {
  api::ErasureReport outcome;
  outcome.is_recording = !config.record.empty();
  await_start();
  if (shards() > 0) outcome.connections = result_of(0, core::KickUser{what.user_id, std::string(kReason)});
  store::UserErasure erasure(what.user_id, [this] { return ends_erasing.load(); });
  const bool is_gone_from_documents = erase_in_documents(what.user_id);
  erase_in_stores(what, erasure, outcome);
  outcome.is_clean = outcome.is_clean && is_gone_from_documents;
  forget_in_shards(what.user_id, erasure);  // their receipts in deleted rooms reach the audit before it is searched
  const bool is_gone_from_kept = erase_in_capabilities(&Capability::erase_kept, what.user_id);
  erase_traces(what.user_id, erasure, outcome);
  forget_observed(what.user_id, erasure, outcome);
  const bool is_forgotten = erase_in_capabilities(&Capability::erase_user, what.user_id);
  outcome.is_clean = outcome.is_clean && is_gone_from_kept && is_forgotten;
  return outcome;
}

bool InstanceState::erase_in_capabilities(EraseStep step, const std::string& user_id) {
  bool is_done = true;
  if (shards() > 0)
    for (const auto& capability : capabilities)
      is_done = ((*capability).*step)(user_id, [this] { return ends_erasing.load(); }) && is_done;
  return is_done;
}

// The server's own records have what is left of updates that went.
bool InstanceState::erase_in_documents(const std::string& user_id) {
  std::set<std::string> documents;
  for (const EventDefinition& event : config.definitions.events)
    if (!event.document.empty()) documents.insert(event.name);
  const std::uint32_t count = shards();
  if (documents.empty() || count == 0) return true;
  std::set<std::string> rooms;
  const auto note = [&](const store::UserRecord& found) {
    if (found.record.event == core::kSnapshotEvent || documents.contains(found.record.event)) rooms.insert(found.room.room);
    return !ends_erasing.load();
  };
  bool is_done = true;
  for (const auto& part : all_parts())
    for (const std::string& author : {user_id, std::string(core::kSystemUserId)})
      is_done = store::export_user(*part, author, note) == core::StoreStatus::ok && is_done;
  for (const std::string& room : rooms)
    for (const std::string& event : documents) is_done = compact_document(room, event, user_id) && is_done;
  return is_done && !ends_erasing.load();
}

void InstanceState::compact_documents(const std::string& room) {
  for (const EventDefinition& event : config.definitions.events)
    if (!event.document.empty()) static_cast<void>(compact_document(room, event.name, {}));
}

bool InstanceState::compact_document(const std::string& room, const std::string& event, const std::string& erased_user) {
  const std::uint32_t count = shards();
  if (count == 0 || !is_name(room)) return true;
  core::PublishResult ended;
  ended.fault.code = ErrorCode::closed;
  const core::CompactDocument compact{room, event, erased_user};
  const ErrorCode code = result_of(core::shard_of(room, count), compact, std::move(ended)).fault.code;
  return code == ErrorCode::ok || code == ErrorCode::room_unknown || code == ErrorCode::event_not_allowed;
}

void InstanceState::erase_in_stores(const api::ErasureRequest& what, store::UserErasure& erasure, api::ErasureReport& outcome) {
  const std::string own_room = store::own_room_of(what.user_id);
  const std::uint64_t own_events = events_of(own_room);
  const auto delete_room = [this, count = shards()](const std::string& room) {
    if (count > 0 && is_name(room)) static_cast<void>(result_of(core::shard_of(room, count), core::DeleteRoom{room}));
  };
  const auto erase_all = [&] {
    for (const auto& part : all_parts())
      if (const core::StoreStatus status = erasure.erase(*part, [this](const auto& room) { return notify_erased(room); });
          status != core::StoreStatus::ok)
        outcome.code = code_of(status);
  };
  delete_room(own_room);
  forget_in_shards(what.user_id, erasure);
  if (config.store) notify_kept();  // of an erasure that was cut off
  erase_all();
  if (!erasure.is_supported()) outcome.code = ErrorCode::not_supported;
  if (what.deletes_rooms && outcome.code == ErrorCode::ok) {
    std::vector<std::string> named = named_after_user(erasure, config.definitions);
    for (const std::string& room : named) delete_room(room);
    outcome.rooms_deleted = named.size();
    erasure.take_whole(std::move(named));
    if (outcome.rooms_deleted > 0) erase_all();
  }
  outcome.events = erasure.records() + own_events;
  outcome.rooms = erasure.rooms() + (own_events > 0 ? 1 : 0);
  outcome.producers = erasure.producers();
  outcome.revocations_kept = store ? erasure.revocations_kept() : revocations->count_of(what.user_id);
}

void InstanceState::erase_traces(const std::string& user_id, const store::UserErasure& erasure, api::ErasureReport& outcome) {
  const auto audited = forget_in_audit(user_id, erasure.whole_rooms());
  if (audited) {
    outcome.audit_values = audited->values;
    outcome.audit_mentions = audited->mentions;
    if (!audited->is_done && outcome.code == ErrorCode::ok) outcome.code = ErrorCode::store_unavailable;
  }
  if (outcome.code != ErrorCode::ok) return;
  const store::ScrubReport scrubbed = config.store ? erasure.scrub(*config.store) : store::ScrubReport{};
  outcome.code = code_of(scrubbed.status);
  outcome.is_clean = scrubbed.is_clean() && (!audited || audited->is_clean);
  outcome.mentions = scrubbed.mentions;
  outcome.pieces = scrubbed.pieces;
  auto files = scrubbed.files;
  if (audited) files.insert(files.end(), audited->files.begin(), audited->files.end());
  for (const store::ScrubbedFile& file : files)
    outcome.files.push_back({file.path, file.bytes, file.user_hits, file.payload_hits, file.left});
}

void InstanceState::forget_observed(const std::string& user_id, store::UserErasure& erasure, api::ErasureReport& outcome) {
  forget_in_shards(user_id, erasure);
  core::ObserveQuery query;
  query.what = core::ObserveQuery::What::forget;
  query.user_id = user_id;
  core::ObserveQuery::Result forgotten;
  bool have_all_forgotten = true;
  if (shards() > 0) forgotten = result_of(0, std::move(query), {.is_busy = true}, &have_all_forgotten);
  outcome.connected = forgotten.count;
  if (const auto seen = observer) seen->changes().forget_user(user_id);
  outcome.named_rooms = named_after_user(erasure, config.definitions);
  const bool has_named = erasure.has_unlisted_rooms() || !outcome.named_rooms.empty();
  outcome.is_clean = outcome.is_clean && have_all_forgotten && !forgotten.is_busy && outcome.connected == 0 && !has_named;
}

void InstanceState::forget_in_shards(const std::string& user_id, store::UserErasure& erasure) {
  for (std::uint32_t shard = 0, count = shards(); shard < count; ++shard)
    for (const std::string& room : result_of(shard, core::ForgetUser{user_id}).rooms)
      if (store::is_named_after(room, user_id) && !store::is_room_of({{}, room}, user_id)) erasure.add_named(room);
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
      std::any_of(events.begin(), events.end(), [](const auto& event) { return event.name == core::kErasedEvent; });
  if (room.is_whole || room.sequences.empty() || !is_defined) return Notified::not_wanted;
  const std::uint32_t count = shards();
  if (count == 0) return Notified::later;
  core::PublishResult ended;
  ended.fault.code = ErrorCode::closed;
  core::ServerPublish publish{room.room.room, std::string(core::kErasedEvent), api::erased_sequences_text(room.sequences)};
  const ErrorCode code = result_of(core::shard_of(room.room.room, count), std::move(publish), std::move(ended)).fault.code;
  if (code == ErrorCode::ok) return Notified::published;
  if (code == ErrorCode::event_not_allowed || code == ErrorCode::room_unknown) return Notified::not_wanted;
  log_not_notified(code);
  return Notified::later;
}

}  // namespace dialogue
