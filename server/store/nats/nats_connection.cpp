// See nats_connection.hpp.
#include "server/store/nats/nats_connection.hpp"

#include "server/store/redis/connection/redis_error.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::store {
namespace {

RedisAddress place_of(const NatsAddress& address) {
  RedisAddress place;
  place.host = address.host;
  place.port = address.port;
  return place;
}

/// Whether a member of the object is `true`.
bool is_flagged(std::string_view object, std::string_view name) {
  JsonReader json(object);
  std::string key;
  std::string_view value;
  if (!json.enter_object()) return false;
  while (json.next_key(key) && json.read_raw(value))
    if (key == name) return value == "true";
  return false;
}

}  // namespace

void NatsConnection::lose(const std::string& why) {
  is_lost_ = true;
  throw NatsError(why);
}

template <typename Use>
auto NatsConnection::with_socket(const Use& use) {
  try {
    return use();
  } catch (const RedisError& error) { lose(error.what()); }
}

NatsConnection::NatsConnection(const NatsAddress& address, const std::string& subject) : subject_(subject) {
  using Kind = NatsOperation::Kind;
  const auto deadline = Clock::now() + kNatsAnswerTimeout;
  with_socket([&] { socket_ = std::make_unique<RedisSocket>(place_of(address), deadline); });
  const NatsOperation info = await();
  if (info.kind == Kind::error) lose("the server refuses: " + info.text);
  if (info.kind != Kind::info) lose("this is not a NATS server");
  if (!address.is_secure && is_flagged(info.text, "tls_required")) lose("the server demands TLS: use tls://");
  if (address.is_secure && parser_.waiting() > 0) lose("the server sends more than INFO before TLS");
  if (address.is_secure) with_socket([&] { socket_->begin_tls(address.host, deadline); });
  write(hello(address, info.text) + "SUB " + subject_ + " 1\r\nPING\r\n");
  for (NatsOperation answer = await(); answer.kind != Kind::pong; answer = await())
    if (answer.kind == Kind::error) lose("the server refuses: " + answer.text);
}

std::string NatsConnection::hello(const NatsAddress& address, const std::string& info) const {
  JsonText text;
  text.flag("verbose", false).flag("pedantic", false).flag("echo", false).flag("tls_required", address.is_secure);
  text.text("lang", "cpp").text("version", "1").text("name", "dialogue").number("protocol", 1);
  const bool has_login = !address.user.empty() || !address.token.empty();
  if (!has_login && is_flagged(info, "auth_required")) return "CONNECT " + text.take() + "\r\n";  // refused with its own words
  if (!address.user.empty()) text.text("user", address.user).text("pass", address.password);
  if (!address.token.empty()) text.text("auth_token", address.token);
  return "CONNECT " + text.take() + "\r\n";
}

void NatsConnection::write(std::string_view bytes) {
  with_socket([&] { socket_->write(bytes, Clock::now() + kNatsAnswerTimeout); });
}

NatsOperation NatsConnection::await() {
  const auto deadline = Clock::now() + kNatsAnswerTimeout;
  for (;;) {
    if (auto operation = parser_.next()) return std::move(*operation);
    if (!parser_.fault().empty()) lose("this is not a NATS server: " + parser_.fault());
    with_socket([&] { parser_.feed(socket_->read(deadline)); });
  }
}

void NatsConnection::publish(std::string_view payload) {
  std::string bytes = "PUB " + subject_ + " " + std::to_string(payload.size()) + "\r\n";
  write(bytes.append(payload).append("\r\n"));
}

std::vector<std::string> NatsConnection::take_messages() {
  using Kind = NatsOperation::Kind;
  constexpr std::size_t kReadsPerTakeMax = 64;
  std::vector<std::string> messages;
  for (std::size_t reads = 0; reads < kReadsPerTakeMax && socket_->has_input(); ++reads) {
    with_socket([&] { parser_.feed(socket_->read(Clock::now() + kNatsAnswerTimeout)); });
    heard_at_ = Clock::now();
    is_asked_ = false;
    while (auto operation = parser_.next()) {
      if (operation->kind == Kind::error) lose("the server says " + operation->text);
      if (operation->kind == Kind::ping) write("PONG\r\n");
      if (operation->kind == Kind::message) messages.push_back(std::move(operation->text));
    }
    if (!parser_.fault().empty()) lose("the server sends what is not NATS: " + parser_.fault());
  }
  const auto now = Clock::now();
  if (now >= heard_at_ + 2 * kNatsPingPause) lose("the server does not answer");
  if (!is_asked_ && now >= heard_at_ + kNatsPingPause) {
    write("PING\r\n");
    is_asked_ = true;
  }
  return messages;
}

void NatsConnection::wait(int wake, std::chrono::milliseconds at_most) { socket_->wait(wake, at_most); }

}  // namespace dialogue::store
