// The queue of publications into the logs of one store: one append is in progress at a time, and publications that arrive
// meanwhile form the next one. Sequences are assigned when an append is assembled. No publication is reported before the store
// has it, and an append that fails uses up nothing. See docs/decisions/090-room-log.md. Used by its owner shard only.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/log/event_retention.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/document_keeper.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

/// One queued publication: the record, and the receiver of the answer.
struct PendingAppend {
  std::uint64_t room = 0;
  std::uint32_t event = 0;  ///< catalogue index
  bool deletes = false;     ///< the key that the payload has
  std::string from, payload;
  std::shared_ptr<const std::string> producer;  ///< null: not counted
  PayloadHash hash = 0;
  SendingMark mark = {};
  PublishResponse answer;  ///< fault: it was refused permanently before, and still consumes its number
  std::uint32_t answer_shard = 0;
  /// The store has failed with it, and the server ends: no answer is better than a wrong one. The next start reads the result.
  bool is_in_doubt = false;
  bool is_shared_out = false;     ///< it counts against its user's share of what may wait
  bool is_durable = false;        ///< its log is the store's
  bool is_set_aside = false;      ///< CommitQueue's: what stays of it here is empty
  bool is_unlogged = false;       ///< volatile, or refused without a number: it only waits for the answers before it
  std::uint8_t attempts = 0;      ///< appends that another server came before
  std::uint64_t received_ns = 0;  ///< Time::monotonic_ns
  std::uint32_t members = 0;      ///< of the room, when it was fanned out
  std::optional<CallId> call;     ///< set: the application asked, and no connection
  PublicationTracePtr trace;
  /// If set, the room's log is emptied, and nothing is published. Called with the outcome.
  std::function<void(ErrorCode)> erased;
  /// If set, the payload is made at its turn, see CompactDocument. The author of what it deletes; may be empty.
  std::optional<std::string> erases_author;
};

class CommitQueue {
 public:
  /// `accepted` receives each publication that is in its log, `answered` the result of each one: before it for a client's,
  /// after it for the application's.
  struct Listener {
    std::function<void(PendingAppend&)> answered;
    std::function<void(const Room&, PendingAppend&)> accepted;  ///< may take what it wants out of it
    /// The room's log has to be opened before its publications can be appended: another server has written it.
    std::function<void(Room&)> outrun;
    std::function<void(Room&)> written;                 ///< an append with a part of this room is over
    std::function<void(Room&, PendingAppend&)> passed;  ///< called instead of the others for a volatile publication, at its turn
  };

  /// `is_shared`: other servers write these logs, too.
  CommitQueue(const EventRetention& retention, DocumentKeeper& documents, bool durable, bool is_shared, ShardEffects& effects,
              RoomRegistry& rooms, StoreCalls& stores, Listener listener);

  /// Queues a publication (or an erasure) for a room whose log is open. Returns false, and takes nothing, if too much waits, in
  /// all or of this user. If more than a little waits, each user may have as much in the queue as is still free, so that one user
  /// cannot fill it for all.
  [[nodiscard]] bool add(PendingAppend&& outgoing);
  /// Called when the room's log was opened: the publications that waited for that come next. With a fault, they are refused.
  void resume(const Room& room, ErrorCode fault);
  /// Sends the next append if none is under way. Returns true if it decided something.
  bool pump();
  [[nodiscard]] bool has_to_send() const { return !busy_ && has_waiting(); }
  [[nodiscard]] bool is_idle() const { return !has_waiting() && !busy_; }

 private:
  /// A room's share of the append that is put together.
  struct Share {
    std::uint64_t room = 0;
    RoomWrite write;
    std::uint64_t head = 0, base = 1, timestamp_ms = 0;  ///< of the log once it is written
  };

  [[nodiscard]] bool has_waiting() const { return taken_ < waiting_.size(); }
  /// Moves what the next append takes from waiting_ to staged_.
  void take_for_append();
  void release_sent();
  [[nodiscard]] bool has_place(PendingAppend& outgoing, std::size_t bytes);
  void free_place(const PendingAppend& outgoing);
  /// Keeps an append until its room's log was opened again.
  void set_aside(PendingAppend& outgoing, Room& room);
  /// Whether an append that another server's append preceded is tried again: not if that was too often, or its room is gone.
  [[nodiscard]] bool is_repeated(PendingAppend& outgoing);
  void stage(PendingAppend& outgoing, Room& room);
  void refuse_unreadable(PendingAppend& outgoing, const Room& room);
  void add_record(PendingAppend& outgoing, std::string group, Share& share, Room& room);
  [[nodiscard]] Share& share_of(Room& room);
  /// Returns the status of the room's write in the append; null if the append has no write of the room.
  [[nodiscard]] const StoreStatus* status_of(std::uint64_t room, const std::vector<StoreStatus>& statuses);
  void send();
  void ack_before_commit();  ///< does nothing, except with a planted fault
  void erase(PendingAppend&& outgoing);
  void settled(std::vector<StoreStatus>&& statuses);
  void settle_share(const Share& share, StoreStatus status);
  void settle(PendingAppend& outgoing);
  void note_failure(StoreStatus status);

  bool durable_, is_shared_;
  ShardEffects& effects_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  const EventRetention& retention_;
  DocumentKeeper& documents_;
  Listener listener_;
  std::vector<PendingAppend> waiting_;
  std::size_t taken_ = 0;  ///< of waiting_, from its front
  std::size_t waiting_bytes_ = 0;
  // Ordered: clients choose the names, and could choose ones whose hashes collide.
  std::map<std::string, std::size_t> bytes_by_user_;  ///< bytes in waiting_
  std::vector<PendingAppend> staged_;
  /// Appends that another server's append preceded, by room: at most those of one append, and what arrived meanwhile.
  std::map<std::uint64_t, std::vector<PendingAppend>> outrun_;
  std::vector<Share> shares_;  ///< RoomLog::share counts them from 1
  bool busy_ = false;
  std::uint64_t warned_full_ms_ = kNever, warned_busy_ms_ = kNever;  ///< when the log last said that the store is
};

}  // namespace dialogue::core
