// A room at its home shard: the one place that gives sequences, counts members, and knows producers and presence.
// Used by its home only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/mail.hpp"
#include "server/core/presence.hpp"
#include "server/core/producer_table.hpp"
#include "server/core/room_rules.hpp"

namespace dialogue {

class Room {
 public:
  Room(std::string id, std::uint64_t number, std::uint64_t epoch, RulesPtr rules, std::uint32_t shard_count)
      : id_(std::move(id)), number_(number), epoch_(epoch), rules_(std::move(rules)), members_of_shard_(shard_count) {}

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t head() const { return head_; }
  [[nodiscard]] const RulesPtr& rules() const { return rules_; }
  [[nodiscard]] const std::string& name() const { return rules_->definition.name.empty() ? id_ : rules_->definition.name; }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool is_full() const { return rules_->definition.max_size && size_ >= *rules_->definition.max_size; }
  void admit(std::uint32_t shard) {
    ++members_of_shard_[shard];
    ++size_;
  }
  void dismiss(std::uint32_t shard) {
    --members_of_shard_[shard];
    --size_;
  }
  [[nodiscard]] bool has_members_on(std::uint32_t shard) const { return members_of_shard_[shard] > 0; }

  /// The place of the next publication. A volatile one takes no sequence. The clock of a room never goes back.
  [[nodiscard]] Position next_position(bool is_volatile, std::uint64_t unix_ms) {
    timestamp_ms_ = std::max(timestamp_ms_, unix_ms);
    return {epoch_, is_volatile ? 0 : ++head_, timestamp_ms_};
  }
  [[nodiscard]] RoomInfo info() const { return {id_, name(), size_, rules_->definition.max_size}; }

  Presence presence;
  ProducerTable producers;
  std::uint64_t used_at_ms = 0;  ///< last leave or publication, monotonic
  bool in_idle_queue = false;

 private:
  std::string id_;
  std::uint64_t number_, epoch_, head_ = 0, timestamp_ms_ = 0, size_ = 0;
  RulesPtr rules_;
  std::vector<std::uint32_t> members_of_shard_;
};

}  // namespace dialogue
