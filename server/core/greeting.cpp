// Tokens pass through here to the authenticator and are neither kept nor logged.
#include "server/core/greeting.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "server/core/frame_text.hpp"
#include "server/core/guarded.hpp"
#include "shared/base64.hpp"
#include "shared/json_reader.hpp"
#include "shared/sha256.hpp"
#include "shared/validator.hpp"

namespace dialogue {
namespace {

/// Producers have no epoch of their own in this version: their numbers count per room epoch.
constexpr std::uint64_t kProducerEpoch = 1;

// A secret: 128 bits that cannot be guessed, then where its connection is.
constexpr std::size_t kSecretDigits = 32, kShardDigits = 4, kConnectionDigits = 16;

void append_hex(std::string& out, std::uint64_t value, std::size_t digits) {
  for (std::size_t i = digits; i > 0; --i) out += "0123456789abcdef"[(value >> (4 * (i - 1))) & 15];
}

std::optional<std::uint64_t> read_hex(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string welcome_object(const Connection& connection, const ShardLimits& limits) {
  const Identity& identity = *connection.identity;
  std::string object = "{\"session\":\"" + connection.session_id + "\",\"userId\":";
  append_json_string(object, identity.user_id);
  object += ",\"name\":";
  append_json_string(object, identity.name.empty() ? identity.user_id : identity.name);
  object += ",\"limits\":{\"messageBytes\":" + std::to_string(limits.message_bytes_max);
  object += ",\"rooms\":" + std::to_string(limits.rooms_per_connection_max);
  object += ",\"inFlight\":" + std::to_string(kPublishInFlightMax);
  return object + "},\"resume\":\"" + connection.secret + '"';  // not closed: a catalogue may follow
}

}  // namespace

std::optional<Fault> Greeting::greet(Connection& connection, const Frame& frame) {
  auto read = read_hello(frame);
  if (Fault* fault = std::get_if<Fault>(&read)) return std::move(*fault);
  Hello& hello = std::get<Hello>(read);
  if (auto fault = identify(connection, hello)) return fault;

  const std::string address = connection.peer->address;
  connection.peer.reset();
  connection.session_id = context_.random.hex_id();
  connection.secret = next_secret(connection);
  connection.resumes = std::move(hello.resume);
  if (!hello.producer.empty())  // no user id holds a line feed
    connection.producer = std::make_shared<const std::string>(connection.identity->user_id + '\n' + hello.producer);
  if (auto fault = hooks_.on_connect(connection)) return fault;
  connection.state = SessionState::ready;
  replace_predecessor(connection);
  send_welcome(connection, hello);
  context_.outbox.log(
      LogLevel::info, "connected",
      {{"session", connection.session_id}, {"user", connection.user_id()}, {"address", address}, {"client", hello.client}});
  return std::nullopt;
}

std::optional<Fault> Greeting::identify(Connection& connection, Hello& hello) {
  if (hello.credentials.token.empty()) hello.credentials.token = connection.peer->query_token;
  AuthResult result = Refusal{ErrorCode::internal, {}};
  guarded(context_.outbox, "authenticator", [&] {
    result = context_.config.authenticator(hello.credentials, *connection.peer, context_.random.next());
    if (Witness* witness = context_.outbox.witness()) result = witness->identified(std::move(result));
  });
  if (Refusal* refusal = std::get_if<Refusal>(&result)) return Fault{refusal->code, std::move(refusal->reason), {}};
  Identity& identity = std::get<Identity>(result);
  if (!is_presentable(identity)) return Fault{ErrorCode::unauthorized, "the identity is not well-formed", {}};
  make_single_line(identity.meta);  // it is spliced into frames, which end at a line feed
  connection.identity = std::make_shared<const Identity>(std::move(identity));
  return std::nullopt;
}

void Greeting::send_welcome(Connection& connection, const Hello& hello) {
  const std::uint64_t fingerprint = context_.config.catalogue.fingerprint();
  std::string object = welcome_object(connection, context_.config.limits);
  if (hello.fingerprint != fingerprint) object += ",\"catalogue\":\"" + catalogue_base64() + '"';
  object += '}';
  context_.answer(connection, welcome_frame({fingerprint, context_.config.limits.ping_interval_ms, context_.outbox.now().unix_ms,
                                             connection.producer ? kProducerEpoch : 0, object}));
}

void Greeting::replace_predecessor(const Connection& connection) const {
  const std::string& secret = connection.resumes;
  if (secret.size() != kSecretDigits + kShardDigits + kConnectionDigits || secret == connection.secret) return;
  const auto shard = read_hex(std::string_view(secret).substr(kSecretDigits, kShardDigits));
  const auto id = read_hex(std::string_view(secret).substr(kSecretDigits + kShardDigits));
  if (!shard || !id || *shard >= context_.outbox.shard_count()) return;
  context_.outbox.post(static_cast<std::uint32_t>(*shard), ReplaceSession{*id, secret, connection.identity->user_id});
}

std::string Greeting::next_secret(const Connection& connection) {
  const std::string text =
      context_.config.session_secret + '\n' + std::to_string(context_.outbox.shard()) + '\n' + std::to_string(++secrets_made_);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::string secret;
  for (std::size_t i = 0; i < kSecretDigits / 2; ++i) append_hex(secret, digest[i], 2);
  append_hex(secret, context_.outbox.shard(), kShardDigits);
  append_hex(secret, connection.id, kConnectionDigits);
  return secret;
}

const std::string& Greeting::catalogue_base64() {
  if (catalogue_base64_.empty()) catalogue_base64_ = encode_base64(context_.config.catalogue.bytes());
  return catalogue_base64_;
}

}  // namespace dialogue
