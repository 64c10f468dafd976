// See token_door.hpp.
#include "server/embed/identity/token_door.hpp"

#include <string>
#include <thread>

#include "server/auth/key_set.hpp"

namespace dialogue {
namespace {

/// Returns a text that identifies the configured keys. It is never shown: a secret's thumbprint is made from it.
std::string identity_of(const auth::TokenSettings& tokens) {
  std::string text;
  for (const auth::JwksSource& source : tokens.jwks) text += source.issuer + ' ' + source.url + '\n';
  for (const auto* names : {&tokens.policy.issuers, &tokens.policy.audiences}) {
    for (const std::string& name : *names) text += name + '\n';
    text += '\n';
  }
  for (const auth::Realm& realm : tokens.policy.realms) text += realm.issuer + '\n' + realm.prefix + '\n';
  text += tokens.anonymous ? "anonymous\n" : "\n";
  for (const auto& key : tokens.keys.keys())
    text += key->id() + ' ' + std::string(auth::algorithm_name(key->algorithm())) + ' ' + auth::key_thumbprint(*key) + '\n';
  return text;
}

/// Waits for the callers of the old source, which have their answers soon: its end, which may wait for a thread, belongs here.
template <typename Source>
void retire(const std::shared_ptr<const Source>& old) {
  while (old && old.use_count() > 1) std::this_thread::yield();
}

}  // namespace

void TokenDoor::configure(host::ServerConfig& server_config, const auth::TokenSettings& tokens) {
  if (server_config.identify) return;
  auth::TokenCheck check = auth::token_check(tokens, log_);
  check_->set(std::make_shared<const core::IdentitySource>(std::move(check.identify)));
  has_keys_->set(std::make_shared<const std::function<bool()>>(std::move(check.has_keys)));
  server_config.why_not_ready = [has = has_keys_] { return std::string((*has->get())() ? "" : "keys_unavailable"); };
  server_config.identify = [door = check_](core::IdentityQuestion&& question, std::function<void(core::AuthResult)> done) {
    (*door->get())(std::move(question), std::move(done));
  };
}

void TokenDoor::replace(const auth::TokenSettings& before, const auth::TokenSettings& now,
                        const std::function<void(std::uint64_t key)>& end_key) {
  if (identity_of(now) == identity_of(before)) return;
  auth::TokenCheck check = auth::token_check(now, log_);
  const auto old_keys = has_keys_->set(std::make_shared<const std::function<bool()>>(std::move(check.has_keys)));
  const auto old_check = check_->set(std::make_shared<const core::IdentitySource>(std::move(check.identify)));
  retire(old_keys);
  retire(old_check);
  for (const std::uint64_t key : auth::keys_gone(before, now)) end_key(key);
}

}  // namespace dialogue
