// See push_capability.hpp.
#include "server/embed/push/push_capability.hpp"

#include <algorithm>
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <utility>
#include <variant>

#include "server/core/messages/log_message.hpp"
#include "server/embed/push/push_rules.hpp"
#include "server/embed/store_answer.hpp"
#include "server/embed/text_file.hpp"
#include "server/store/memory/memory_store.hpp"

namespace dialogue {
namespace {

std::uint64_t push_unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

std::vector<push::VapidKey> load_push_keys(const push::PushSettings& settings) {
  std::vector<push::VapidKey> keys;
  for (const std::string& path : settings.vapid) {
    auto key = push::VapidKey::of_pem(read_regular_file(path, push::kVapidFileBytesMax));
    if (auto* const fault = std::get_if<std::string>(&key))
      throw SetupError("push.vapid", path + ": " + *fault, "Make a key with `dialogue keys --vapid --private FILE`.");
    keys.push_back(std::get<push::VapidKey>(std::move(key)));
  }
  return keys;
}

void PushCapability::configure(host::ServerConfig& server_config) {
  push::PushSetup setup{
      settings_.push, load_push_keys(settings_.push), settings_.store, settings_.is_shared, settings_.log, settings_.metrics,
      push_unix_ms};
  if (!setup.store) {
    setup.store = std::make_shared<store::MemoryStore>(1);
    settings_.log(core::log_message(core::LogLevel::warn, "push_not_kept",
                                    "devices and notifications on their way end with this process: set a store to keep them"));
  }
  setup.find_online = [server = server_](const std::string& user_id, const std::function<void(bool)>& done) {
    host::Server* const asked = server->load();
    if (asked == nullptr) return done(false);
    const auto answered = [done](const std::vector<core::UserInfo>& users, const std::vector<std::string>&) {
      done(std::any_of(users.begin(), users.end(), [](const core::UserInfo& user) { return user.connections > 0; }));
    };
    const auto failed = [done](const core::Error&) { done(false); };
    asked->ask(0, core::UsersQuery{{}, {user_id}}, calls::call_done<core::UsersQuery>(answered, failed));
  };
  const auto devices = kept_section(*setup.store, store::KeptKind::push_device, "devices and notifications");
  const auto jobs = kept_section(*setup.store, store::KeptKind::push_job, "devices and notifications");
  service_ = std::make_unique<push::PushService>(std::move(setup), devices, jobs);
  server_config.api.push = service_->api();
  follow_rules(server_config.shard.hooks);
}

void PushCapability::follow_rules(core::Hooks& hooks) {
  const auto rules = std::make_shared<const PushRules>(settings_.definitions);
  if (rules->is_empty()) return;
  hooks.on_event = [rules, service = service_.get(),
                    otherwise = std::move(hooks.on_event)](const core::Publication& publication) {
    if (otherwise) otherwise(publication);
    for (api::Notification& note : rules->notifications_of(publication)) service->follow_rule(std::move(note));
  };
}

void PushCapability::start(host::Server& server) {
  server_->store(&server);
  service_->start();
}

void PushCapability::stop() {
  service_->stop();
  server_->store(nullptr);
}

}  // namespace dialogue
