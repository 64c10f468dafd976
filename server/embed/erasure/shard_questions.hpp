// Asks the shards of an instance's server, and waits for the answers. For threads that the server can do without.
#pragma once
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/calls/call_done.hpp"
#include "server/core/messages/handles.hpp"

namespace dialogue {

class ShardQuestions {
 public:
  struct Settings {
    std::function<void()> await_start;           ///< returns once the server serves, or has failed to start
    std::function<std::uint32_t()> shard_count;  ///< 0: there is no server
    /// Without a server `done` is dropped.
    std::function<void(std::uint32_t shard, core::ApplicationCall asked, calls::CallDone done)> ask;
  };
  explicit ShardQuestions(Settings settings) : settings_(std::move(settings)) {}

  void await_start() const { settings_.await_start(); }
  [[nodiscard]] std::uint32_t shard_count() const { return settings_.shard_count(); }
  /// `otherwise` where the server drops the question. `is_whole`: false if a node of the cluster is missing in the result.
  template <typename Call>
  [[nodiscard]] typename Call::Result result_of(std::uint32_t shard, Call call, typename Call::Result otherwise = {},
                                                bool* is_whole = nullptr) const {
    using Result = typename Call::Result;
    std::future<std::pair<Result, bool>> future;
    {  // the question alone keeps the promise, and breaks it where the server drops the question
      const auto promise = std::make_shared<std::promise<std::pair<Result, bool>>>();
      future = promise->get_future();
      const auto failed = [promise, otherwise](const core::Error&) { promise->set_value({otherwise, false}); };
      const auto done = [promise](Result result, const std::vector<std::string>& missing) {
        promise->set_value({std::move(result), missing.empty()});
      };
      settings_.ask(shard, std::move(call), calls::call_done<Call>(done, failed));
    }
    try {
      auto [result, is_all] = future.get();
      if (is_whole != nullptr) *is_whole = is_all;
      return std::move(result);
    } catch (const std::future_error&) { return otherwise; }
  }
  /// Asks the owner shard of the room.
  template <typename Call>
  [[nodiscard]] typename Call::Result result_of_owner(const std::string& room, Call call,
                                                      typename Call::Result otherwise = {}) const {
    const std::uint32_t count = shard_count();
    if (count == 0) return otherwise;
    return result_of(core::shard_of(room, count), std::move(call), std::move(otherwise));
  }

 private:
  Settings settings_;
};

}  // namespace dialogue
