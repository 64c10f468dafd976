// Notifications: from a request to a slot of the queue, and out of it.
#include <algorithm>
#include <utility>

#include "server/auth/base64url.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/push/push_state.hpp"
#include "server/push/web/web_message.hpp"

namespace dialogue::push {
namespace {

using core::LogLevel;
using metrics::PushOutcome;

constexpr std::size_t kJobIdBytes = 12;
constexpr char kKeyMark = 'k';
/// The minimum time for which a notification is tried.
constexpr std::uint64_t kLifeMsMin = 60'000;

/// Returns the text that the service worker receives.
std::string worker_text(const api::Notification& what, const std::string& tag) {
  return JsonText().text("title", what.title).text("body", what.body).text("url", what.url).text("tag", tag).take();
}

std::string content_of(const api::Notification& what) {
  return short_hash(JsonText()
                        .text("user", what.user_id)
                        .text("title", what.title)
                        .text("body", what.body)
                        .text("url", what.url)
                        .text("collapse", what.collapse)
                        .text("urgency", what.urgency)
                        .number("ttl", what.ttl_s)
                        .take());
}

std::string_view word_of(PushOutcome outcome) { return metrics::kPushOutcomes.at(static_cast<std::size_t>(outcome)); }

}  // namespace

void PushService::State::notify(api::Notification what, const Done<api::NotifyAnswer>& done) {
  const std::string key = what.key.empty() ? std::string() : kKeyMark + short_hash(what.key);
  const std::string content = key.empty() ? std::string() : content_of(what);
  if (!key.empty() && (used_keys.contains(key) || pending_keys.contains(key))) return answer_used(key, content, done);
  if (!key.empty() && used_keys.size() + pending_keys.size() >= context.settings.keys_max)
    return done({.fault = {ErrorCode::rate_limited, {}, {}}});
  if (auto answer = merged(what)) return done(*answer);
  Job job;
  job.only_offline = what.only_offline;
  job.id = auth::encode_base64url(auth::random_secret(kJobIdBytes));
  const std::uint64_t due_ms = context.now_ms() + what.delay_ms;
  job.accepted_ms = due_ms;
  job.expires_ms = due_ms + std::max(what.ttl_s * 1'000, kLifeMsMin);
  job.text = worker_text(what, what.collapse.empty() ? job.id : what.collapse);
  job.urgency = std::move(what.urgency);
  if (!what.collapse.empty()) job.topic = short_hash(what.collapse);
  job.user_id = std::move(what.user_id);
  if (job.text.size() > kWebTextBytesMax)
    return done({.fault = {ErrorCode::payload_too_large, std::to_string(kWebTextBytesMax), "$"}});
  for (const Device* device : context.devices.of_user(job.user_id))
    if (context.signer.knows(device->vapid_key)) job.targets.push_back({device->id, 0, due_ms});
  if (job.targets.empty()) return done({.id = job.id});
  accept(std::move(job), key, content, done);
}

bool PushService::State::is_delayed(const Delayed& place) {
  const Job* const job = context.slots.own(place.slot);
  return job != nullptr && job->id == place.job_id && !job->targets.empty() && job->targets.front().tries == 0 &&
         job->targets.front().due_ms > context.now_ms();
}

std::optional<api::NotifyAnswer> PushService::State::merged(const api::Notification& what) {
  if (what.delay_ms == 0 || what.collapse.empty() || !what.key.empty()) return std::nullopt;
  const auto found = delayed.find({what.user_id, short_hash(what.collapse)});
  if (found == delayed.end() || !is_delayed(found->second)) return std::nullopt;
  Job& job = *context.slots.own(found->second.slot);
  std::string text = worker_text(what, what.collapse);
  if (text.size() > kWebTextBytesMax) return std::nullopt;  // refused as one of its own
  job.text = std::move(text);
  save(found->second.slot, job.id);
  return api::NotifyAnswer{.id = job.id, .devices = job.targets.size()};
}

void PushService::State::answer_used(const std::string& key, const std::string& content, const Done<api::NotifyAnswer>& done) {
  const api::NotifyAnswer conflict{.fault = {ErrorCode::producer_conflict, {}, {}}};
  if (const auto pending = pending_keys.find(key); pending != pending_keys.end()) {
    if (pending->second.content != content) return done(conflict);
    pending->second.waiting.push_back(done);
    return;
  }
  const UsedKey& used = used_keys.at(key);
  if (used.content != content) return done(conflict);
  done({.id = used.job_id, .devices = used.devices, .is_duplicate = true});
}

void PushService::State::accept(Job job, const std::string& key, const std::string& content,
                                const Done<api::NotifyAnswer>& done) {
  const auto planned = std::make_shared<Job>(std::move(job));
  const auto slot = std::make_shared<std::optional<std::size_t>>();
  const UsedKey used{content, planned->id, planned->targets.size(), context.now_s() + context.settings.keys_life_s};
  if (!key.empty()) pending_keys.emplace(key, Pending{content});
  const auto changes = [this, planned, slot, key, used] {
    std::vector<store::KeptChange> all;
    if (*slot) context.slots.give_up(**slot);  // of a write that was stale with others
    *slot = context.slots.reserve();
    if (!*slot) return all;
    all.push_back(context.slots.filled(**slot, *planned));
    if (key.empty()) return all;
    all.push_back({store::KeptKind::push_job, key, used_key_text(used), used.expires_s});
    if (context.is_shared) all.back().expected_version = 0;
    return all;
  };
  const auto written = [this, planned, slot, key, used, done](core::StoreStatus status) {
    if (status == core::StoreStatus::stale) {  // another node took the slot, or has the key
      context.slots.give_up(**slot);
      auto waiting = key.empty() ? Pending{} : std::move(pending_keys.extract(key).mapped());
      if (key.empty() || !used_keys.contains(key))
        accept(std::move(*planned), key, used.content, done);
      else
        answer_used(key, used.content, done);
      for (const auto& each : waiting.waiting) answer_used(key, used.content, each);
      return;
    }
    api::NotifyAnswer answer{.id = planned->id, .devices = planned->targets.size()};
    if (!*slot) {
      answer = {.fault = {ErrorCode::rate_limited, {}, {}}};
    } else if (status != core::StoreStatus::ok) {
      context.slots.give_up(**slot);
      note_store_fault(status);
      answer = {.fault = fault_of(status)};
    } else {
      context.slots.put(**slot, std::move(*planned));
      send_all(**slot);
      if (!key.empty()) used_keys.insert_or_assign(key, used);
    }
    done(answer);
    if (!key.empty()) {
      answer.is_duplicate = answer.fault.code == ErrorCode::ok;
      for (const auto& each : std::exchange(pending_keys.extract(key).mapped().waiting, {})) each(answer);
    }
  };
  writer.submit({changes, written});
}

void PushService::State::send_all(std::size_t slot) {
  const Job* const job = context.slots.own(slot);
  if (job == nullptr) return;
  if (!job->topic.empty() && !job->targets.empty() && job->targets.front().due_ms > context.now_ms())
    delayed.insert_or_assign({job->user_id, job->topic}, Delayed{slot, job->id});
  for (const JobTarget& target : job->targets) dispatcher.add({slot, job->id, target.device_id}, target.due_ms);
  count_waiting();
}

void PushService::State::ended(const Delivery& delivery, PushOutcome outcome) {
  context.count(outcome);
  Job* const job = context.slots.own(delivery.slot);
  if (job != nullptr && job->id == delivery.job_id) {
    const Device* const device = context.devices.find(delivery.device_id);
    const bool is_its = device != nullptr && device->user_id == job->user_id;  // it may be another user's meanwhile
    if (outcome == PushOutcome::gone && is_its) drop_device(delivery.device_id);
    const bool is_lost = outcome != PushOutcome::accepted && outcome != PushOutcome::gone && outcome != PushOutcome::seen;
    if (is_lost)
      context.write(LogLevel::warn, "push_dropped",
                    std::move(JsonText()
                                  .text("notification", job->id)
                                  .text("user", job->user_id)
                                  .text("device", delivery.device_id)
                                  .text("reason", word_of(outcome))));
    std::erase_if(job->targets, [&delivery](const JobTarget& each) { return each.device_id == delivery.device_id; });
    if (job->targets.empty()) finish(delivery.slot, delivery.job_id);
  }
}

void PushService::State::save(std::size_t slot, const std::string& job_id) {
  const auto changes = [this, slot, job_id] {
    std::vector<store::KeptChange> all;
    Job* const job = context.slots.own(slot);
    if (job != nullptr && job->id == job_id && !job->targets.empty()) all.push_back(context.slots.filled(slot, *job));
    return all;
  };
  writer.submit({changes, [this](core::StoreStatus status) {
                   if (status != core::StoreStatus::ok) note_store_fault(status);
                 }});
}

// Where the slot cannot be emptied now, tick() finds a notification without a target.
void PushService::State::finish(std::size_t slot, const std::string& job_id) {
  const auto is_there = [this, slot, job_id] {
    const Job* const job = context.slots.own(slot);
    return job != nullptr && job->id == job_id;
  };
  const auto changes = [this, slot, is_there] {
    std::vector<store::KeptChange> all;
    if (is_there()) all.push_back(context.slots.emptied(slot));
    return all;
  };
  writer.submit({changes, [this, slot, is_there](core::StoreStatus status) {
                   if (status != core::StoreStatus::ok) note_store_fault(status);
                   if (status == core::StoreStatus::ok && is_there()) context.slots.free(slot);
                   count_waiting();
                 }});
}

void PushService::State::take_jobs(const store::KeptList& list) {
  for (const store::KeptEntry& entry : list.entries) {
    if (JobSlots::is_slot(entry.key)) {
      static_cast<void>(context.slots.take(entry));  // what is this node's own is sent from begin()
      continue;
    }
    auto used = entry.is_damaged || entry.is_removed ? std::nullopt : read_used_key(entry.value, entry.expires_s);
    if (used) used_keys.insert_or_assign(entry.key, *std::move(used));
  }
  count_waiting();
}

void PushService::State::claim_abandoned() {
  for (const std::size_t slot : context.slots.abandoned(context.now_ms())) {
    const auto job = std::make_shared<Job>();
    const auto changes = [this, slot, job] {
      std::vector<store::KeptChange> all;
      if (auto there = context.slots.other(slot)) {
        *job = *std::move(there);
        all.push_back(context.slots.filled(slot, *job));
      }
      return all;
    };
    writer.submit({changes, [this, slot, job](core::StoreStatus status) {
                     if (status != core::StoreStatus::ok || job->id.empty() || !context.slots.other(slot)) return;
                     context.slots.put(slot, *job);
                     send_all(slot);
                   }});
  }
}

}  // namespace dialogue::push
