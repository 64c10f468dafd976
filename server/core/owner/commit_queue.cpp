// Putting an append together, and what follows its answer.
#include "server/core/owner/commit_queue.hpp"

#include <algorithm>

#include "server/core/effects/shard_config.hpp"
#include "server/core/room/producer_answer.hpp"
#include "server/core/util/elapsed.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kAppendRecordsMax = 1024;
constexpr std::size_t kAppendBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;
constexpr std::uint64_t kWarningPauseMs = 60'000;           ///< between two words about a store that is full, or busy
constexpr std::uint8_t kAttemptsMax = 64;                   ///< appends of one publication that other servers may come before
constexpr std::size_t kUnsharedBytesMax = 4 * 1024 * 1024;  ///< what may wait before it is looked at whose it is

/// What it costs where it waits; an erasure always has a place.
std::size_t cost_of(const PendingAppend& outgoing) {
  return outgoing.erased ? 0 : sizeof(PendingAppend) + outgoing.payload.size();
}

/// Frees memory after a burst; what an append or two take is kept.
void free_spare_room(std::vector<PendingAppend>& publications) {
  if (publications.empty() && publications.capacity() > 2 * kAppendRecordsMax) std::vector<PendingAppend>().swap(publications);
}

/// Answers a publication whose append has failed. Where a final code would have to consume its number, it is a retryable one: a
/// damaged log records nothing, and may be restored.
void answer_fault(PendingAppend& outgoing, StoreStatus status) {
  const bool is_counted = outgoing.producer && !outgoing.call, is_damaged = status == StoreStatus::damaged;
  outgoing.answer.fault = {is_damaged && is_counted ? ErrorCode::store_unavailable : error_of(status), {}, {}};
  outgoing.answer.position = {};
  outgoing.answer.duplicate = false;
  outgoing.answer.retry_after_ms = is_damaged && !is_counted ? 0 : kStoreRetryMs;
  outgoing.is_in_doubt = status == StoreStatus::failed && !outgoing.call;
}

/// A verdict that depends on what every server has recorded of the producer.
bool is_doubtful(ProducerVerdict verdict) {
  return verdict == ProducerVerdict::hole || verdict == ProducerVerdict::conflict || verdict == ProducerVerdict::unknown;
}

}  // namespace

CommitQueue::CommitQueue(const EventRetention& retention, DocumentKeeper& documents, bool durable, bool is_shared,
                         ShardEffects& effects, RoomRegistry& rooms, StoreCalls& stores, Listener listener)
    : durable_(durable),
      is_shared_(is_shared),
      effects_(effects),
      rooms_(rooms),
      stores_(stores),
      retention_(retention),
      documents_(documents),
      listener_(std::move(listener)) {}

bool CommitQueue::add(PendingAppend&& outgoing) {
  const std::size_t bytes = cost_of(outgoing);
  if (bytes > 0 && !has_place(outgoing, bytes)) return false;
  waiting_bytes_ += bytes;
  if (Room* room = rooms_.find(outgoing.room)) ++room->work;
  waiting_.push_back(std::move(outgoing));
  return true;
}

bool CommitQueue::has_place(PendingAppend& outgoing, std::size_t bytes) {
  if (waiting_bytes_ + bytes <= kUnsharedBytesMax) return true;
  if (waiting_bytes_ + bytes > kWaitingBytesMax) return false;
  std::size_t& share = bytes_by_user_[outgoing.from];
  if (share + bytes > kWaitingBytesMax - waiting_bytes_) {
    if (share == 0) bytes_by_user_.erase(outgoing.from);
    return false;
  }
  share += bytes;
  outgoing.is_shared_out = true;
  return true;
}

void CommitQueue::free_place(const PendingAppend& outgoing) {
  const std::size_t bytes = cost_of(outgoing);
  waiting_bytes_ -= bytes;
  if (!outgoing.is_shared_out) return;
  const auto share = bytes_by_user_.find(outgoing.from);
  if ((share->second -= bytes) == 0) bytes_by_user_.erase(share);
}

bool CommitQueue::pump() {
  if (!has_to_send()) return false;
  if (waiting_[taken_].erased) {
    PendingAppend erasure = std::move(waiting_[taken_]);  // it comes alone
    ++taken_;
    release_sent();
    if (rooms_.find(erasure.room) != nullptr)
      erase(std::move(erasure));
    else
      erasure.erased(ErrorCode::room_unknown);  // deleted twice
    return true;
  }
  take_for_append();
  for (PendingAppend& outgoing : staged_) {
    if (Room* room = rooms_.find(outgoing.room))
      stage(outgoing, *room);
    else
      outgoing.answer.fault = {ErrorCode::room_deleted, {}, {}};
  }
  if (!outrun_.empty()) std::erase_if(staged_, [](const PendingAppend& outgoing) { return outgoing.is_set_aside; });
  send();
  return true;
}

