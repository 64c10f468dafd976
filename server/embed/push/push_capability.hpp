// Notifications as something that an instance does: reads the keys and what the store has of devices and notifications, and hands
// the HTTP API on to the service. docs/decisions/344-notifications.md
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/embed/capability.hpp"
#include "server/push/push_service.hpp"

namespace dialogue {

/// The keys of the settings' files. Throws SetupError.
[[nodiscard]] std::vector<push::VapidKey> load_push_keys(const push::PushSettings& settings);

class PushCapability final : public Capability {
 public:
  struct Settings {
    push::PushSettings push;
    const Definitions& definitions;       ///< must outlive this object
    std::shared_ptr<store::Store> store;  ///< null: devices and notifications end with the process
    bool is_shared = false;               ///< other nodes use the store, too
    std::function<void(const core::LogLine&)> log;
    std::shared_ptr<metrics::SharedCells> metrics;
  };
  explicit PushCapability(Settings settings) : settings_(std::move(settings)) {}

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server& server) override;
  void stop() override;
  [[nodiscard]] bool erase_kept(const std::string& user_id, const std::function<bool()>& is_cancelled) override {
    return service_->erase_user(user_id, is_cancelled);
  }

 private:
  const Settings settings_;
  /// Has the rules of the definitions followed.
  void follow_rules(core::Hooks& hooks);

  std::unique_ptr<push::PushService> service_;
  const std::shared_ptr<std::atomic<host::Server*>> server_ = std::make_shared<std::atomic<host::Server*>>(nullptr);
};

}  // namespace dialogue
