// What a store does inside Redis, each as one Lua script: it runs alone, as a whole, or not at all. Constants.
//
// KEYS[1] is the prefix of a part of the store, such as dialogue:{7}; all keys of a part have its hash tag. Below it:
//   id           its identity, from which epochs follow; another one says that history was lost
//   n            how often a room was forgotten
//   rooms        a sorted set of the rooms' keys, by their bytes
//   w:WRITER     the newest batch of a server, and its answer
//   m:ROOM       a hash: s seed, h head, b base, t time of the newest record, w swept up to, k keep_ms; of the news: n bytes,
//                o oldest use, f how many were folded
//   s:ROOM       a stream of records, whose ids are SEQUENCE-0: t time, f from, g group, e event, x deletes, p payload
//   g:ROOM       a sorted set of grouped records, HASH:SEQUENCE
//   d:ROOM       a hash of producers; z:ROOM when they were used; u:ROOM the news (producer_rows.hpp)
//   c            the channel of wake-ups: "EPOCH HEAD ROOM", or "*" for all rooms
// The part {kept} has the kept state: v its version and base, e:KIND entries, o:KIND their order by version, x their ends, d
// tombstones.
#pragma once
#include "server/store/redis/connection/redis_connection.hpp"

namespace dialogue::store {

struct RedisScripts {
  // That read.
  RedisScript open, read, heads, rooms_after, list_kept, producers_of_news, old_producers, user_in_room, records, others;
  // That write. Their first four arguments are the writer, its batch's number, the newest number that was answered, and an
  // identity for a part without one. The answer is a text; "L": the part lacks an answered batch, and has another identity now.
  RedisScript append, put_room, fold, trim, erase, put_kept, purge_kept, erase_records, forget, end_empty;
  /// Answers what became of the batch; one that did not happen ("N") does not happen any more.
  RedisScript settle;
  /// Fails if a right is missing.
  RedisScript probe;
};

[[nodiscard]] const RedisScripts& redis_scripts();

namespace redis_lua {
extern const char* const kRooms;    ///< what all scripts know of rooms
extern const char* const kReading;  ///< the beginning of those that read
extern const char* const kWriting;  ///< the beginning of those that write
extern const char* const kKept;     ///< what changes the kept state
extern const char* const kAppend;
extern const char* const kPutRoom;
extern const char* const kTrim;
extern const char* const kFold;
extern const char* const kErase;
extern const char* const kPutKept;
extern const char* const kPurgeKept;
extern const char* const kEraseRecords;
extern const char* const kForget;
extern const char* const kEndEmpty;
extern const char* const kOpen;
extern const char* const kRead;
extern const char* const kHeads;
extern const char* const kRoomsAfter;
extern const char* const kListKept;
extern const char* const kProducersOfNews;
extern const char* const kOldProducers;
extern const char* const kUserInRoom;
extern const char* const kRecords;
extern const char* const kOthers;
}  // namespace redis_lua

}  // namespace dialogue::store
