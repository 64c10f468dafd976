// One shard's thread: an io_context, the sockets that live here, and the driver of the Shard that decides about them. Each turn
// handles what is ready, then sends what that produced, once for each connection; what other threads want comes in through a
// mailbox. run() is the thread; post() and load() are for any thread; everything else is for this loop's own thread.
#pragma once
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "server/core/shard/shard.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/core/util/log_limiter.hpp"
#include "server/net/append_health.hpp"
#include "server/net/channel.hpp"
#include "server/net/core_lease.hpp"
#include "server/net/counted_in.hpp"
#include "server/net/last_places.hpp"
#include "server/net/load.hpp"
#include "server/net/loop_counts.hpp"
#include "server/net/loop_pace.hpp"
#include "server/net/mailbox.hpp"
#include "server/net/opening.hpp"
#include "server/net/server_context.hpp"
#include "server/net/socket.hpp"
#include "server/net/socket_set.hpp"
#include "server/net/swept.hpp"

namespace dialogue {

class WebSocketConnection;

/// What a socket that was accepted speaks.
enum class ListenerKind : std::uint8_t { plain, tls, metrics };

/// A socket on its way to its loop, which counts it already.
struct NewSocket {
  Descriptor descriptor;  ///< non-blocking, and without Nagle's delay
  boost::asio::ip::tcp::endpoint peer;
  LoadToken load;
  ListenerKind listener = ListenerKind::plain;
  bool loopback_listener = false;      ///< it was accepted on an address that only this machine reaches
  std::string received;                ///< what was read from it before
  std::shared_ptr<LastPlace> place{};  ///< one of the last, for want of descriptors; null: an ordinary socket
};

class ShardLoop final : private ShardHost {
 public:
  /// Who a connection is.
  struct Identified {
    ConnectionId connection;
    std::uint64_t ticket;
    AddressLimits::Account account;  ///< whose credentials these are
    bool has_token;
    AuthResult result;
  };
  /// What the application says to a question.
  struct HookAnswered {
    ConnectionId connection;
    std::uint64_t ticket;
    HookVerdict verdict;
  };
  using Task = std::variant<ShardMessage, NewSocket, std::unique_ptr<NewWebSocket>, StoreResponse, Identified, HookAnswered,
                            std::function<void()>>;

  ShardLoop(const ServerContext& context, std::uint32_t index, std::uint32_t count, std::uint64_t seed);
  ~ShardLoop() override;

  /// Who the other shards are, by index. Before run().
  void know(std::span<const std::unique_ptr<ShardLoop>> peers) { peers_ = peers; }
  /// Until stop(); then closes every socket and returns.
  void run();

  void post(Task task);
  /// Gives this loop a socket; see NewSocket.
  void admit(Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer, ListenerKind listener, bool loopback_listener,
             std::string received = {}, std::shared_ptr<LastPlace> place = {});
  /// What the recorder has kept, empty without one. On this loop's thread, or when run() has returned.
  [[nodiscard]] std::string recording() const { return recorder_ ? recorder_->text() : std::string(); }
  /// Open sockets of any kind.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }

  /// Any thread.
  void allow(std::size_t connections_max, std::size_t connections_per_user_max);
  /// Says good-bye to all clients; the future is ready when the last socket is closed.
  [[nodiscard]] std::future<void> drain();  // from any thread
  void stop();                              // from any thread

  // --- For the sockets of this loop ---
  [[nodiscard]] const ServerContext& context() const { return context_; }
  [[nodiscard]] Executor executor() { return io_.get_executor(); }
  [[nodiscard]] Time now() const override;
  /// now()'s first half, where nothing is dated: a clock less to read.
  [[nodiscard]] std::uint64_t monotonic_ms() const;
  [[nodiscard]] bool draining() const { return draining_; }
  /// One buffer for all reads: what is in it is used up before the next read.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
  void watch(Swept& item);
  [[nodiscard]] SocketSet& sockets() { return sockets_; }
  void ask_flush(WebSocketConnection& connection);
  /// Logs, at most so often for one event.
  void log(LogLevel level, std::string_view event, std::string fields);

  /// Somebody who arrives is being looked at.
  void arrived() { ++arrivals_; }
  /// Where a WebSocket with this first message is to live: at the owner shard of its first room, whose events come there without
  /// a shard message between loops; here when that has its share, or none is named.
  [[nodiscard]] ShardLoop& loop_for(std::string_view first_message);
  /// Gives a WebSocket to the loop where it is to live, another one than this.
  void hand_over(NewWebSocket websocket, ShardLoop& to);
  /// A handshake that is granted: from here on the socket is a WebSocket.
  void open_websocket(Channel channel, CountedIn counted, const PeerFacts& peer, Opening opening);
  void received(ConnectionId from, std::span<char> message);
  void violated(ConnectionId from, ErrorCode reason);
  void alive(ConnectionId from);
  void expect(ConnectionId from) const { driver_->shard().expect(from); }
  void said_goodbye(ConnectionId from) { driver_->apply(PeerClosing{from}); }
  void drained(ConnectionId from);
  void backlog(ConnectionId from, std::size_t queued_bytes, std::uint64_t stalled_ms);
  /// For the functions that other threads answer with; they may outlive this loop, and do nothing then.
  [[nodiscard]] std::function<void(Task)> poster() const;
  /// To the owner shard of a room, or to this loop's shard when the room is empty. From any thread, as long as the server runs.
  void post_to_owner(std::string_view room_id, ShardMessage mail) const;
  /// Open sockets of all loops. From any thread.
  [[nodiscard]] std::size_t load_of_all() const;
  /// Whether the store takes what any of the loops appends: one that is silent for `patience_ms` does not.
  [[nodiscard]] bool appends_are_well(std::uint64_t patience_ms) const;
  /// The same for connections by their state.
  [[nodiscard]] ServerCounts counts_of_all() const;
  /// The shard is told at the end of the turn that this connection is gone; nothing reaches it any more. Idempotent.
  void leave(ConnectionId id);

