// Tokens pass through here to the holder of the keys, and are neither kept nor logged.
#include "server/core/session/handshake.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/core/session/hook_client.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/sha256.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::core {
namespace {

/// Producers have no epoch of their own in this version: their numbers count per room epoch.
constexpr std::uint64_t kProducerEpoch = 1;

/// Of frames that wait for the verdict: as many JOINs as a connection may have rooms.
constexpr std::size_t kHeldBytesMax = 32 * 1024;

metrics::ClientKind kind_of_client(std::string_view name) {
  using metrics::ClientKind;
  for (const auto& [known, kind] : {std::pair{"dialogue-client", ClientKind::javascript},
                                    {"socket.io", ClientKind::socketio},
                                    {"push stream", ClientKind::push_stream},
                                    {"dialogue shell", ClientKind::shell}})
    if (name == known) return kind;
  return ClientKind::other;
}

std::string welcome_object(const Connection& connection, const std::string* guest_seal, const ShardLimits& limits) {
  const Identity& identity = *connection.identity;
  constexpr std::size_t kUsualBytes = 256;  // with user and name
  std::string object;
  object.reserve(kUsualBytes);
  object.append("{\"session\":\"").append(connection.session_id).append("\",\"userId\":");
  append_json_string(object, identity.user_id);
  object += ",\"name\":";
  append_json_string(object, identity.name.empty() ? identity.user_id : identity.name);
  object.append(",\"limits\":{\"messageBytes\":").append(std::to_string(limits.message_bytes_max));
  object.append(",\"rooms\":").append(std::to_string(limits.rooms_per_connection_max));
  object.append(",\"inFlight\":").append(std::to_string(kPublishInFlightMax));
  object.append("},\"resume\":\"").append(connection.secret.view());
  if (guest_seal != nullptr) object += *guest_seal;
  object += '"';  // not closed: a catalogue may follow
  return object;
}

}  // namespace

std::optional<Error> Handshake::ask(Connection& connection, const Frame& frame) {
  auto read = read_hello(frame);
  if (Error* fault = std::get_if<Error>(&read)) return std::move(*fault);
  Hello& hello = std::get<Hello>(read);
  Credentials credentials = std::exchange(hello.credentials, {});
  PeerFacts& peer = *connection.peer;
  for (std::string* other : {&peer.bearer_token, &peer.query_token, &peer.cookie_token})
    if (credentials.token.empty()) credentials.token = std::move(*other);
  peer.bearer_token = peer.query_token = peer.cookie_token = {};
  const std::string_view resume = hello.resume;
  IdentityQuestion question{std::move(credentials), peer, context_.random.next(), context_.effects.now().unix_ms,
                            std::string(resume.substr(std::min(resume.size(), kSessionSecretDigits)))};
  context_.effects.ask_identity(connection.id, std::move(question));
  const std::uint64_t now_ns = context_.effects.now().monotonic_ns;
  context_.effects.metrics().observe(metrics::Metric::handshake_seconds, metrics::HandshakeStage::hello,
                                     context_.effects.ns_since(connection.opened_ns));
  connection.hello = std::make_unique<WaitingHello>();
  connection.hello->hello = std::move(hello);
  connection.hello->received_ns = now_ns;
  connection.state = SessionState::identifying;
  return std::nullopt;
}

std::optional<Error> Handshake::hold(Connection& connection, std::string_view frame) {
  WaitingHello& waiting = *connection.hello;
  waiting.frame_bytes += frame.size() + sizeof(std::string);
  if (waiting.frame_bytes > kHeldBytesMax) return Error{ErrorCode::rate_limited, {}, {}};
  waiting.frames.emplace_back(frame);
  return std::nullopt;
}

std::optional<Error> Handshake::authenticated(Connection& connection, AuthResult&& result) {
  if (const auto* identity = std::get_if<Identity>(&result)) connection.hello->guest_seal = identity->guest_seal;
  if (auto fault = take_identity(connection, std::move(result))) return fault;
  if (connection.verdicts)
    for (const Kick& kick : connection.verdicts->kicked_meanwhile)
      if (kick.user_id == connection.user_id()) return Error{ErrorCode::denied_by_hook, kick.reason, {}};
  Hello& hello = connection.hello->hello;
  connection.session_id = context_.random.hex_id();
  if (!hello.resume.empty() || hello.direct) connection.hello_facts = std::make_unique<HelloFacts>();
  if (!hello.resume.empty()) connection.hello_facts->resumed = hello.resume.substr(0, kSessionSecretDigits);
  connection.secret = next_secret(connection);
  if (hello.direct) connection.hello_facts->direct = std::make_unique<const std::vector<std::string>>(std::move(*hello.direct));
  if (!hello.producer.empty())  // no user id holds a line feed
    connection.producer =
        std::make_shared<const std::string>(producer_key(connection.identity->user_id, hello.producer_kind, hello.producer));
  if (context_.config.limits.connections_per_user == 0 && !Allowance::is_needed(context_.config.definitions))
    return go_on(connection);
  const std::string user_id(connection.user_id());
  context_.effects.post(shard_of(user_id, context_.effects.shard_count()),
                        EnterUser{context_.address_of(connection), user_id, std::string(connection.resumes())});
  return std::nullopt;
}

