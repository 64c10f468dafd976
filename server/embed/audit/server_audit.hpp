// The audit of a server: what of the log, of the HTTP API and of reloads is recorded. docs/decisions/311-audit.md
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/audit/audit_erasure.hpp"
#include "server/embed/audit/audit_slot.hpp"
#include "server/embed/ticker.hpp"
#include "server/host/server.hpp"

namespace dialogue {

class ServerAudit {
 public:
  struct Settings {
    std::string path;      ///< empty: there is no audit
    std::string key_path;  ///< empty: beside the audit
    std::uint64_t keep_days = 0;
    std::uint64_t receipts_s = 0;  ///< 0: no receipts are recorded
    std::function<void(const core::LogLine&)> log;
    std::shared_ptr<metrics::SharedCells> metrics;
  };
  ServerAudit(Settings settings, std::shared_ptr<AuditSlot> slot);

  /// Throws SetupError if configure() would; creates nothing on the disk.
  void check() const;
  /// Opens the audit, if there is one, for the HTTP API and the log. Throws SetupError.
  void configure(host::ServerConfig& server_config);
  /// Notes receipts from here on. The server outlives stop_receipts().
  void start_receipts(host::Server& server);
  void stop_receipts() { receipts_.reset(); }
  /// Signs the records that are not signed yet, and ends. Called when nothing more is to be audited.
  void end() { slot_->set(nullptr); }

  /// Records that the server reloads its configuration. Throws SetupError if the audit cannot be written.
  void record_reload() const;
  void note_reload(std::string outcome) const;
  /// Erases the user from the audit and returns what was erased; no value without an audit.
  std::optional<audit::AuditErasure> forget_user(const std::string& user_id, const std::vector<std::string>& deleted_rooms) const;

 private:
  [[nodiscard]] std::shared_ptr<audit::AuditLog> open() const;

  const Settings settings_;
  const std::shared_ptr<AuditSlot> slot_;
  std::unique_ptr<Ticker> receipts_;
};

}  // namespace dialogue
