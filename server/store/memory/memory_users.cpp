// How a MemoryStore is searched, and erases, by user; and how it erases single records.
#include <utility>

#include "server/store/memory/memory_store.hpp"

namespace dialogue::store {

std::pair<MemoryStore::Logs::iterator, std::uint64_t> MemoryStore::walk_from(const UserCursor& after) {
  const bool is_done = after.seq == UserCursor{}.seq;
  const auto log = is_done ? logs_.upper_bound(after.room) : logs_.lower_bound(after.room);
  const bool is_same = log != logs_.end() && log->first == after.room;
  return {log, is_same ? after.seq : 0};
}

void MemoryStore::find_user(UserQuery query, Done<UserPage> done) {
  UserPage page;
  std::uint64_t looks_left = kRecordsPerStepMax;
  std::size_t bytes = 0;
  auto [log, after] = walk_from(query.after);
  for (; log != logs_.end() && !page.next; ++log, after = 0) {
    const core::RoomKey& key = log->first;
    const MemoryLog& records = log->second;
    const std::string_view author = is_room_of(key, query.user_id) ? std::string_view() : query.user_id;
    const auto stopped = records.find_user(author, after, looks_left, [&](const core::LogRecord& record) {
      page.records.push_back({key, records.epoch(), record});
      bytes += record.payload.size();
      return page.records.size() < kUserRecordsPerStepMax && bytes < kUserBytesPerStepMax;
    });
    if (stopped) page.next = UserCursor{key, *stopped};
  }
  done(std::move(page));
}

void MemoryStore::erase_user(UserQuery query, Done<UserErased> done) {
  UserErased erased;
  std::uint64_t looks_left = kRecordsPerStepMax;
  auto [log, after] = walk_from(query.after);
  while (log != logs_.end() && !erased.next) {
    const auto here = log++;
    if (is_erased_whole(here->first, query)) {
      ErasedRoom whole{here->first, here->second.epoch()};
      whole.is_whole = true;
      whole.records = here->second.state().head;
      erased.rooms.push_back(std::move(whole));
      drop(here);
      continue;
    }
    const core::RoomKey key = here->first;
    if (const auto stopped = erase_in_log(query.user_id, after, looks_left, here, erased))
      erased.next = UserCursor{key, *stopped};
    else if (is_named_after(key.room, query.user_id))
      erased.named.push_back({key.room, here->second.has_records_of_others()});
    after = 0;
  }
  if (!erased.next) {
    kept_.purge(KeptKind::room, room_entry_key({{}, own_room_of(query.user_id)}));
    for (const std::string& whole : query.whole_rooms) kept_.purge(KeptKind::room, room_entry_key({{}, whole}));
    for (std::string& defined : rooms_defined_for(kept_.list({KeptKind::room}).entries, query.user_id))
      if (!logs_.contains(core::RoomKey{{}, defined})) erased.named.push_back({std::move(defined)});
    erased.revocations_kept = revocations_of(kept_.list({KeptKind::revocation}).entries, query.user_id);
  }
  done(std::move(erased));
  wake_followers();
}

std::optional<std::uint64_t> MemoryStore::erase_in_log(const std::string& user_id, std::uint64_t after, std::uint64_t& looks_left,
                                                       Logs::iterator log, UserErased& erased) {
  MemoryLog& records = log->second;
  ErasedRoom found{log->first, records.epoch()};
  bytes_ -= records.bytes();
  const auto [of_clients, of_callers] = producer_prefixes(user_id);
  found.producers = records.erase_producers(of_clients) + records.erase_producers(of_callers);
  std::vector<std::uint64_t> sequences;
  const auto stopped = records.find_user(user_id, after, looks_left, [&](const core::LogRecord& record) {
    if (erased.samples.size() < kSamplesPerStepMax) erased.samples.push_back(record.payload);
    sequences.push_back(record.seq);
    return sequences.size() < kUserRecordsPerStepMax;
  });
  drop_records(sequences, records, found);
  bytes_ += records.bytes();
  if (found.records + found.producers > 0) erased.rooms.push_back(std::move(found));
  return stopped;
}

void MemoryStore::drop_records(const std::vector<std::uint64_t>& sequences, MemoryLog& log, ErasedRoom& found) {
  for (const std::uint64_t seq : sequences) {
    log.erase_record(seq);
    add_sequence(found.sequences, seq);
  }
  found.records = sequences.size();
}

void MemoryStore::erase_records(RecordErasure what, Done<UserErased> done) {
  UserErased erased;
  if (const auto log = logs_.find(what.room); log != logs_.end()) {
    MemoryLog& records = log->second;
    ErasedRoom found{log->first, records.epoch()};
    const auto sequences = sequences_kept(what, [&](std::uint64_t after, std::uint64_t count) {
      std::vector<std::uint64_t> kept;
      static_cast<void>(records.find_user({}, after, count, [&kept](const core::LogRecord& record) {
        kept.push_back(record.seq);
        return true;
      }));
      return kept;
    });
    bytes_ -= records.bytes();
    drop_records(sequences, records, found);
    bytes_ += records.bytes();
    if (found.records > 0) erased.rooms.push_back(std::move(found));
  }
  done(std::move(erased));
  wake_followers();
}

}  // namespace dialogue::store
