// Answers to idempotent calls, by user, call and key: a repeated call gets the answer of the first, and the handler is called
// once. An answer and a declared error are kept for kAnswerKeptMs; after any other outcome the next attempt is handled again.
// Bounded: when it is full of answers that must be kept, further calls with a key are refused. Safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/core/messages/exchange_messages.hpp"

namespace dialogue {

inline constexpr std::uint64_t kAnswerKeptMs = 600'000;
inline constexpr std::size_t kAnswersMax = 16'384, kAnswersOfUserMax = 1'024, kAnswerBytesMax = 16 * 1024 * 1024;

class AnswerMemory {
 public:
  explicit AnswerMemory(std::function<std::uint64_t()> now_ms) : now_ms_(std::move(now_ms)) {}

  /// What the caller is to do.
  enum class Turn : std::uint8_t {
    handle,    ///< it is the first: handle it, and report by answered()
    wait,      ///< `reply` gets the answer, now or later
    conflict,  ///< the key stands for another request
    full,
  };
  [[nodiscard]] Turn begin(const core::ExchangeQuestion& question, core::ExchangeReplies reply);
  /// The handler's result, for all that wait; `question` as in begin().
  void answered(const core::ExchangeQuestion& question, const core::ExchangeResult& result);

  /// Forgets a user's requests and answers. What is handled meanwhile is not kept; its callers still get the answer.
  void forget_user(const std::string& user_id);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::string request;
    std::optional<core::ExchangeResult> result;
    std::vector<core::ExchangeReplies> waits;
    std::uint64_t until_ms = 0;
    bool is_erased = false;  ///< its user was erased while it was handled
    std::list<std::string>::iterator place;
  };
  using Entries = std::map<std::string, Entry>;

  void forget(Entries::iterator entry);
  void forget_old(std::uint64_t now_ms);
  [[nodiscard]] static std::string key_of(const core::ExchangeQuestion& question);

  const std::function<std::uint64_t()> now_ms_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::list<std::string> in_order_;  ///< by the time of the call
  std::map<std::string, std::size_t> of_user_;
  std::size_t bytes_ = 0;
};

}  // namespace dialogue
