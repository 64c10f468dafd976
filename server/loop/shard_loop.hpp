// One shard's thread: the sockets that live here, and the driver of the Shard that decides about them. Each turn handles what is
// ready, then sends what that produced, once for each connection; what other threads want comes in through a mailbox. How it
// waits is the Poller's, what the shard decided the ActionExecutor's, the end the Shutdown's. run() is the thread; post(),
// admit() and the counters are for any thread; everything else is for this loop's own thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/application_calls.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/core/util/log_limiter.hpp"
#include "server/loop/action_executor.hpp"
#include "server/loop/call_traces.hpp"
#include "server/loop/expiry_list.hpp"
#include "server/loop/loop_clock.hpp"
#include "server/loop/loop_config.hpp"
#include "server/loop/loop_task.hpp"
#include "server/loop/mailbox.hpp"
#include "server/loop/metric_gathering.hpp"
#include "server/loop/poller.hpp"
#include "server/loop/shutdown.hpp"
#include "server/loop/transport_table.hpp"
#include "server/replay/recorder.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::loop {

class ShardLoop final : private core::ShardHost {
 public:
  ShardLoop(const LoopContext& context, std::uint32_t index, std::uint32_t count, std::uint64_t seed);
  ~ShardLoop() override;

  /// The other shards' loops, by index. Before run().
  void know(std::span<const std::unique_ptr<ShardLoop>> peers) { peers_ = peers; }
  /// Until stop(); then closes every socket and returns.
  void run();

  // --- Any thread ---
  void post(LoopTask task);
  /// Gives this loop a socket, whose `count` is filled in.
  void admit(AcceptedSocket socket);
  /// Open sockets of any kind.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  void allow(std::size_t connections_max, std::size_t connections_per_user);
  /// Sends BYE to all clients; the future is ready when the last socket is closed. Once.
  [[nodiscard]] std::future<void> drain(const core::DrainStarted& drain);
  void stop();
  /// To the owner shard of a room, or to this loop's shard when the room is empty. While the server runs. `traced`: the trace
  /// that gets the steps there; null: none.
  void ask_owner(std::string_view room_id, core::ApplicationCall&& asked, calls::CallDone done,
                 const trace::TracePtr& traced = nullptr) const;
  /// A document of a room, of its owner shard. `done` is called on this loop's thread, unless it has ended by then.
  void ask_document(core::DocumentQuery&& query, std::function<void(core::DocumentQuery::Result&&)> done) const;
  /// Open sockets of all loops.
  [[nodiscard]] std::size_t load_of_all() const;
  /// Whether the store takes what any of the loops appends: one that is silent for `patience_ms` does not.
  [[nodiscard]] bool appends_are_well(std::uint64_t patience_ms) const;
  /// Reads the metrics of all loops. Calls `done` once, on the thread of one of them; never if they have ended.
  void read_all_metrics(MetricGathering::Done done) const;

  /// Returns what the recorder has kept; empty without one. Called on this loop's thread, or after run() has returned.
  [[nodiscard]] std::string recording() const { return recorder_ ? recorder_->text() : std::string(); }

  // --- For the sockets of this loop ---
  [[nodiscard]] const LoopContext& context() const { return context_; }
  [[nodiscard]] net::Executor executor() { return poller_.executor(); }
  [[nodiscard]] core::Time now() const override { return time_now(); }
  [[nodiscard]] std::uint64_t monotonic_ms() const { return monotonic_now_ms(); }
  [[nodiscard]] bool draining() const { return shutdown_.is_draining(); }
  /// One buffer for all reads: what is in it is used up before the next read.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
  void watch(net::Expirable& item) { expiry_.watch(item); }
  /// What this loop and its shard count.
  [[nodiscard]] metrics::MetricCells& metrics() { return driver_->metrics(); }
  [[nodiscard]] SocketSet& sockets() { return poller_.sockets(); }
  [[nodiscard]] transport::FlushList& flush_list() { return table_.flush_list(); }
  /// Logs, with a limit per event.
  void log(core::LogLevel level, std::string_view event, std::string fields);
  /// Returns a function by which other threads post answers. It may outlive this loop, and does nothing then.
  [[nodiscard]] std::function<void(LoopTask)> poster() const;

