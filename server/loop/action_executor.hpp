// Executes the shard's decisions: frames to transports, requests to stores, questions to the application, messages to other
// loops. Answers that come within the call are enqueued with the driver. Used by its loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "server/core/effects/exchange_table.hpp"
#include "server/core/exchange/document_stream.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/loop/append_health.hpp"
#include "server/loop/call_traces.hpp"
#include "server/loop/loop_config.hpp"
#include "server/loop/loop_task.hpp"
#include "server/loop/transport_table.hpp"
#include "server/store/log_follows.hpp"
#include "server/store/store.hpp"

namespace dialogue::loop {

class ActionExecutor {
 public:
  /// All of them outlive it. `inbox` gets what other threads answer.
  /// `ask_document` asks the owner of a room.
  ActionExecutor(const LoopContext& context, core::ShardDriver& driver, TransportTable& table, CallTraces& call_traces,
                 std::shared_ptr<TaskInbox> inbox, std::uint32_t shard_count, std::uint64_t store_seed,
                 core::DocumentStream::Ask ask_document);

  /// See ShardHost::perform().
  void perform(core::Actions& actions);

  // Answers from other threads, which become inputs.
  void take(core::StoreResponse& answer);
  void take(Identified& answer);
  void take(HookAnswered& answer);
  void take(ExchangeAnswered& answer);

  /// About once a second.
  void retry_follows() { follows_.retry(); }
  /// Whether the store that all shards share owes an answer.
  [[nodiscard]] bool awaits_store() const { return store_answers_due_ > 0; }
  /// Any thread.
  [[nodiscard]] const AppendHealth& append_health() const { return append_health_; }
  /// Returns the total number of appends to logs in memory.
  [[nodiscard]] std::uint64_t appends() const { return appends_; }
  /// The messages of this turn, by shard; the taker empties it.
  [[nodiscard]] std::vector<std::vector<LoopTask>>& outgoing() { return outgoing_; }
  /// Gives this turn's answers of calls to their callers. They come after its messages, so that a caller who acts on an answer
  /// finds what the call has done.
  void give_answers();

 private:
  void prefetch(const core::Action& action) const;
  void perform(core::SendFrame& action);
  void perform(core::SendPing& action);
  void perform(core::CloseConnection& action);
  void perform(core::PostMessage& action);
  void perform(core::LogLine& action) { context_.log(action); }
  void perform(core::AskDrained& action);
  void perform(core::StoreRequest& action);
  void perform(core::AskIdentity& action);
  void perform(core::AskHook& action);
  void perform(core::BeginExchange& action);
  void perform(core::TellExchange& action) { exchanges_.tell(std::move(action)); }
  void perform(core::AnswerCall& action) {
    if (!call_traces_.is_empty()) call_traces_.answered(action.call, *action.result);
    answers_.push_back(std::move(action));
  }
  void perform(core::FollowLog& action) { follows_.begin(std::move(action)); }
  void perform(core::UnfollowLog& action) { follows_.end(action.room); }
  void perform(core::TellNodes& action) {
    if (context_.config.tell_nodes) context_.config.tell_nodes(std::move(*action.news));
  }
  void perform(core::GiveUp& action) { context_.give_up(action.reason); }
  /// A refused credential counts against its connection and its address; beyond the address's limit the answer is rate_limited.
  void count_failure(Identified& answer);
  void count(const HookAnswered& answer);
  void count_bytes(const transport::Transport& to, std::string_view text) {
    using metrics::Metric, metrics::Direction;
    driver_.metrics().count(Metric::bytes_total, metrics::index_in(Metric::bytes_total, Direction::out, to.kind()), text.size());
  }
  void count(bool has_token, const core::AuthResult& result);

  const LoopContext& context_;
  core::ShardDriver& driver_;
  TransportTable& table_;
  CallTraces& call_traces_;
  std::shared_ptr<TaskInbox> inbox_;
  std::unique_ptr<store::Store> memory_store_;
  AppendHealth append_health_;
  std::size_t store_answers_due_ = 0;  ///< of the store that all shards share
  std::uint64_t appends_ = 0;          ///< to logs in memory; a burst of refusals does not begin coalescing
  std::vector<std::vector<LoopTask>> outgoing_;
  std::vector<core::AnswerCall> answers_;
  store::LogFollows follows_;
  core::ExchangeTable exchanges_;
  core::DocumentStream::Ask ask_document_;
  std::shared_ptr<std::size_t> document_bytes_held_ = std::make_shared<std::size_t>(0);
};

}  // namespace dialogue::loop
