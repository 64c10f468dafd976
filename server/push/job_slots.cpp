// See job_slots.hpp.
#include "server/push/job_slots.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace dialogue::push {
namespace {

constexpr char kSlotMark = 's';

std::optional<std::size_t> slot_of(const std::string& key) {
  std::size_t slot = 0;
  if (key.empty() || key.front() != kSlotMark) return std::nullopt;
  const char* const end = key.data() + key.size();
  const auto [at, fault] = std::from_chars(key.data() + 1, end, slot);
  return fault == std::errc{} && at == end && key.size() > 1 ? std::optional(slot) : std::nullopt;
}

}  // namespace

bool JobSlots::is_slot(const std::string& key) { return slot_of(key).has_value(); }

void JobSlots::set(std::size_t slot, Use use, Job job) {
  Slot& place = slots_[slot];
  if (place.use == Use::own) --own_count_;
  if (use == Use::own) ++own_count_;
  if (use == Use::empty)
    empty_.insert(slot);
  else
    empty_.erase(slot);
  place.use = use;
  place.job = std::move(job);
}

std::optional<std::size_t> JobSlots::reserve() {
  std::optional<std::size_t> slot;
  if (!empty_.empty())
    slot = *empty_.begin();
  else if (const std::size_t next = slots_.empty() ? 0 : slots_.rbegin()->first + 1; next < slots_max_)
    slot = next;
  if (slot) set(*slot, Use::reserved);
  return slot;
}

store::KeptChange JobSlots::change(std::size_t slot, std::string value) const {
  store::KeptChange change{store::KeptKind::push_job, kSlotMark + std::to_string(slot), std::move(value)};
  if (const auto found = slots_.find(slot); is_shared_)
    change.expected_version = found == slots_.end() ? 0 : found->second.version;
  return change;
}

store::KeptChange JobSlots::filled(std::size_t slot, Job& job) const {
  job.owner = owner_;
  job.lease_ms = 0;
  for (const JobTarget& target : job.targets) job.lease_ms = std::max(job.lease_ms, target.due_ms + kLeaseMs);
  return change(slot, job_text(job));
}

void JobSlots::put(std::size_t slot, Job job) { set(slot, Use::own, std::move(job)); }

void JobSlots::give_up(std::size_t slot) {
  if (slots_[slot].use == Use::reserved) set(slot, Use::empty);
}

store::KeptChange JobSlots::emptied(std::size_t slot) const { return change(slot, {}); }

void JobSlots::free(std::size_t slot) { set(slot, Use::empty); }

Job* JobSlots::own(std::size_t slot) {
  const auto found = slots_.find(slot);
  return found == slots_.end() || found->second.use != Use::own ? nullptr : &found->second.job;
}

std::vector<std::size_t> JobSlots::own_slots() const {
  std::vector<std::size_t> found;
  for (const auto& [slot, place] : slots_)
    if (place.use == Use::own) found.push_back(slot);
  return found;
}

std::vector<std::size_t> JobSlots::of_user(const std::string& user_id) const {
  std::vector<std::size_t> found;
  for (const auto& [slot, place] : slots_)
    if (place.job.user_id == user_id && (place.use == Use::own || place.use == Use::other)) found.push_back(slot);
  return found;
}

std::vector<std::size_t> JobSlots::abandoned(std::uint64_t now_ms) const {
  std::vector<std::size_t> found;
  for (const auto& [slot, place] : slots_)
    if (place.use == Use::other && place.job.lease_ms + kLeaseGraceMs < now_ms) found.push_back(slot);
  return found;
}

std::optional<Job> JobSlots::other(std::size_t slot) const {
  const auto found = slots_.find(slot);
  return found == slots_.end() || found->second.use != Use::other ? std::nullopt : std::optional(found->second.job);
}

bool JobSlots::take(const store::KeptEntry& entry) {
  const auto slot = slot_of(entry.key);
  if (!slot) return false;
  Slot& place = slots_[*slot];
  place.version = entry.is_removed ? 0 : entry.version;
  auto job = entry.is_damaged || entry.is_removed ? std::nullopt : read_job(entry.value);
  if (!job) {  // empty, or not readable
    set(*slot, Use::empty);
    return false;
  }
  if (is_shared_ && job->owner != owner_) {
    set(*slot, Use::other, std::move(*job));
    return false;
  }
  if (place.use == Use::own && place.job.id == job->id) return false;  // what this node has is newer
  if (is_shared_ && place.use != Use::empty) return false;             // its own write, on its way
  put(*slot, std::move(*job));
  return true;
}

}  // namespace dialogue::push
