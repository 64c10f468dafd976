// See user_eraser.hpp.
#include "server/embed/erasure/user_eraser.hpp"

#include <algorithm>

#include "server/embed/erasure/store_code.hpp"
#include "server/embed/store_answer.hpp"
#include "shared/base/names.hpp"

namespace dialogue {
namespace {

constexpr std::string_view kReason = "the user's data was erased";

/// Returns the rooms that are named after the user, without those in the definitions, whose names do not come from the user.
std::vector<std::string> named_after_user(const store::UserErasure& erasure, const Definitions& definitions) {
  std::vector<std::string> rooms = erasure.named_rooms();
  std::erase_if(rooms, [&](const std::string& room) {
    return std::any_of(definitions.rooms.begin(), definitions.rooms.end(), [&](const auto& each) { return each.id == room; });
  });
  return rooms;
}

}  // namespace

api::ErasureReport UserEraser::erase(const api::ErasureRequest& what, const IsCancelled& is_cancelled) const {
  api::ErasureReport report;
  report.is_recording = settings_.is_recording;
  shards_.await_start();
  if (shards_.shard_count() > 0) report.connections = shards_.result_of(0, core::KickUser{what.user_id, std::string(kReason)});
  store::UserErasure erasure(what.user_id, is_cancelled);
  const bool is_gone_from_documents = documents_.erase_user(what.user_id, is_cancelled);
  erase_in_stores(what, erasure, report, is_cancelled);
  report.is_clean = report.is_clean && is_gone_from_documents;
  forget_in_shards(what.user_id, erasure);  // their receipts in deleted rooms reach the audit before it is searched
  const bool is_gone_from_kept = erase_in_capabilities(&Capability::erase_kept, what.user_id, is_cancelled);
  erase_traces(what.user_id, erasure, report);
  forget_observed(what.user_id, erasure, report);
  const bool is_forgotten = erase_in_capabilities(&Capability::erase_user, what.user_id, is_cancelled);
  report.is_clean = report.is_clean && is_gone_from_kept && is_forgotten;
  return report;
}

bool UserEraser::erase_in_capabilities(Step step, const std::string& user_id, const IsCancelled& is_cancelled) const {
  bool is_done = true;
  if (shards_.shard_count() > 0)
    for (const auto& capability : settings_.capabilities) is_done = ((*capability).*step)(user_id, is_cancelled) && is_done;
  return is_done;
}

void UserEraser::erase_in_stores(const api::ErasureRequest& what, store::UserErasure& erasure, api::ErasureReport& report,
                                 const IsCancelled& is_cancelled) const {
  const std::string own_room = store::own_room_of(what.user_id);
  const std::uint64_t own_events = events_of(own_room);
  const auto delete_room = [this](const std::string& room) {
    if (is_name(room)) static_cast<void>(shards_.result_of_owner(room, core::DeleteRoom{room}));
  };
  const auto erase_all = [&] {
    for (const auto& each : stores_->all())
      if (const core::StoreStatus status = erasure.erase(*each, [this](const auto& room) { return notices_.publish(room); });
          status != core::StoreStatus::ok)
        report.code = code_of(status);
  };
  delete_room(own_room);
  forget_in_shards(what.user_id, erasure);
  notices_.publish_kept(is_cancelled);  // of an erasure that was cut off
  erase_all();
  if (!erasure.is_supported()) report.code = ErrorCode::not_supported;
  if (what.deletes_rooms && report.code == ErrorCode::ok) {
    std::vector<std::string> named = named_after_user(erasure, settings_.definitions);
    for (const std::string& room : named) delete_room(room);
    report.rooms_deleted = named.size();
    erasure.take_whole(std::move(named));
    if (report.rooms_deleted > 0) erase_all();
  }
  report.events = erasure.records() + own_events;
  report.rooms = erasure.rooms() + (own_events > 0 ? 1 : 0);
  report.producers = erasure.producers();
  report.revocations_kept = stores_->durable() ? erasure.revocations_kept() : settings_.count_revocations(what.user_id);
}

void UserEraser::erase_traces(const std::string& user_id, const store::UserErasure& erasure, api::ErasureReport& report) const {
  const auto audited = settings_.forget_in_audit(user_id, erasure.whole_rooms());
  if (audited) {
    report.audit_values = audited->values;
    report.audit_mentions = audited->mentions;
    if (!audited->is_done && report.code == ErrorCode::ok) report.code = ErrorCode::store_unavailable;
  }
  if (report.code != ErrorCode::ok) return;
  const store::ScrubReport scrubbed = stores_->durable() ? erasure.scrub(*stores_->durable()) : store::ScrubReport{};
  report.code = code_of(scrubbed.status);
  report.is_clean = scrubbed.is_clean() && (!audited || audited->is_clean);
  report.mentions = scrubbed.mentions;
  report.pieces = scrubbed.pieces;
  auto files = scrubbed.files;
  if (audited) files.insert(files.end(), audited->files.begin(), audited->files.end());
  for (const store::ScrubbedFile& file : files)
    report.files.push_back({file.path, file.bytes, file.user_hits, file.payload_hits, file.left});
}

void UserEraser::forget_observed(const std::string& user_id, store::UserErasure& erasure, api::ErasureReport& report) const {
  forget_in_shards(user_id, erasure);
  core::ObserveQuery query;
  query.what = core::ObserveQuery::What::forget;
  query.user_id = user_id;
  core::ObserveQuery::Result forgotten;
  bool have_all_forgotten = true;
  if (shards_.shard_count() > 0) forgotten = shards_.result_of(0, std::move(query), {.is_busy = true}, &have_all_forgotten);
  report.connected = forgotten.count;
  settings_.forget_changes(user_id);
  report.named_rooms = named_after_user(erasure, settings_.definitions);
  const bool has_named = erasure.has_unlisted_rooms() || !report.named_rooms.empty();
  report.is_clean = report.is_clean && have_all_forgotten && !forgotten.is_busy && report.connected == 0 && !has_named;
}

void UserEraser::forget_in_shards(const std::string& user_id, store::UserErasure& erasure) const {
  for (std::uint32_t shard = 0, count = shards_.shard_count(); shard < count; ++shard)
    for (const std::string& room : shards_.result_of(shard, core::ForgetUser{user_id}).rooms)
      if (store::is_named_after(room, user_id) && !store::is_room_of({{}, room}, user_id)) erasure.add_named(room);
}

std::uint64_t UserEraser::events_of(const std::string& room_id) const {
  std::uint64_t events = 0;
  for (const auto& each : stores_->all()) {
    const auto opened = store_answer<core::RoomOpened>(
        [&](auto done) {
          each->open({{}, room_id}, std::move(done));
        },
        {core::StoreStatus::busy, {}});
    if (opened.status == core::StoreStatus::ok) events += opened.state.head + 1 - opened.state.base;
  }
  return events;
}

}  // namespace dialogue