 private:
  static constexpr std::size_t kReadBufferBytes = 128 * 1024;

  /// Until there is something to do, of which it does one thing.
  void wait();
  void take_turn();
  void serve_members();
  /// How often sockets, mail and who arrives were looked at.
  struct Looks {
    std::uint64_t sockets, mails, arrivals;
  };
  [[nodiscard]] Looks looks_at_members() const { return {sockets_.rounds(), mails_, arrivals_}; }
  [[nodiscard]] bool had_their_turn(const Looks& since) const;
  void take_mail();
  void handle(ShardMessage& mail);
  void handle(NewSocket& socket);
  void handle(std::unique_ptr<NewWebSocket>& websocket);
  void handle(StoreResponse& answer);
  void handle(Identified& answer);
  void handle(HookAnswered& answer);
  void handle(const std::function<void()>& task) { task(); }
  void perform(Actions& actions) override;
  [[nodiscard]] bool has_output() const override { return !to_flush_.empty(); }
  void offer_output() override { flush_connections(); }
  void prefetch(const Action& action) const;
  void perform(SendFrame& action);
  void perform(SendPing& action);
  void perform(CloseConnection& action);
  void perform(PostMessage& action);
  void perform(LogLine& action) { context_.log(action); }
  void perform(AskDrained& action);
  void perform(StoreRequest& action);
  void perform(AskIdentity& action);
  void perform(AskHook& action);
  void perform(GiveUp& action);
  [[nodiscard]] std::shared_ptr<WebSocketConnection>* find(ConnectionId id);
  [[nodiscard]] static std::size_t slot_of(ConnectionId id) { return static_cast<std::uint32_t>(id); }

  /// A refused credential counts against its connection and its address; beyond the address's limit the answer is rate_limited.
  void count_failure(Identified& answer);
  void arm_timer(std::uint64_t at_ms);
  void on_timer();
  void sweep(std::uint64_t now_ms);
  [[nodiscard]] SweptList& all_swept();
  void flush();
  void flush_connections();
  void flush_mail();
  void begin_drain();
  void abandon_all();

  const ServerContext& context_;
  std::atomic<std::size_t> load_{0};  ///< before everything that may hold a LoadToken
  LoopCounts counts_;
  AppendHealth append_health_;
  std::uint64_t count_at_ms_ = 0, sweep_at_ms_ = 0;  ///< what comes at its own pace, however often the shard's timer does
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<Executor> work_{io_.get_executor()};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer_{io_};
  CoreLease lease_;
  SocketSet sockets_{io_.get_executor(), lease_};
  LoopPace pace_;
  std::size_t store_answers_due_ = 0;  ///< of the store that all shards share
  std::uint64_t arrivals_ = 0;         ///< that were taken up
  std::uint64_t appends_ = 0;          ///< to logs in memory: what is refused to a crowd is no reason to let others wait
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<ShardDriver> driver_;
  std::vector<std::shared_ptr<WebSocketConnection>> connections_;  ///< by slot: the low half of the id
  std::vector<std::shared_ptr<WebSocketConnection>> to_flush_, flushing_;
  SweptList swept_, to_sweep_;  ///< who was looked at in this round, and who is yet to be
  std::vector<char> read_buffer_;
  std::unique_ptr<Store> memory_store_;
  /// How answers from other threads reach this loop, or find out that it is gone.
  struct AnswerInbox {
    std::mutex mutex;
    ShardLoop* loop = nullptr;
    void post(Task task) {
      const std::lock_guard lock(mutex);
      if (loop != nullptr) loop->post(std::move(task));
    }
  };
  std::shared_ptr<AnswerInbox> inbox_;
  LogLimiter log_limiter_;

  std::uint32_t index_;
  std::span<const std::unique_ptr<ShardLoop>> peers_;
  std::vector<std::vector<Task>> outgoing_;  ///< mail of this turn, by shard
  std::vector<Task> taken_;
  Mailbox<Task> mailbox_;
  std::uint64_t mails_ = 0;      ///< how often mail was taken
  std::size_t connections_max_;  ///< of the server
  std::promise<void> drained_;
  bool draining_ = false, drained_told_ = false, stopped_ = false;
};

}  // namespace dialogue
