// A home's questions to the store, each with what is to be done with its answer. Answers come in any order; a continuation runs
// inside Shard::answered(). Used by its home only.
#pragma once
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/core/actions.hpp"
#include "server/core/outbox.hpp"

namespace dialogue {

class StoreCalls {
 public:
  template <typename Answer>
  using Then = std::function<void(Answer&&)>;

  explicit StoreCalls(Outbox& outbox) : outbox_(outbox) {}

  void open(bool durable, RoomKey key, Then<RoomOpened> then) { ask(durable, OpenLog{std::move(key)}, std::move(then)); }
  void append(bool durable, std::vector<RoomWrite> writes, Then<std::vector<StoreStatus>> then) {
    ask(durable, AppendLogs{std::move(writes)}, std::move(then));
  }
  void read(bool durable, ReadRange range, Then<LogPage> then) { ask(durable, std::move(range), std::move(then)); }
  void trim(bool durable, TrimLog trim, Then<LogTrimmed> then) { ask(durable, std::move(trim), std::move(then)); }
  void erase(bool durable, RoomKey key, Then<StoreStatus> then) { ask(durable, EraseLog{std::move(key)}, std::move(then)); }

  void answered(StoreAnswer&& answer) {
    if (auto node = waiting_.extract(answer.ticket)) node.mapped()(std::move(answer));
  }

 private:
  template <typename Question, typename Answer>
  void ask(bool durable, Question question, Then<Answer> then) {
    waiting_.emplace(++last_ticket_,
                     [then = std::move(then)](StoreAnswer&& answer) { then(std::get<Answer>(std::move(answer.what))); });
    outbox_.ask_store({last_ticket_, durable, std::move(question)});
  }

  Outbox& outbox_;
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, std::function<void(StoreAnswer&&)>> waiting_;
};

/// What a refused request is told. ok for ok.
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

}  // namespace dialogue
