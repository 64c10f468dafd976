// `dialogue token`: a token for trying things out, signed by a key of your own.
#include <CLI/CLI.hpp>
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <memory>
#include <ostream>

#include "server/app/process/program.hpp"
#include "server/auth/base64url.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/auth/token.hpp"
#include "server/core/util/plain_text.hpp"
#include "server/core/util/time.hpp"
#include "server/embed/text_file.hpp"
#include "shared/base/duration.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kTokenExamples =
    "Examples:\n"
    "  dialogue keys --alg ES256 --private dev.pem --public dev.jwks\n"
    "  dialogue token --sub ann --key-file dev.pem --claim role=admin --ttl 1h\n"
    "  dialogue serve app.json --auth-key dev.jwks";
constexpr std::size_t kTokenIdBytes = 12;

struct TokenRequest {
  std::string subject, key_file, secret_variable, issuer, audience, ttl = "1h";
  std::vector<std::string> claims;
};

std::shared_ptr<const Key> key_of(const TokenRequest& request, const Environment& environment) {
  const bool is_file = !request.key_file.empty();
  if (is_file == !request.secret_variable.empty())
    throw SetupError("", "a token is signed with one key", "Give --key-file FILE or --key-env NAME.");
  const std::string place = is_file ? request.key_file : "--key-env " + request.secret_variable;
  const auto secret = is_file ? std::nullopt : environment(request.secret_variable);
  if (!is_file && !secret)
    throw SetupError(place, "this environment variable is not set",
                     "Set it, or name another variable; do not pass the secret itself.");
  auto read =
      is_file ? read_keys(read_text_file(place, auth::kKeyTextBytesMax), KeyOrigin::file) : auth::read_secret_text(*secret);
  if (const auto* fault = std::get_if<auth::KeyError>(&read)) throw SetupError(place, fault->problem, fault->advice);
  for (const auto& key : std::get<KeySet>(read).keys())
    if (key->can_sign()) return key;
  throw SetupError(place, "no key in it can sign", "Use the private key.");
}

std::uint64_t now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

std::uint64_t lifetime_s(const std::string& text) {
  const auto ms = parse_duration_ms(text);
  if (!ms || *ms < core::kMsPerSecond || *ms / core::kMsPerSecond > auth::kTokenLifeMaxS)
    throw SetupError("--ttl", "\"" + text + "\" is not a time from 1s to 366d", "Write, for example, 90s, 15m, 1h or 7d.");
  return *ms / core::kMsPerSecond;
}

void append_claim(std::string& claims, std::string_view name, std::string_view json) {
  claims += claims.size() > 1 ? "," : "";
  append_json_string(claims, name);
  claims.append(":").append(json);
}

/// A value that is JSON is used unchanged, any other is a string.
void append_given_claim(std::string& claims, const std::string& given) {
  const std::size_t equals = given.find('=');
  const std::string name = given.substr(0, equals);
  if (equals == std::string::npos || name.empty() || !core::is_plain_text(given))
    throw SetupError("--claim", "\"" + given + "\" is not NAME=VALUE", R"(Write, for example, role=admin or 'meta={"team":7}'.)");
  for (const std::string_view own : {"sub", "iss", "aud", "exp", "iat", "jti"})
    if (name == own) throw SetupError("--claim", "\"" + name + "\" is set by another option", "See `dialogue token --help`.");
  const std::string value = given.substr(equals + 1);
  append_claim(claims, name, json_value_length(value) == value.size() ? value : json_string(value));
}

void print_token(Program& program, const TokenRequest& request) {
  const auto key = key_of(request, program.environment);
  const std::uint64_t now = now_s();
  std::string claims = "{";
  append_claim(claims, "sub", json_string(request.subject));
  append_claim(claims, "iat", std::to_string(now));
  append_claim(claims, "exp", std::to_string(now + lifetime_s(request.ttl)));
  append_claim(claims, "jti", json_string(auth::encode_base64url(auth::random_secret(kTokenIdBytes))));
  if (!request.issuer.empty()) append_claim(claims, "iss", json_string(request.issuer));
  if (!request.audience.empty()) append_claim(claims, "aud", json_string(request.audience));
  for (const std::string& claim : request.claims) append_given_claim(claims, claim);
  const auto token = auth::make_token(claims + "}", *key);
  if (!token) throw SetupError("", "the key does not sign", "Make another one with `dialogue keys`.");
  TokenPolicy policy;
  if (!request.issuer.empty()) policy.issuers = {request.issuer};
  if (!request.audience.empty()) policy.audiences = {request.audience};
  const auto verdict = auth::read_token(*token, KeySet({key}), policy, now);
  if (const auto* fault = std::get_if<auth::TokenError>(&verdict))
    throw SetupError("", "a server would refuse this token: " + fault->reason, "");
  program.out << *token << "\n";
}

}  // namespace

void add_token_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("token", "Prints a development token, signed with your key.");
  command->footer(kTokenExamples);
  auto request = std::make_shared<TokenRequest>();
  command->add_option("--sub", request->subject, "The user id.")->required();
  command->add_option("--key-file", request->key_file, "The private key (PEM or JWK), or a secret for HS256.")->type_name("FILE");
  command->add_option("--key-env", request->secret_variable, "The environment variable with a secret for HS256.")
      ->type_name("NAME");
  command->add_option("--claim", request->claims, "An additional claim; a JSON value is used as such. Repeatable.")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--ttl", request->ttl, "Lifetime. Default: 1h.")->type_name("TIME");
  command->add_option("--iss", request->issuer, "Its issuer.");
  command->add_option("--aud", request->audience, "Its audience.");
  command->callback([&program, request] { print_token(program, *request); });
}

}  // namespace dialogue::app
