// The documents of a shard's rooms: loaded with their logs, and changed by each update before that is appended. What is appended
// is what the document made of the update; one that cannot be applied is refused. See docs/decisions/342-documents-in-rooms.md.
// Used by its owner shard only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "server/core/documents/document_events.hpp"
#include "server/core/documents/document_log.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

struct PendingAppend;

class DocumentKeeper {
 public:
  DocumentKeeper(const ShardConfig& config, ShardEffects& effects, RoomRegistry& rooms, StoreCalls& stores)
      : config_(config), effects_(effects), rooms_(rooms), stores_(stores), events_(config.catalogue, config.definitions) {}

  [[nodiscard]] bool has_documents(const Room& room) const { return events_.is_among(room.rules()->events); }
  [[nodiscard]] bool is_document(std::uint32_t event) const { return events_.roots_of(event) != nullptr; }

  /// Reads the room's documents from the log up to its head, before the log counts as open. Calls `then` once, unless the room is
  /// freed.
  void load(Room& room, bool durable, const RoomLogState& state, std::function<void(Room&, ErrorCode)> then);

  /// Applies the update that is to be appended, and replaces it by what was new in it; or returns why it is refused.
  [[nodiscard]] std::optional<Error> apply(Room& room, PendingAppend& outgoing);
  /// Returns the records that follow an update in its append: a snapshot, if one is due.
  [[nodiscard]] std::vector<LogRecord> snapshot_after(Room& room, const PendingAppend& outgoing);
  /// Called when an append has ended. If it failed, the documents have updates that the log lacks, and are loaded again.
  void settled(Room& room, bool is_written);

  /// Whether the log must be opened again, because loading a document was given up halfway, or a document is missing.
  [[nodiscard]] static bool has_to_load(const Room& room);
  /// Whether the documents contain the log up to its head, and nothing else.
  [[nodiscard]] static bool is_current(const Room& room) {
    return room.documents && room.documents->epoch == room.log.epoch && room.documents->head == room.log.head &&
           !room.documents->is_ahead;
  }
  /// Answers a query about a document of a room whose documents are current.
  [[nodiscard]] DocumentQuery::Result read(const Room& room, const DocumentQuery& query) const;

 private:
  struct Loading;
  void read_on(const std::shared_ptr<Loading>& loading);
  void take(Loading& loading, LogRecord&& record) const;
  void finish(Loading& loading, ErrorCode code);
  /// Returns the update that deletes everything that a user wrote.
  [[nodiscard]] static std::string deletion_of(const RoomDocument& document, const std::string& user_id);
  [[nodiscard]] std::optional<Error> judge(RoomDocument& kept, PendingAppend& outgoing);

  const ShardConfig& config_;
  ShardEffects& effects_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  const DocumentEvents events_;
};

}  // namespace dialogue::core
