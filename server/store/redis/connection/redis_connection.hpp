// One connection to a Redis server. Commands are sent together and answered in order, so that several take one round trip. No
// wait is longer than kRedisAnswerTimeout: a server that does not answer is a lost connection. Faults are thrown as RedisError.
// Used by one thread.
//
//   RedisConnection redis(address);                                   // throws RedisError
//   const RedisAnswer answer = redis.run({"HGET", key, "head"});
#pragma once
#include <hiredis/hiredis.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/redis/connection/redis_address.hpp"
#include "server/store/redis/connection/redis_error.hpp"
#include "server/store/redis/connection/redis_socket.hpp"

namespace dialogue::store {

inline constexpr std::chrono::milliseconds kRedisAnswerTimeout{30'000}, kRedisConnectTimeout{5'000};

/// An answer, or a part of one, which lives as long as the answer.
class RedisView {
 public:
  explicit RedisView(const redisReply* reply) : reply_(reply) {}

  [[nodiscard]] std::size_t size() const;                   ///< of an array; 0 for anything else
  [[nodiscard]] RedisView operator[](std::size_t i) const;  ///< throws RedisError if the element does not exist
  [[nodiscard]] std::string_view bytes() const;             ///< of a text; empty for anything else
  [[nodiscard]] std::string text() const { return std::string(bytes()); }
  /// Returns the value of a text or a number; throws RedisError for anything else.
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] bool is_nil() const { return reply_->type == REDIS_REPLY_NIL; }
  [[nodiscard]] bool is_error() const { return reply_->type == REDIS_REPLY_ERROR; }

 private:
  const redisReply* reply_;
};

class RedisAnswer : public RedisView {
 public:
  explicit RedisAnswer(redisReply* reply) : RedisView(reply), owned_(reply) {}

 private:
  struct Free {
    void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
  };
  std::unique_ptr<redisReply, Free> owned_;
};

/// A Lua script, which Redis knows by its hash. A constant.
class RedisScript {
 public:
  explicit RedisScript(std::string source);
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] const std::string& hash() const { return hash_; }

 private:
  std::string source_, hash_;
};

/// A script's keys come before its other arguments.
struct RedisCall {
  const RedisScript* script;
  std::vector<std::string> keys, arguments;
};

class RedisConnection {
 public:
  using Command = std::vector<std::string_view>;

  /// Logs in and selects the database.
  explicit RedisConnection(const RedisAddress& address);
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Throws the error that the server answers.
  RedisAnswer run(const Command& command);
  /// The same; a script that the server does not know is sent whole.
  RedisAnswer run(const RedisCall& call);

  /// Executes all in one round trip, in order. Returns error answers like others.
  [[nodiscard]] std::vector<RedisAnswer> run_all(const std::vector<RedisCall>& calls);
  [[nodiscard]] std::vector<RedisAnswer> run_all(const std::vector<Command>& commands);
  /// Throws RedisError if `answer` is an error.
  void check(const RedisAnswer& answer);

  /// Subscribes to channels. From then on, messages arrive, and no other command can be executed.
  void subscribe(const std::vector<std::string>& channels);
  /// Waits for what the server sends unasked, or for `wake`, a descriptor that becomes readable; for at most that time.
  void wait(int wake, std::chrono::milliseconds at_most);
  /// Returns a message of a channel; null if none has arrived.
  [[nodiscard]] std::unique_ptr<RedisAnswer> take_message();

  /// Whether the server has ended the connection. Sends nothing.
  [[nodiscard]] bool is_lost();
  /// Returns the prefix of the store's keys.
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { ::redisReaderFree(reader); }
  };
  using Clock = RedisSocket::Clock;

  void send(const Command& command);
  void send(const RedisCall& call, bool is_whole = false);
  [[nodiscard]] RedisAnswer receive();
  void flush();
  /// Returns the next reply; null if it has not arrived completely.
  [[nodiscard]] redisReply* parsed();
  template <typename Work>
  auto guarded(const Work& work);

  const std::string prefix_;
  RedisSocket socket_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::string unsent_;
  std::size_t unanswered_ = 0;  ///< commands
  bool is_lost_ = false, is_subscribed_ = false;
};

}  // namespace dialogue::store
