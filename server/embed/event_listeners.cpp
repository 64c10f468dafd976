// Copy on write: adding is rare, notifying is not.
#include "server/embed/event_listeners.hpp"

#include <algorithm>
#include <exception>

#include "shared/base/names.hpp"

namespace dialogue {

std::uint64_t EventListeners::add(std::string room, std::string event, Handler handler) {
  const std::lock_guard lock(mutex_);
  auto entries = std::make_shared<Entries>(*entries_);
  entries->push_back({++last_number_, std::move(room), std::move(event), std::move(handler)});
  entries_ = std::move(entries);
  empty_ = false;
  return last_number_;
}

void EventListeners::remove(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  auto entries = std::make_shared<Entries>(*entries_);
  std::erase_if(*entries, [number](const Entry& entry) { return entry.number == number; });
  empty_ = entries->empty();
  entries_ = std::move(entries);
}

std::shared_ptr<const EventListeners::Entries> EventListeners::snapshot() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

void EventListeners::notify(const core::Publication& publication, const ErrorReport& report) const {
  if (empty_) return;
  for (const auto entries = snapshot(); const Entry& entry : *entries) {
    if (entry.event != "*" && entry.event != publication.event) continue;
    if (entry.room != "*" && !matches_room_pattern(entry.room, publication.room_id)) continue;
    try {
      entry.handler(publication);
    } catch (const std::exception& fault) { report(publication, fault.what()); } catch (...) {
      report(publication, "an exception that is not a std::exception");
    }
  }
}

}  // namespace dialogue
