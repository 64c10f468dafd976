// Hooks by HTTP, asked after the application's own.
#pragma once
#include <dialogue/config.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/embed/exchange/call_handlers.hpp"
#include "server/embed/hooks/application_hooks.hpp"
#include "server/webhooks/webhooks.hpp"

namespace dialogue {

/// Throws SetupError.
void refuse_bad_webhooks(const Config& config);

class BackendHooks {
 public:
  struct Settings {
    WebhookSettings hooks;
    std::function<void(const core::LogLine&)> log;
    std::shared_ptr<metrics::SharedCells> metrics;
  };
  explicit BackendHooks(Settings settings) : settings_(std::move(settings)) {}
  BackendHooks(const BackendHooks&) = delete;
  BackendHooks& operator=(const BackendHooks&) = delete;

  /// Has the backend of the settings, if there is one, asked after `hooks`, and calls handled by it. Outlives the hooks.
  void attach(ApplicationHooks& hooks, CallHandlers& calls, std::shared_ptr<const trace::Tracer> tracer);
  void sign_with(const std::string& secret) const {
    if (webhooks_) webhooks_->sign_with(secret);
  }
  void stop() {
    if (webhooks_) webhooks_->stop();
  }

 private:
  const Settings settings_;
  std::unique_ptr<webhooks::Webhooks> webhooks_;
};

}  // namespace dialogue
