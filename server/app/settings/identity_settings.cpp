// Keys by their places; the policies that let in who has no token.
#include "server/app/settings/identity_settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <dialogue/setup_error.hpp>

#include "server/embed/listen_address.hpp"
#include "server/embed/text_file.hpp"
#include "server/http/request/origin.hpp"
#include "server/net/address_range.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kSecretAdvice = "name a variable of the environment with a secret by --auth-hs256-env";

/// The keys of one place, beside those that were read before.
void add_keys(auth::KeySet& all, std::variant<auth::KeySet, auth::KeyError> read, const std::string& place) {
  if (auto* keys = std::get_if<auth::KeySet>(&read)) read = auth::joined_keys(all, *keys);
  if (const auto* fault = std::get_if<auth::KeyError>(&read)) throw SetupError(place, fault->problem, fault->advice);
  all = std::get<auth::KeySet>(std::move(read));
}

}  // namespace

bool is_public(const ServeSettings& settings) {
  const std::string host = parse_listen_address(settings.listen)->host;
  return !net::is_loopback_address(boost::asio::ip::make_address(host));
}

auth::TokenSettings token_settings(const ServeSettings& settings, const Environment& environment) {
  auth::TokenSettings tokens;
  for (const std::string& path : settings.key_files)
    add_keys(tokens.keys, auth::read_keys(read_regular_file(path, auth::kKeyTextBytesMax, kSecretAdvice), auth::KeyOrigin::file),
             path);
  if (!settings.secret_variable.empty()) {
    const auto secret = environment(settings.secret_variable);
    const std::string place = "--auth-hs256-env " + settings.secret_variable;
    if (!secret)
      throw SetupError(place, "there is no environment variable of this name", "Set it, or name another; not the secret itself.");
    add_keys(tokens.keys, auth::read_secret(*secret), place);
  }
  for (const std::string& text : settings.jwks) tokens.jwks.push_back(auth::jwks_source(text));
  tokens.policy = {settings.issuers, settings.audiences};
  tokens.allow_anonymous = settings.anonymous;
  return tokens;
}

void check_identity_policy(const ServeSettings& settings, const auth::TokenSettings& tokens) {
  const bool has_keys = !tokens.keys.empty() || !tokens.jwks.empty();
  if (!has_keys && !(settings.issuers.empty() && settings.audiences.empty()))
    throw SetupError(settings.issuers.empty() ? "--auth-audience" : "--auth-issuer", "there is no key to check tokens with",
                     "Add --auth-key, --auth-hs256-env or --auth-jwks.");
  if (settings.dev && tokens.is_set())
    throw SetupError("--dev", "tokens or --auth-anonymous are set as well, and only one policy can apply",
                     "Remove --dev, or remove the keys.");
  if (is_public(settings) && !tokens.is_set() && !settings.dev)
    throw SetupError(
        "--listen " + settings.listen,
        "other machines can reach this address, but clients cannot authenticate: there is no key to verify tokens with",
        "Add --auth-key, --auth-hs256-env or --auth-jwks; admit all clients as guests with --auth-anonymous; listen on "
        "127.0.0.1; or try it out with --dev.");
}

}  // namespace dialogue::app