std::optional<Error> Handshake::counted(Connection& connection, const UserResponse& answer) {
  if (!answer.granted)
    return Error{ErrorCode::too_many_connections, std::to_string(context_.config.limits.connections_per_user), {}};
  connection.is_counted = true;
  connection.keeps_places = connection.keeps_places && answer.keeps_places;
  if (auto fault = revoked_meanwhile(connection, *connection.identity)) return fault;
  if (Allowance::is_needed(context_.config.definitions))
    connection.allowance = std::make_shared<Allowance>(answer.used ? *answer.used : Allowance());
  return go_on(connection);
}

void Handshake::share_allowance(Connection& connection) const {
  if (!connection.allowance) return;
  const auto others = context_.ready_connections.of_user(connection.user_id());
  if (others.empty()) return;
  others.front()->allowance->merge(*connection.allowance, context_.effects.now().monotonic_ms);
  connection.allowance = others.front()->allowance;
}

std::optional<Error> Handshake::go_on(Connection& connection) {
  if (auto fault = hooks_.on_connect(connection)) return fault;
  if (context_.config.hooks.ask_connect)
    connection.hello->ticket = context_.effects.ask_hook(
        connection.id, 0, {HookVerb::connect, connection.identity, std::string(connection.session_id), {}, {}, {}, {}});
  else
    welcome(connection);
  return std::nullopt;
}

std::optional<Error> Handshake::hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) {
  if (connection.hello->ticket != ticket) return std::nullopt;
  if (!verdict.allows()) return Error{verdict.code, std::move(verdict.reason), {}};
  if (verdict.meta) replace_meta(context_, connection, *verdict.meta);
  if (auto fault = revoked_meanwhile(connection, *connection.identity)) return fault;
  welcome(connection);
  return std::nullopt;
}

void Handshake::welcome(Connection& connection) {
  const WaitingHello& waiting = *connection.hello;
  const std::string address = connection.peer->address;
  connection.address = address;
  connection.peer.reset();
  connection.state = SessionState::ready;
  share_allowance(connection);
  context_.ready_connections.add(connection);
  if (const auto& watch = context_.config.drain_watch; watch && !connection.resumes().empty())
    connection.has_returned = watch->returned(connection.resumes(), context_.effects.now());
  connection.verdict_used();
  replace_predecessor(connection);
  send_welcome(connection, waiting);
  if (connection.identity->token) tell_token(connection, 0);
  connection.client = kind_of_client(waiting.hello.client);
  context_.effects.metrics().observe(metrics::Metric::handshake_seconds, metrics::HandshakeStage::welcome,
                                     context_.effects.ns_since(waiting.received_ns));
  context_.effects.users_seen().add(connection.user_id());
  context_.effects.log(LogLevel::info, "connected",
                       {{"session", connection.session_id},
                        {"user", connection.user_id()},
                        {"address", address},
                        {"client", waiting.hello.client}});
}

std::optional<Error> Handshake::revoked_meanwhile(Connection& connection, const Identity& identity) {
  const auto code = connection.revoked_meanwhile(identity);
  return code ? std::optional(Error{*code, {}, {}}) : std::nullopt;
}

std::optional<Error> Handshake::take_identity(Connection& connection, AuthResult&& result) const {
  if (Refusal* refusal = std::get_if<Refusal>(&result)) return Error{refusal->code, std::move(refusal->reason), {}};
  Identity& identity = std::get<Identity>(result);
  if (auto fault = revoked_meanwhile(connection, identity)) return fault;
  if (!is_presentable(identity)) return Error{ErrorCode::unauthorized, "the identity is not well-formed", {}};
  if (connection.identity && connection.user_id() != identity.user_id)
    return Error{ErrorCode::token_invalid, "it is another user's", {}};
  if (connection.identity) keep_layers(identity, *connection.identity);
  make_single_line(identity.meta);  // it is spliced into frames, which end at a line feed
  identity.guest_seal = nullptr;    // it is WELCOME's
  const Time now = context_.effects.now();
  connection.expires_at_ms = identity.token ? now.monotonic_ms + lasts_ms(*identity.token, now) + kTokenGraceMs : kNever;
  connection.become(std::make_shared<const Identity>(std::move(identity)));
  return std::nullopt;
}

