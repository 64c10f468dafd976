// Answers that query the whole server: each is computed once for all callers within half a second, and a bounded number at a
// time. Safe from any thread; outlives its callers.
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
  using Done = std::function<void(HttpResponse)>;

  /// Calls `done` with the answer to `asked`: the remembered answer, or that of `compute`, which must call its argument once.
  /// Returns false if too many answers are being computed; then `done` is not called.
  [[nodiscard]] bool get(const std::string& asked, std::uint64_t now_ms, Done done, const std::function<void(Done)>& compute);

  /// Later callers never receive an answer that was computed or requested before this call.
  void clear();

 private:
  struct Entry {
    std::uint64_t at_ms = 0;  ///< when the question was asked or, once it is answered, the time of the answer
    bool is_there = false;
    HttpResponse answer{};
    std::vector<Done> waiting{};
  };
  void put(const std::string& key, std::uint64_t asked_ms, HttpResponse answer);
  /// Removes outdated entries; with the mutex held.
  void sweep(std::uint64_t now_ms);

  std::mutex mutex_;
  std::uint64_t generation_ = 0;  ///< in front of keys; one more with each clear()
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace dialogue::api