void CommitQueue::set_aside(PendingAppend& outgoing, Room& room) {
  outgoing.answer.position = {};
  outgoing.answer.duplicate = false;
  outrun_[room.number()].push_back(std::move(outgoing));
  outgoing.is_set_aside = true;
  if (room.log.share == 0) listener_.outrun(room);  // else when the append that it has a share in is over
}

void CommitQueue::resume(const Room& room, ErrorCode fault) {
  const auto found = outrun_.find(room.number());
  if (found == outrun_.end()) return;
  std::vector<PendingAppend> again = std::move(found->second);
  outrun_.erase(found);
  if (fault == ErrorCode::ok) {
    for (PendingAppend& outgoing : again) {
      waiting_bytes_ += cost_of(outgoing);
      outgoing.is_shared_out = false;
    }
    waiting_.insert(waiting_.begin() + static_cast<std::ptrdiff_t>(taken_), std::make_move_iterator(again.begin()),
                    std::make_move_iterator(again.end()));
    return;
  }
  for (PendingAppend& outgoing : again) {
    outgoing.answer.fault = {fault, {}, {}};
    outgoing.answer.retry_after_ms = kStoreRetryMs;
    settle(outgoing);
  }
}

void CommitQueue::take_for_append() {
  std::size_t bytes = 0, end = taken_;
  for (; end < waiting_.size() && end - taken_ < kAppendRecordsMax && bytes < kAppendBytesMax; ++end) {
    if (waiting_[end].erased && end > taken_) break;
    bytes += waiting_[end].payload.size();
    free_place(waiting_[end]);
  }
  if (taken_ == 0 && end == waiting_.size()) return staged_.swap(waiting_);
  for (; taken_ < end; ++taken_) staged_.push_back(std::move(waiting_[taken_]));
  release_sent();
}

// When half of them are taken, so that each is moved once at most.
void CommitQueue::release_sent() {
  if (2 * taken_ < waiting_.size()) return;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  free_spare_room(waiting_);
}

CommitQueue::Share& CommitQueue::share_of(Room& room) {
  if (room.log.share == 0) {
    shares_.push_back({room.number(), {}, room.log.head, room.log.base, room.log.timestamp_ms});
    shares_.back().write.key = room.key();
    shares_.back().write.epoch = room.log.epoch;
    room.log.share = shares_.size();
  }
  return shares_[room.log.share - 1];
}

void CommitQueue::stage(PendingAppend& outgoing, Room& room) {
  PublishResponse& answer = outgoing.answer;
  const bool is_update = answer.fault.code == ErrorCode::ok && documents_.is_document(outgoing.event);  // refused: no event
  if (is_update && documents_.has_to_load(room)) room.log.phase = RoomLog::Phase::closed;
  if (room.log.phase != RoomLog::Phase::open || room.log.is_foreign) return set_aside(outgoing, room);
  if (outgoing.is_unlogged) return;
  if (outgoing.producer) {
    ProducerTable& producers = room.log.producers;
    const std::uint64_t now_ms = effects_.steady_unix_ms();
    const std::uint64_t number = number_in_table(*outgoing.producer, answer.producer_seq);
    ProducerCheck check =
        producers.check(*outgoing.producer, number, outgoing.hash, now_ms, outgoing.mark, effects_.clock().doubt());
    const ProducerOrigin origin = outgoing.call ? ProducerOrigin::application : ProducerOrigin::client;
    // What another server knows of this producer may be missing here.
    if (is_doubtful(check.verdict) && is_shared_ && outgoing.attempts++ == 0) {
      room.log.is_foreign = true;
      return set_aside(outgoing, room);
    }
    if (check.verdict == ProducerVerdict::fresh && !producers.admit(*outgoing.producer, now_ms, origin)) {
      check.verdict = ProducerVerdict::refused;
      answer.retry_after_ms = std::max(kStoreRetryMs, producers.wait_ms(*outgoing.producer, now_ms, kProducerAgeMs));
    }
    answer_unfresh(answer, check, room.log.epoch);
    if (check.verdict != ProducerVerdict::fresh) {
      // A number of this very append stands and falls with it.
      if (answer.duplicate && answer.position.seq > room.log.head) static_cast<void>(share_of(room));
      return;
    }
  }
  if (is_update && answer.fault.code == ErrorCode::ok)
    if (auto fault = documents_.apply(room, outgoing)) answer.fault = std::move(*fault);
  std::optional<std::string> group;
  if (answer.fault.code == ErrorCode::ok) {
    group = retention_.group_of(outgoing.event, outgoing.payload);
    if (!group) return refuse_unreadable(outgoing, room);
  }
  if (answer.fault.code != ErrorCode::ok && !outgoing.producer) return;
  Share& share = share_of(room);
  if (answer.fault.code == ErrorCode::ok) add_record(outgoing, std::move(*group), share, room);
  if (outgoing.producer)
    room.log.producers.record(*outgoing.producer,
                              {answer.position.seq, answer.position.timestamp_ms, outgoing.hash, answer.fault.code},
                              effects_.steady_unix_ms(), number_in_table(*outgoing.producer, answer.producer_seq));
}

