// Answers that cost a look at everything: each is computed once for all who ask within half a second, and so many at most at one
// time. Safe from any thread; outlives who waits.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/api_types.hpp"

namespace dialogue::api {

inline constexpr std::uint64_t kAnswerFreshMs = 500, kAnswerLostMs = 10'000;
inline constexpr std::size_t kAnswersKept = 32, kAnswersUnderWay = 4, kAnswerWaitersMax = 64;

class AnswerCache : public std::enable_shared_from_this<AnswerCache> {
 public:
  using Done = std::function<void(ApiResponse)>;

  /// `done` hears the answer of `key`: the last one, or that of `compute`, which calls what it is given once. False: too much is
  /// under way, and `done` will not hear.
  [[nodiscard]] bool get(const std::string& key, std::uint64_t now_ms, Done done, const std::function<void(Done)>& compute);

 private:
  struct Entry {
    std::uint64_t at_ms = 0;  ///< when it was asked or, once it is there, answered
    bool is_there = false;
    ApiResponse answer{};
    std::vector<Done> waiting{};
  };
  void put(const std::string& key, std::uint64_t asked_ms, ApiResponse answer);
  /// Forgets what is of no more use; with the mutex held.
  void sweep(std::uint64_t now_ms);

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace dialogue::api
