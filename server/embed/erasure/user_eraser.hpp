// The steps of erasing a user from a running server: connections, documents, stores, shards, capabilities, the audit, files, and
// what operators see. Blocking. docs/decisions/312-erasure.md
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/privacy/user_data.hpp"
#include "server/audit/audit_erasure.hpp"
#include "server/embed/capability.hpp"
#include "server/embed/erasure/document_erasure.hpp"
#include "server/embed/erasure/erasure_notices.hpp"
#include "server/embed/erasure/server_stores.hpp"
#include "server/embed/erasure/shard_questions.hpp"
#include "server/store/erasure/user_erasure.hpp"

namespace dialogue {

class UserEraser {
 public:
  using IsCancelled = std::function<bool()>;
  struct Settings {
    const Definitions& definitions;                                ///< must outlive this object
    const std::vector<std::unique_ptr<Capability>>& capabilities;  ///< must outlive this object
    bool is_recording = false;
    /// Erases the user from the audit; returns no value without an audit.
    std::function<std::optional<audit::AuditErasure>(const std::string& user_id, const std::vector<std::string>& deleted_rooms)>
        forget_in_audit;
    std::function<void(const std::string& user_id)> forget_changes;  ///< in the list that operators see
    std::function<std::uint64_t(const std::string& user_id)> count_revocations;
  };
  UserEraser(Settings settings, std::shared_ptr<const ServerStores> stores, ShardQuestions shards, ErasureNotices notices)
      : settings_(std::move(settings)),
        stores_(std::move(stores)),
        shards_(std::move(shards)),
        documents_(settings_.definitions, stores_, shards_),
        notices_(std::move(notices)) {}

  [[nodiscard]] api::ErasureReport erase(const api::ErasureRequest& what, const IsCancelled& is_cancelled) const;

 private:
  using Step = bool (Capability::*)(const std::string& user_id, const IsCancelled& is_cancelled);
  /// In all stores; rooms that are named after the user in a second pass, when their shards have deleted them.
  void erase_in_stores(const api::ErasureRequest& what, store::UserErasure& erasure, api::ErasureReport& report,
                       const IsCancelled& is_cancelled) const;
  [[nodiscard]] bool erase_in_capabilities(Step step, const std::string& user_id, const IsCancelled& is_cancelled) const;
  /// Erases the user from the audit and from the files.
  void erase_traces(const std::string& user_id, const store::UserErasure& erasure, api::ErasureReport& report) const;
  /// In what operators see. Last, since erasing is seen, too.
  void forget_observed(const std::string& user_id, store::UserErasure& erasure, api::ErasureReport& report) const;
  /// In the open rooms of all shards; adds those that are named after the user.
  void forget_in_shards(const std::string& user_id, store::UserErasure& erasure) const;
  /// Counts the room's events in all of its logs.
  [[nodiscard]] std::uint64_t events_of(const std::string& room_id) const;

  const Settings settings_;
  const std::shared_ptr<const ServerStores> stores_;
  const ShardQuestions shards_;
  const DocumentErasure documents_;
  const ErasureNotices notices_;
};

}  // namespace dialogue