void Handshake::tell_token(Connection& connection, std::uint64_t req) const {
  context_.answer(connection, token_frame(req, lasts_ms(*connection.identity->token, context_.effects.now())));
}

void Handshake::ask_again(Connection& connection, const Frame& frame) const {
  const std::uint64_t req = frame.integers[0];
  auto read = read_refresh(frame.payload);
  if (const Error* fault = std::get_if<Error>(&read)) return context_.answer(connection, refusal_frame(req, *fault));
  if (connection.refresh_req() != 0) return context_.answer(connection, refusal_frame(req, {ErrorCode::rate_limited, {}, {}}));
  connection.pending_verdicts().refresh_req = req;
  Credentials credentials{std::move(std::get<std::string>(read)), {}};
  IdentityQuestion question{std::move(credentials), {}, 0, context_.effects.now().unix_ms};
  context_.effects.ask_identity(connection.id, std::move(question));
}

void Handshake::refresh(Connection& connection, AuthResult&& result) const {
  const std::uint64_t req = std::exchange(connection.pending_verdicts().refresh_req, 0);
  if (const auto fault = take_identity(connection, std::move(result))) {
    context_.answer(connection, refusal_frame(req, *fault));
    context_.effects.log(LogLevel::info, "refresh_refused",
                         {{"session", connection.session_id},
                          {"user", connection.user_id()},
                          {"code", error_name(fault->code)},
                          {"reason", fault->argument}});
    return;
  }
  tell_token(connection, req);
}

void Handshake::send_welcome(Connection& connection, const WaitingHello& waiting) {
  const std::uint64_t fingerprint = context_.config.catalogue.fingerprint();
  std::string object = welcome_object(connection, waiting.guest_seal.get(), context_.config.limits);
  if (waiting.hello.fingerprint != fingerprint) object += ",\"catalogue\":\"" + catalogue_base64() + '"';
  object += '}';
  const std::uint64_t features = transport_row(connection.transport).takes_binary ? waiting.hello.features & kBinaryFeature : 0;
  context_.answer(connection, welcome_frame({features, fingerprint, context_.config.limits.ping_interval_ms,
                                             context_.effects.now().unix_ms, connection.producer ? kProducerEpoch : 0, object}));
}

void Handshake::replace_predecessor(const Connection& connection) const {
  const std::string_view secret = connection.resumes();
  const auto place = place_of_session(secret, context_.effects.shard_count());
  if (!place || secret == connection.secret.view()) return;
  context_.requests.begin({RequestKind::replace, connection.id}, context_.effects.now().monotonic_ms);
  context_.effects.post(place->shard, ReplaceSession{context_.address_of(connection), place->connection, std::string(secret),
                                                     connection.identity->user_id});
}

std::string Handshake::next_secret(const Connection& connection) {
  const std::string text =
      context_.config.session_secret + '\n' + std::to_string(context_.effects.shard()) + '\n' + std::to_string(++secrets_made_);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::string secret;
  secret.reserve(kSessionSecretDigits);
  const std::string_view line = line_of(connection.resumes());
  if (line.substr(0, kLineTagDigits) == line_tag()) secret += line;
  if (secret.empty()) secret += line_tag();
  for (std::size_t i = 0; secret.size() < kLineDigits; ++i) append_hex(secret, digest[i], 2);
  append_hex(secret, context_.effects.shard(), kShardDigits);
  append_hex(secret, connection.id, kConnectionDigits);
  return secret;
}

const std::string& Handshake::line_tag() {
  if (!line_tag_.empty()) return line_tag_;
  const std::string text = context_.config.session_secret + "\nlines";
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  for (std::size_t i = 0; i < kLineTagDigits / 2; ++i) append_hex(line_tag_, digest[i], 2);
  return line_tag_;
}

const std::string& Handshake::catalogue_base64() {
  if (catalogue_base64_.empty()) catalogue_base64_ = encode_base64(context_.config.catalogue.bytes());
  return catalogue_base64_;
}

}  // namespace dialogue::core
