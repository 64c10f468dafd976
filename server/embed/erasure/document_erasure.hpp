// Deletes what users wrote in documents of rooms: their updates go, and the newest snapshots stay. Blocking.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/embed/erasure/server_stores.hpp"
#include "server/embed/erasure/shard_questions.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

class DocumentErasure {
 public:
  /// The definitions must outlive this object.
  DocumentErasure(const Definitions& definitions, std::shared_ptr<const ServerStores> stores, ShardQuestions shards)
      : definitions_(definitions), stores_(std::move(stores)), shards_(std::move(shards)) {}

  /// Erases the user's part of documents in all rooms. Returns false if something is left.
  [[nodiscard]] bool erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) const;
  /// Opens a room whose records are to be erased, so that its documents need only their newest snapshots. Returns why that is
  /// impossible; ok: it was done.
  [[nodiscard]] core::Error prepare_room(const std::string& room) const;

 private:
  [[nodiscard]] bool compact(const std::string& room, const std::string& event, const std::string& erased_user) const;

  const Definitions& definitions_;
  const std::shared_ptr<const ServerStores> stores_;
  const ShardQuestions shards_;
};

}  // namespace dialogue