// Retryable, and so without a record of its number.
void CommitQueue::refuse_unreadable(PendingAppend& outgoing, const Room& room) {
  outgoing.answer.fault = {ErrorCode::internal, {}, {}};
  outgoing.answer.retry_after_ms = kStoreRetryMs;
  effects_.log(LogLevel::error, "payload_unreadable", {{"room", room.id()}});
}

void CommitQueue::add_record(PendingAppend& outgoing, std::string group, Share& share, Room& room) {
  share.timestamp_ms = std::max(share.timestamp_ms, effects_.now().unix_ms);
  outgoing.answer.position = {room.log.epoch, ++share.head, share.timestamp_ms};
  LogRecord& record = share.write.records.emplace_back();
  record.seq = share.head;
  record.timestamp_ms = share.timestamp_ms;
  record.from = outgoing.from;
  record.payload = outgoing.payload;
  record.deletes = outgoing.deletes;
  retention_.describe(outgoing.event, std::move(group), record);
  if (outgoing.erases_author) record.group_keep = 1;
  if (documents_.is_document(outgoing.event))
    for (LogRecord& part : documents_.snapshot_after(room, outgoing)) {
      part.seq = ++share.head;
      part.timestamp_ms = share.timestamp_ms;
      share.write.records.push_back(std::move(part));
    }
  if (const auto& keep = room.rules()->definition.retention.max_events)
    share.base = std::max(share.base, share.head - std::min(share.head, *keep) + 1);
}

void CommitQueue::send() {
  std::vector<RoomWrite> writes;
  for (Share& share : shares_) {
    Room* room = rooms_.find(share.room);
    share.write.producers = room->log.producers.deltas();
    share.write.base = share.base;
    share.write.keep_ms = room->rules()->definition.retention.max_age_ms.value_or(0);
    share.write.clock_ms = effects_.steady_unix_ms();
    writes.push_back(std::move(share.write));
  }
  busy_ = true;
  ack_before_commit();
  if (writes.empty()) return settled({});
  stores_.append(durable_, std::move(writes), [this](std::vector<StoreStatus>&& statuses) { settled(std::move(statuses)); });
}

void CommitQueue::ack_before_commit() {
  if (is_mutated(Mutation::acknowledged_before_commit))
    for (PendingAppend& outgoing : staged_) listener_.answered(outgoing);
  if (!is_mutated(Mutation::delivered_before_commit)) return;
  for (PendingAppend& outgoing : staged_) {
    const Room* room = rooms_.find(outgoing.room);
    const bool accepted = outgoing.answer.fault.code == ErrorCode::ok && !outgoing.answer.duplicate;
    if (room != nullptr && accepted) listener_.accepted(*room, outgoing);
  }
}

void CommitQueue::erase(PendingAppend&& outgoing) {
  busy_ = true;
  Room& room = *rooms_.find(outgoing.room);
  const auto settle = [this, number = room.number(), erased = std::move(outgoing.erased)](StoreStatus status) {
    busy_ = false;
    if (Room* found = rooms_.find(number)) --found->work;
    erased(error_of(status));
  };
  if (durable_ || !rooms_.is_kept(room.id())) return stores_.erase(durable_, room.key(), settle);
  // Its log is in memory, its definition is not.
  stores_.erase(true, room.key(), [this, key = room.key(), settle](StoreStatus&& status) {
    if (status != StoreStatus::ok) return settle(status);
    stores_.erase(false, key, settle);
  });
}

