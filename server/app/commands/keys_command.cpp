// `dialogue keys`: a new key pair, or a secret, for signing tokens, or a key for signing notifications. What signs is readable by
// its owner only.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <dialogue/setup_error.hpp>
#include <memory>
#include <ostream>

#include "server/app/process/program.hpp"
#include "server/auth/base64url.hpp"
#include "server/auth/key_openssl.hpp"
#include "server/auth/key_set.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kKeysExamples =
    "Examples:\n"
    "  dialogue keys --alg ES256 --private auth.pem --public auth.jwks   # sign with the one, serve with the other\n"
    "  dialogue keys --alg HS256 --private auth.jwk                      # one secret for both sides\n"
    "  dialogue keys --vapid --private vapid.pem                         # signs notifications (--push-vapid)";
constexpr const char* kAlgorithms = "Write HS256, RS256, ES256, ES384, ES512 or EdDSA.";
constexpr std::size_t kIdBytes = 9;
constexpr mode_t kOwnerOnly = 0600, kEverybody = 0644;

struct KeysRequest {
  std::string algorithm = "ES256", private_path, public_path, id;
  bool is_vapid = false;
};

/// Writes a file that was not there.
void write_new_file(const std::string& path, const std::string& text, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) {
    const bool is_there = errno == EEXIST;
    throw SetupError(path, is_there ? "the file already exists" : std::string("it cannot be written: ") + std::strerror(errno),
                     is_there ? "Move it, or choose another name: keys are never overwritten." : "Check the path.");
  }
  const bool is_written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int why = errno;
  ::close(file);
  if (is_written) return;
  ::unlink(path.c_str());
  throw SetupError(path, std::string("it cannot be written: ") + std::strerror(why), "Check the disk.");
}

bool wants_json(const std::string& path) { return path.ends_with(".jwk") || path.ends_with(".json"); }

std::shared_ptr<const Key> new_key(KeyAlgorithm algorithm, const std::string& id) {
  if (algorithm == KeyAlgorithm::hs256)
    return Key::of_secret(auth::random_secret(auth::kSecretBytesMin),
                          id.empty() ? auth::encode_base64url(auth::random_secret(kIdBytes)) : id);
  auto pair = auth::generate_pair(algorithm);
  const auto nameless = Key::of_pair(algorithm, pair, {});
  return Key::of_pair(algorithm, std::move(pair), id.empty() ? auth::key_thumbprint(*nameless) : id);
}

std::string private_text(const Key& key, const KeysRequest& request) {
  const bool is_secret = key.pair() == nullptr, is_rsa = auth::kind_of(key.algorithm()) == auth::KeyKind::rsa;
  if (wants_json(request.private_path) && is_rsa)
    throw SetupError(request.private_path, "a private RSA key is written as PEM", "Name the file .pem.");
  if (!wants_json(request.private_path) && is_secret)
    throw SetupError(request.private_path, "a secret is written as a JSON Web Key", "Name the file .jwk.");
  return wants_json(request.private_path) ? auth::key_to_json(key, true) + "\n" : auth::private_pem(*key.pair());
}

/// Push services want this algorithm, and pages get the public half from the server.
void make_vapid_key(Program& program, const KeysRequest& request) {
  if (request.algorithm != "ES256") throw SetupError("--alg", "a key that signs notifications is for ES256", "Omit it.");
  if (!request.public_path.empty() || !request.id.empty())
    throw SetupError(request.id.empty() ? "--public" : "--kid", "pages get the public half from the server", "Omit it.");
  if (wants_json(request.private_path))
    throw SetupError(request.private_path, "a key that signs notifications is written as PEM", "Name the file .pem.");
  write_new_file(request.private_path, auth::private_pem(*auth::generate_pair(KeyAlgorithm::es256)), kOwnerOnly);
  program.out << request.private_path
              << ": signs notifications, for --push-vapid; keep it secret, and keep it: subscriptions are "
              << "bound to it\n";
}

void make_keys(Program& program, const KeysRequest& request) {
  if (request.is_vapid) return make_vapid_key(program, request);
  const auto algorithm = auth::parse_algorithm(request.algorithm);
  if (!algorithm) throw SetupError("--alg", "\"" + request.algorithm + "\" is not an algorithm", kAlgorithms);
  if (auth::kind_of(*algorithm) == auth::KeyKind::rsa && *algorithm != KeyAlgorithm::rs256)
    throw SetupError("--alg", "PEM cannot mark an RSA key for " + request.algorithm + ", so no such key is made", kAlgorithms);
  const bool is_secret = *algorithm == KeyAlgorithm::hs256;
  if (is_secret != request.public_path.empty())
    throw SetupError("--public",
                     is_secret ? "HS256 uses one secret instead of a public key" : "the file for the public key is missing",
                     is_secret ? "Omit it." : "Add --public FILE.");
  const auto key = new_key(*algorithm, request.id);
  write_new_file(request.private_path, private_text(*key, request), kOwnerOnly);
  program.out << request.private_path << ": signs tokens; keep it secret\n";
  if (is_secret) return;
  write_new_file(request.public_path, "{\"keys\":[" + auth::key_to_json(*key, false) + "]}\n", kEverybody);
  program.out << request.public_path << ": verifies tokens, for --auth-key or for a JWKS URL\n";
}

}  // namespace

void add_keys_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand(
      "keys", "Creates a key that signs tokens, and its public half that verifies them, or a key that signs notifications.");
  command->footer(kKeysExamples);
  auto request = std::make_shared<KeysRequest>();
  command->add_option("--alg", request->algorithm, "HS256, RS256, ES256, ES384, ES512 or EdDSA. Default: ES256.");
  command
      ->add_option("--private", request->private_path,
                   "The signing key: PEM, or a JSON Web Key if the name ends in .jwk or .json.")
      ->type_name("FILE")
      ->required();
  command->add_option("--public", request->public_path, "The verification key, as a JSON Web Key Set.")->type_name("FILE");
  command->add_flag("--vapid", request->is_vapid, "A key that signs notifications (Web Push) instead of tokens.");
  command->add_option("--kid", request->id, "The key's id. Default: derived from the key.");
  command->callback([&program, request] { make_keys(program, *request); });
}

}  // namespace dialogue::app
