// An owner shard's questions to the store, each with a continuation for its answer. Answers come in any order; a continuation
// runs within StoreReplied. Used by its owner shard only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/actions.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kStoreRetryMs = 1000;  ///< how long a publisher whom the store refused is asked to wait

class StoreCalls {
 public:
  template <typename Answer>
  using Then = std::function<void(Answer&&)>;

  explicit StoreCalls(ShardEffects& effects) : effects_(effects) {}

  void open(bool durable, RoomKey key, Then<RoomOpened> then) { ask(durable, OpenLog{std::move(key)}, std::move(then)); }
  void append(bool durable, std::vector<RoomWrite> writes, Then<std::vector<StoreStatus>> then) {
    ask(durable, AppendLogs{std::move(writes)}, std::move(then));
  }
  void read(bool durable, ReadRange range, Then<LogPage> then) { ask(durable, std::move(range), std::move(then)); }
  void trim(bool durable, TrimLog trim, Then<LogTrimmed> then) { ask(durable, std::move(trim), std::move(then)); }
  void define(KeptRoom room, Then<StoreStatus> then) { ask(true, DefineRoom{std::move(room)}, std::move(then)); }
  void erase(bool durable, RoomKey key, Then<StoreStatus> then) { ask(durable, EraseLog{std::move(key)}, std::move(then)); }

  /// A store that has failed ends the server, whatever it was asked.
  void answered(StoreResponse&& answer) {
    if (has_failed(answer)) effects_.give_up("the store has failed; what was not acknowledged may or may not be kept");
    auto node = waiting_.extract(answer.ticket);
    if (!node) return;
    const AnyThen then = std::move(node.mapped());
    spare_ = std::move(node);
    std::visit([&then]<typename Answer>(Answer& what) { std::get<Then<Answer>>(then)(std::move(what)); }, answer.what);
  }

 private:
  using AnyThen =
      std::variant<Then<RoomOpened>, Then<std::vector<StoreStatus>>, Then<LogPage>, Then<LogTrimmed>, Then<StoreStatus>>;
  using Waiting = std::unordered_map<std::uint64_t, AnyThen>;

  [[nodiscard]] static bool has_failed(const StoreResponse& answer) {
    constexpr StoreStatus kFailed = StoreStatus::failed;
    if (const auto* statuses = std::get_if<std::vector<StoreStatus>>(&answer.what))
      return std::find(statuses->begin(), statuses->end(), kFailed) != statuses->end();
    if (const auto* opened = std::get_if<RoomOpened>(&answer.what)) return opened->status == kFailed;
    if (const auto* page = std::get_if<LogPage>(&answer.what)) return page->status == kFailed;
    if (const auto* trimmed = std::get_if<LogTrimmed>(&answer.what)) return trimmed->status == kFailed;
    return std::get<StoreStatus>(answer.what) == kFailed;
  }

  template <typename Question, typename Answer>
  void ask(bool durable, Question question, Then<Answer> then) {
    ++last_ticket_;
    if (spare_) {
      spare_.key() = last_ticket_;
      spare_.mapped() = std::move(then);
      waiting_.insert(std::move(spare_));
    } else {
      waiting_.emplace(last_ticket_, std::move(then));
    }
    effects_.ask_store({last_ticket_, durable, std::move(question)});
  }

  ShardEffects& effects_;
  std::uint64_t last_ticket_ = 0;
  Waiting waiting_;
  Waiting::node_type spare_;  ///< of the last answer: logs in memory answer immediately, for each publication
};

/// The code that a refused request gets. ok for ok.
[[nodiscard]] constexpr ErrorCode error_of(StoreStatus status) {
  switch (status) {
    case StoreStatus::ok:
      return ErrorCode::ok;
    case StoreStatus::full:
      return ErrorCode::store_full;
    case StoreStatus::damaged:
      return ErrorCode::history_damaged;
    default:
      return ErrorCode::store_unavailable;
  }
}

}  // namespace dialogue::core