void CommitQueue::settled(std::vector<StoreStatus>&& statuses) {
  statuses.resize(shares_.size(), StoreStatus::failed);  // a store that says too little has not said ok
  for (std::size_t i = 0; i < shares_.size(); ++i) settle_share(shares_[i], statuses[i]);
  for (PendingAppend& outgoing : staged_) {
    const StoreStatus* found = status_of(outgoing.room, statuses);
    if (found != nullptr && *found == StoreStatus::stale && is_repeated(outgoing)) continue;
    const StoreStatus status = found != nullptr ? *found : StoreStatus::ok;
    if (status != StoreStatus::ok && !outgoing.is_unlogged) answer_fault(outgoing, status);
    settle(outgoing);
  }
  staged_.clear();
  free_spare_room(staged_);
  for (const Share& share : shares_)
    if (Room* room = rooms_.find(share.room)) {
      room->log.share = 0;
      for (ShardMessageBody& message : std::exchange(room->after_append, {})) effects_.post(effects_.shard(), std::move(message));
    }
  busy_ = false;
  for (const Share& share : shares_)
    if (Room* room = is_shared_ || !outrun_.empty() ? rooms_.find(share.room) : nullptr) {
      if (outrun_.contains(share.room)) listener_.outrun(*room);
      if (is_shared_) listener_.written(*room);
    }
  shares_.clear();
}

bool CommitQueue::is_repeated(PendingAppend& outgoing) {
  Room* room = rooms_.find(outgoing.room);
  if (room == nullptr || ++outgoing.attempts >= kAttemptsMax) return false;
  set_aside(outgoing, *room);
  return true;
}

const StoreStatus* CommitQueue::status_of(std::uint64_t room, const std::vector<StoreStatus>& statuses) {
  if (const Room* found = rooms_.find(room)) return found->log.share == 0 ? nullptr : &statuses[found->log.share - 1];
  for (std::size_t place = 0; place < shares_.size(); ++place)  // it has gone meanwhile
    if (shares_[place].room == room) return &statuses[place];
  return nullptr;
}

void CommitQueue::settle_share(const Share& share, StoreStatus status) {
  note_failure(status);
  Room* room = rooms_.find(share.room);
  if (room == nullptr) return;
  if (status == StoreStatus::ok) {
    room->log.head = share.head;
    room->log.base = std::max(room->log.base, share.base);
    room->log.timestamp_ms = share.timestamp_ms;
    room->log.producers.keep();
    documents_.settled(*room, true);
    return;
  }
  room->log.producers.undo();
  documents_.settled(*room, false);
  if (status == StoreStatus::stale) room->log.phase = RoomLog::Phase::closed;  // opened again with the next use
}

void CommitQueue::settle(PendingAppend& outgoing) {
  Room* room = rooms_.find(outgoing.room);
  PublishResponse& answer = outgoing.answer;
  if (outgoing.is_unlogged && room == nullptr) answer.fault = {ErrorCode::room_deleted, {}, {}};
  if (outgoing.is_unlogged && answer.fault.code == ErrorCode::ok) {
    --room->work;
    return listener_.passed(*room, outgoing);
  }
  const bool accepted = answer.fault.code == ErrorCode::ok && !answer.duplicate;
  const bool is_application = outgoing.call.has_value();  // it receives its own event first, a client its ACK
  const bool is_answered = is_mutated(Mutation::acknowledged_before_commit);
  if (!is_application && !is_answered && !outgoing.is_in_doubt) listener_.answered(outgoing);
  if (room != nullptr) {
    --room->work;
    rooms_.note_use(*room, effects_.now().monotonic_ms);
    if (accepted && !is_mutated(Mutation::delivered_before_commit)) listener_.accepted(*room, outgoing);
  }
  if (is_application && !is_answered) listener_.answered(outgoing);
}

void CommitQueue::note_failure(StoreStatus status) {
  if (status == StoreStatus::failed) effects_.give_up("the store has failed; what was not acknowledged may or may not be kept");
  if (status != StoreStatus::full && status != StoreStatus::busy) return;
  const std::uint64_t now_ms = effects_.now().monotonic_ms;
  std::uint64_t& warned_ms = status == StoreStatus::full ? warned_full_ms_ : warned_busy_ms_;
  if (warned_ms != kNever && elapsed_ms(now_ms, warned_ms) < kWarningPauseMs) return;
  warned_ms = now_ms;
  if (status == StoreStatus::busy)
    return effects_.log(LogLevel::warn, "store_busy",
                        {{"message",
                          "the store accepts no writes: it is overloaded, or another program has locked the database. "
                          "Publications wait in the clients"}});
  effects_.log(LogLevel::warn, "store_full",
               {{"message", durable_ ? "the disk is full: publications to stored rooms are refused until there is space"
                                     : "the memory for rooms in memory is full: publications to them are refused"}});
}

}  // namespace dialogue::core
