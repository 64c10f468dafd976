// See erasure_notices.hpp.
#include "server/embed/erasure/erasure_notices.hpp"

#include <algorithm>
#include <string>

#include "server/api/privacy/user_data.hpp"
#include "server/embed/erasure/store_code.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {

using Notified = store::UserErasure::Notified;

// Rooms that do not list the event answer event_not_allowed: their members get a SKIP in catch-up only.
Notified ErasureNotices::publish(const store::ErasedRoom& room) const {
  const auto& events = settings_.definitions.events;
  const bool is_defined =
      std::any_of(events.begin(), events.end(), [](const auto& event) { return event.name == core::kErasedEvent; });
  if (room.is_whole || room.sequences.empty() || !is_defined) return Notified::not_wanted;
  if (shards_.shard_count() == 0) return Notified::later;
  core::PublishResult ended;
  ended.fault.code = ErrorCode::closed;
  core::ServerPublish publish{room.room.room, std::string(core::kErasedEvent), api::erased_sequences_text(room.sequences)};
  const ErrorCode code = shards_.result_of_owner(room.room.room, std::move(publish), std::move(ended)).fault.code;
  if (code == ErrorCode::ok) return Notified::published;
  if (code == ErrorCode::event_not_allowed || code == ErrorCode::room_unknown) return Notified::not_wanted;
  log_unpublished(code);
  return Notified::later;
}

bool ErasureNotices::has_kept() const { return settings_.durable && store::kept_notices(*settings_.durable) > 0; }

void ErasureNotices::publish_kept(const std::function<bool()>& is_cancelled) const {
  if (!settings_.durable) return;
  const core::StoreStatus published = store::notify_kept(
      *settings_.durable, [&](const store::ErasedRoom& room) { return is_cancelled() ? Notified::later : publish(room); });
  if (published != core::StoreStatus::ok) log_unpublished(code_of(published));
}

void ErasureNotices::log_unpublished(ErrorCode code) const {
  settings_.log({core::LogLevel::warn, "erasure_not_notified", JsonText().text("code", error_name(code)).take()});
}

}  // namespace dialogue
