// Notifies the members of rooms in which records were erased: rooms that list the event get the erased positions. Blocking.
#pragma once
#include <functional>
#include <memory>
#include <utility>

#include "server/core/messages/actions.hpp"
#include "server/embed/erasure/shard_questions.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

class ErasureNotices {
 public:
  struct Settings {
    const Definitions& definitions;         ///< must outlive this object
    std::shared_ptr<store::Store> durable;  ///< keeps notices; null: none are kept
    std::function<void(const core::LogLine&)> log;
  };
  ErasureNotices(Settings settings, ShardQuestions shards) : settings_(std::move(settings)), shards_(std::move(shards)) {}

  /// Publishes the positions in the room.
  [[nodiscard]] store::UserErasure::Notified publish(const store::ErasedRoom& room) const;
  /// Whether the store keeps notices of earlier erasures.
  [[nodiscard]] bool has_kept() const;
  /// Publishes those.
  void publish_kept(const std::function<bool()>& is_cancelled) const;

 private:
  void log_unpublished(ErrorCode code) const;

  const Settings settings_;
  const ShardQuestions shards_;
};

}  // namespace dialogue
