// See redis_connection.hpp.
#include "server/store/redis/connection/redis_connection.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <new>
#include <utility>

namespace dialogue::store {
namespace {

[[noreturn]] void refuse_answer() { throw RedisError("ERR", "the server answers what it was not asked"); }

std::string hash_of(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  ::EVP_Digest(text.data(), text.size(), bytes.data(), &size, ::EVP_sha1(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hash;
  for (unsigned i = 0; i < size; ++i) {
    hash += kDigits[bytes[i] >> 4U];
    hash += kDigits[bytes[i] & 15U];
  }
  return hash;
}

/// Whether Redis does not know the script: nothing was executed, and the whole script must be sent.
bool is_unknown_script(const RedisView& answer) { return answer.is_error() && answer.bytes().starts_with("NOSCRIPT"); }

}  // namespace

std::size_t RedisView::size() const { return reply_->type == REDIS_REPLY_ARRAY ? reply_->elements : 0; }

RedisView RedisView::operator[](std::size_t i) const {
  if (i >= size()) refuse_answer();
  return RedisView(reply_->element[i]);
}

std::string_view RedisView::bytes() const {
  const bool is_text =
      reply_->type == REDIS_REPLY_STRING || reply_->type == REDIS_REPLY_STATUS || reply_->type == REDIS_REPLY_ERROR;
  return is_text ? std::string_view(reply_->str, reply_->len) : std::string_view();
}

std::uint64_t RedisView::number() const {
  if (reply_->type == REDIS_REPLY_INTEGER && reply_->integer >= 0) return static_cast<std::uint64_t>(reply_->integer);
  const std::string_view text = bytes();
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || text.empty() || end != text.data() + text.size()) refuse_answer();
  return number;
}

RedisScript::RedisScript(std::string source) : source_(std::move(source)), hash_(hash_of(source_)) {}

RedisConnection::RedisConnection(const RedisAddress& address)
    : prefix_(address.prefix), socket_(address, Clock::now() + kRedisConnectTimeout), reader_(::redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
  if (!address.user.empty())
    run({"AUTH", address.user, address.password});
  else if (!address.password.empty())
    run({"AUTH", address.password});
  if (address.database != 0) run({"SELECT", std::to_string(address.database)});
  run({"CLIENT", "SETNAME", "dialogue"});
}

void RedisConnection::send(const Command& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* text = nullptr;
  const int size = ::redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  unsent_.append(text, static_cast<std::size_t>(size));
  ::redisFreeCommand(text);
  ++unanswered_;
}

void RedisConnection::send(const RedisCall& call, bool is_whole) {
  const std::string keys = std::to_string(call.keys.size());
  Command command{is_whole ? "EVAL" : "EVALSHA", is_whole ? call.script->source() : call.script->hash(), keys};
  command.insert(command.end(), call.keys.begin(), call.keys.end());
  command.insert(command.end(), call.arguments.begin(), call.arguments.end());
  send(command);
}

template <typename Work>
auto RedisConnection::guarded(const Work& work) {
  if (is_lost_) throw RedisError("", "the connection is lost");
  try {
    return work();
  } catch (const RedisError& error) {
    is_lost_ = is_lost_ || error.is_connection_lost();
    throw;
  }
}

void RedisConnection::flush() {
  if (unsent_.empty()) return;
  const std::string bytes = std::exchange(unsent_, {});
  socket_.write(bytes, Clock::now() + kRedisAnswerTimeout);
}

redisReply* RedisConnection::parsed() {
  void* reply = nullptr;
  if (::redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
    throw RedisError("", std::string("the server does not speak Redis' protocol: ") + reader_->errstr);
  return static_cast<redisReply*>(reply);
}

RedisAnswer RedisConnection::receive() {
  return guarded([this] {
    flush();
    const auto deadline = Clock::now() + kRedisAnswerTimeout;
    for (;;) {
      if (redisReply* reply = parsed()) {
        if (unanswered_ > 0) --unanswered_;
        return RedisAnswer(reply);
      }
      const std::string_view bytes = socket_.read(deadline);
      if (::redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) throw std::bad_alloc();
    }
  });
}

// A Redis that was emptied lacks what each new connection of a store makes there.
void RedisConnection::check(const RedisAnswer& answer) {
  if (!answer.is_error()) return;
  if (!answer.bytes().starts_with("NOSTORE")) throw redis_error_of(answer.text());
  is_lost_ = true;
  throw RedisError("", "the data of the store is gone");
}

RedisAnswer RedisConnection::run(const Command& command) {
  send(command);
  RedisAnswer answer = receive();
  check(answer);
  return answer;
}

RedisAnswer RedisConnection::run(const RedisCall& call) {
  RedisAnswer answer = std::move(run_all(std::vector{call})[0]);
  check(answer);
  return answer;
}

std::vector<RedisAnswer> RedisConnection::run_all(const std::vector<RedisCall>& calls) {
  for (const RedisCall& each : calls) send(each);
  std::vector<RedisAnswer> answers;
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    answers.push_back(receive());
    if (is_unknown_script(answers[i])) unknown.push_back(i);
  }
  for (const std::size_t i : unknown) send(calls[i], true);
  for (const std::size_t i : unknown) answers[i] = receive();
  return answers;
}

std::vector<RedisAnswer> RedisConnection::run_all(const std::vector<Command>& commands) {
  for (const Command& each : commands) send(each);
  std::vector<RedisAnswer> answers;
  for (std::size_t i = 0; i < commands.size(); ++i) answers.push_back(receive());
  return answers;
}

void RedisConnection::wait(int wake, std::chrono::milliseconds at_most) {
  guarded([&] {
    flush();
    socket_.wait(wake, at_most);
  });
}

std::unique_ptr<RedisAnswer> RedisConnection::take_message() {
  return guarded([this]() -> std::unique_ptr<RedisAnswer> {
    for (;;) {
      if (redisReply* reply = parsed()) return std::make_unique<RedisAnswer>(reply);
      if (!socket_.has_input()) return nullptr;
      const std::string_view bytes = socket_.read(Clock::now() + kRedisAnswerTimeout);
      if (::redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) throw std::bad_alloc();
    }
  });
}

void RedisConnection::subscribe(const std::vector<std::string>& channels) {
  Command command{"SUBSCRIBE"};
  command.insert(command.end(), channels.begin(), channels.end());
  send(command);
  for (std::size_t confirmed = 0; confirmed < channels.size();) {  // messages may come between
    const RedisAnswer answer = receive();
    check(answer);
    if (answer[0].bytes() == "subscribe") ++confirmed;
  }
  is_subscribed_ = true;
}

// Without a subscription nothing comes unasked: what can be read then is the end.
bool RedisConnection::is_lost() {
  if (!is_lost_ && !is_subscribed_) is_lost_ = unanswered_ > 0 || socket_.has_input();
  return is_lost_;
}

}  // namespace dialogue::store