  /// A socket that is not a connection yet is being examined.
  void note_handshake() { ++handshakes_; }
  /// Where a connection with this first message is to live: at the owner shard of its first room, whose events come there
  /// without a message between loops; here when that has its share, or none is named.
  [[nodiscard]] ShardLoop& loop_for(std::string_view first_message);
  /// Gives a connection to the loop where it is to live, or a request to where its connection lives, in a turn of its own.
  void hand_over(std::unique_ptr<transport::Handoff> handoff, ShardLoop& to);
  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] std::uint32_t loop_count() const { return static_cast<std::uint32_t>(peers_.size()); }
  /// By index, below loop_count(); this one too.
  [[nodiscard]] ShardLoop& peer(std::uint32_t index) const { return *peers_[index]; }
  /// Counts a connection that has no socket.
  [[nodiscard]] net::ConnectionCountGuard count_one() { return net::ConnectionCountGuard(load_); }

  // --- From a transport, about its connection ---
  /// Opens a connection whose handshake was granted. Calls `begin(id)`, within which the transport may already report what it
  /// received.
  void open(const std::shared_ptr<transport::Transport>& transport, const core::PeerFacts& peer,
            const std::function<void(core::ConnectionId)>& begin);
  /// A message came: frames of dialogue.v1 with LF between them. It may be changed in place.
  void received(core::ConnectionId from, std::span<char> message);
  /// The peer broke the rules below the protocol: it gets BYE and is closed.
  void violated(core::ConnectionId from, ErrorCode reason);
  /// The peer showed life below the protocol.
  void alive(core::ConnectionId from);
  /// received() will be called soon: has the processor fetch what that looks at.
  void expect(core::ConnectionId from) const { driver_->shard().expect(from); }
  /// The peer ends in order.
  void said_goodbye(core::ConnectionId from) { driver_->apply(core::PeerClosing{from}); }
  void drained(core::ConnectionId from);
  /// Bytes that wait for the peer, and for how long it has taken none.
  void backlog(core::ConnectionId from, std::size_t queued_bytes, std::uint64_t stalled_ms);
  /// The shard is notified at the end of the turn that this connection has ended; nothing reaches it any more. Idempotent.
  void leave(core::ConnectionId id) {
    if (table_.leave(id)) driver_->close_later(id);
  }

 private:
  static constexpr std::size_t kReadBufferBytes = 128 * 1024;

  /// Whether a new socket is served: during a drain only one by which operators observe it.
  [[nodiscard]] bool takes(const AcceptedSocket& socket) const {
    return !shutdown_.has_begun() || (shows_drain(socket.listener) && !shutdown_.is_stopped());
  }
  void take_turn();
  void take_handlers();
  [[nodiscard]] std::unique_ptr<const metrics::ShardReading> read_metrics();
  void serve_members();
  /// How often sockets, shard messages and handshakes were looked at.
  struct Looks {
    std::uint64_t sockets, messages, handshakes;
  };
  [[nodiscard]] Looks looks_at_members() { return {poller_.sockets().rounds(), messages_taken_, handshakes_}; }
  [[nodiscard]] bool had_their_turn(const Looks& since);

  void take_messages();
  void handle(core::ShardMessage& message);
  void handle(AcceptedSocket& socket);
  void handle(std::unique_ptr<transport::Handoff>& handoff);
  void handle(core::StoreResponse& answer) { executor_.take(answer); }
  void handle(Identified& answer) { executor_.take(answer); }
  void handle(HookAnswered& answer) { executor_.take(answer); }
  void handle(ExchangeAnswered& answer) { executor_.take(answer); }
  void handle(const std::function<void()>& task) { task(); }

  void perform(core::Actions& actions) override { executor_.perform(actions); }
  void hand_over() override;
  [[nodiscard]] bool has_output() const override { return !table_.flush_list().is_empty(); }
  void offer_output() override {
    table_.flush_list().flush([this] { poller_.writer_yield().offer(); });
  }

  [[nodiscard]] std::unique_ptr<core::ShardDriver> make_driver(std::uint32_t count, std::uint64_t seed);
  void on_timer();
  void flush();
  void begin_drain(const core::DrainStarted& drain);
  void abandon_all();

  const LoopContext& context_;
  std::atomic<std::size_t> load_{0};  ///< before everything that may hold a ConnectionCountGuard
  std::uint64_t count_at_ms_ = 0;     ///< what comes at its own pace, however often the shard's timer does
  Poller poller_;
  std::uint32_t index_;
  std::unique_ptr<replay::Recorder> recorder_;
  std::unique_ptr<core::ShardDriver> driver_;
  TransportTable table_;
  ExpiryList expiry_;
  Shutdown shutdown_;
  std::vector<char> read_buffer_;
  std::shared_ptr<TaskInbox> inbox_;
  CallTraces call_traces_;
  ActionExecutor executor_;
  core::LogLimiter log_limiter_;

  std::span<const std::unique_ptr<ShardLoop>> peers_;
  std::vector<LoopTask> taken_;
  Mailbox<LoopTask> mailbox_;
  HandOverGate gate_;                                  ///< of what this loop hands to the others
  std::uint64_t messages_taken_ = 0, handshakes_ = 0;  ///< how often either was taken up
  std::size_t connections_max_;                        ///< of the server
};

}  // namespace dialogue::loop
