// A whole server without sockets: shards, the mail between them, a clock that only tests move, and clients that note every frame.
//
//   Cluster cluster(3);
//   Client ann = cluster.greeted("ann");
//   const Joined chat = ann.join("chat");
//   ann.send(frame({FrameType::publish, chat.room, kMessage, 1, 0}, R"({"text":"hi"})"));
//   CHECK(ann.take() == Frames{...});
//
// Every send is carried out to the end, mail included, before it returns, or with interleave() as far as chance will have it.
// As in the server's loops, a shard keeps what it decides for others until it hands all of it over in one moment: mail into the
// mailboxes of the shards, then answers to the callers, then frames to the clients. When each shard does that, and what comes
// when of all that waits (mailboxes, answers of stores, ends of turns), is in the order that the seed gives. What can never be
// (a frame after Close) throws BrokenRule, which fails a test and stops a fuzzer. Used by one test at a time.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/calls/pending_calls.hpp"
#include "server/core/shard/shard.hpp"
#include "server/core/shard/shard_driver.hpp"
#include "server/core/util/seeded_random.hpp"
#include "server/replay/recorder.hpp"
#include "server/store/memory/memory_store.hpp"
#include "shared/protocol/frames.hpp"
#include "tests/server/core/support/scripted_store.hpp"

namespace dialogue::testing {

using namespace calls;

using namespace core;
using namespace replay;
using namespace store;

struct BrokenRule : std::logic_error {
  using std::logic_error::logic_error;
};
/// Throws BrokenRule unless `holds`.
void demand(bool holds, const std::string& rule);

using Frames = std::vector<std::string>;

/// How shards hand over what they have decided. All but the first are faults, with which tests show that they would be found.
enum class HandOver : std::uint8_t {
  in_one_moment,
  by_receiver,    ///< each other shard gets its mail in a moment of its own
  answers_first,  ///< callers get their answers before the mail has left
  frames_first,   ///< clients get their frames before it
};

/// Event numbers of test_definitions(), as the wire has them.
inline constexpr std::uint64_t kMove = 1, kMessage = 2, kNote = 3, kTyping = 4;
inline constexpr std::uint64_t kStartUnixMs = 1'700'000'000'000;
inline constexpr std::size_t kLogLinesKept = 10'000;

/// A payload of the event message.
inline constexpr const char* kHi = R"({"text":"hi"})";

/// Events game.move (any), message ({text}), note (any), typing (any, volatile). Rooms chat, small (2 members), silent (no
/// events), picky (subscribes to message only), staff (role:admin), shy (presence for role:admin), quiet (message for
/// role:admin), game-{id} and game-vip-{id}.
[[nodiscard]] Definitions test_definitions();

/// Everything a server is told, over test_definitions().
[[nodiscard]] std::unique_ptr<ShardConfig> test_config();
/// The same, with rooms that keep so many events.
[[nodiscard]] std::unique_ptr<ShardConfig> config_keeping(std::uint64_t events);
/// A JSON string of so many bytes; at least 2.
[[nodiscard]] std::string payload_of(std::size_t bytes);

/// One integer of a frame; its first is a FrameType.
struct FrameInteger {
  FrameInteger(std::uint64_t number) : value(number) {}
  FrameInteger(FrameType type) : value(static_cast<std::uint64_t>(type)) {}
  std::uint64_t value;
};

/// frame({FrameType::event, 1, 2}) is "[36,1,2]", with a tail "[36,1,2,tail]".
[[nodiscard]] std::string frame(std::initializer_list<FrameInteger> integers, std::string_view tail = {});
/// Whether a frame's first integers are these.
[[nodiscard]] bool begins(std::string_view text, std::initializer_list<FrameInteger> integers);
[[nodiscard]] std::uint64_t number(ErrorCode code);
/// A refused request, as REPLY.
[[nodiscard]] std::string refused(std::uint64_t req, ErrorCode code, std::string_view argument = {});
/// BYE.
[[nodiscard]] std::string bye(ErrorCode code, std::string_view argument = {}, std::uint64_t retry_after_ms = 0);

struct Joined {
  std::uint64_t req = 0, room = 0, epoch = 0, base = 0, head = 0, recovered = 0;
  std::string object;
};

/// Answers who connections are, believing everybody; what the shard decides then is added to `actions`. For shards that are
/// tested alone.
void answer_identities(Shard& shard, Time now, Actions& actions);

/// Does that, and answers what a shard asks of its store, until it asks nothing more. The turn goes on.
void answer_within_turn(Shard& shard, MemoryStore& store, Time now, Actions& actions);

/// Does that, and ends the turn.
void answer_store(Shard& shard, MemoryStore& store, Time now, Actions& actions);

class Cluster;

/// What one connection sent and got. Cheap to copy: all copies are the same client.
class Client {
 public:
  void send(std::string_view message);
  /// Frames since the last take().
  Frames take();
  /// The only frame since the last take(); fails the test when there are more or none.
  std::string only();
  /// Joins and returns what JOINED said; fails the test when it is not granted. Frames before it are dropped.
  Joined join(std::string_view room_id, std::string_view options = "{}");
  /// JOIN as it is, with nothing taken.
  void ask_join(std::uint64_t req, std::string_view room_id, std::string_view options = "{}");
  /// PUBLISH; `payload` is JSON.
  void publish(std::uint64_t room, std::uint64_t event, std::uint64_t number, std::string_view payload);
  /// The peer's pong.
  void pong();
  /// The peer closes in order, and the transport is gone.
  void vanish();
  /// The transport breaks without a word.
  void lose();
  void violate(ErrorCode reason);
  void backlog(std::size_t queued_bytes, std::uint64_t stalled_ms);

  [[nodiscard]] std::uint16_t close_code() const { return box_->close_code; }  ///< 0: not told to close
  [[nodiscard]] std::size_t pings() const { return box_->pings; }
  [[nodiscard]] std::uint32_t shard() const { return box_->shard; }

 private:
  friend class Cluster;
  struct Box {
    std::uint32_t shard = 0;
    ConnectionId id = 0;
    Frames frames;
    std::uint16_t close_code = 0;
    std::size_t pings = 0;
    bool is_closed = false;  ///< its shard has decided that, and its client may not know yet
  };
  Cluster* cluster_ = nullptr;
  std::shared_ptr<Box> box_;
};

class Cluster {
 public:
  /// `store`: of another server, which has the same durable rooms; null: one of its own.
  explicit Cluster(std::uint32_t shard_count, std::unique_ptr<ShardConfig> config = test_config(), std::uint64_t seed = 7,
                   std::shared_ptr<ScriptedStore> store = nullptr);
  ~Cluster();

  /// A connection that has said nothing; connections go round the shards.
  [[nodiscard]] Client connect(const PeerFacts& peer = {});
  /// A connection after WELCOME, its frames taken. `more` are further members of HELLO's object: `,"producer":{"id":"p"}`.
  [[nodiscard]] Client greeted(std::string_view user_id, std::string_view more = {});
  /// greeted() with a producer, so that publications are counted.
  [[nodiscard]] Client producer(std::string_view user_id) { return greeted(user_id, R"(,"producer":{"id":"p"})"); }

  /// From here on inputs are recorded, and actions kept as text. Before the first input.
  void record(const RecordingOptions& options);
  [[nodiscard]] std::string recording() const;
  /// What each shard decided, in words.
  [[nodiscard]] const std::vector<Frames>& decisions() const { return decisions_; }

  /// Posts mail to a shard, as an embedding program does.
  void post(ShardMessage message, std::uint32_t shard = 0);
  /// The same with a call, whose result `done` gets. What has no place for an error: failed_call() has it.
  template <typename Call, typename Done>
  void ask(Call message, Done done, std::uint32_t shard = 0) {
    if constexpr (kTellsFaults<typename Call::Result>)
      message.call = calls_.add(call_done<Call>(std::move(done)), now_.monotonic_ms);
    else
      message.call = calls_.add(call_done<Call>(std::move(done), [this](const Error& fault) { failed_call_ = fault.code; }),
                                now_.monotonic_ms);
    post(std::move(message), shard);
  }
  [[nodiscard]] ErrorCode failed_call() const { return failed_call_; }
  [[nodiscard]] PendingCalls& calls() { return calls_; }
  /// Lets time pass, with every tick when it is due.
  void advance(std::uint64_t ms);
  void drain(std::uint64_t spread_ms, std::uint64_t settle_ms = kNever);
  /// Other limits from here on, on every shard.
  void allow(std::size_t connections_max, std::size_t connections_per_user);

  /// Who connections are from here on; development identities are believed everywhere otherwise.
  void identify_by(IdentitySource source) { identify_ = std::move(source); }
  void identify_by(Authenticator authenticator) { identify_ = source_of(std::move(authenticator)); }

  /// What the stores of rooms in memory hold.
  [[nodiscard]] std::size_t memory_bytes() const;
  /// The store of durable rooms; used when the configuration says that there is one.
  [[nodiscard]] ScriptedStore& store() { return *durable_store_; }
  [[nodiscard]] const std::shared_ptr<ScriptedStore>& shared_store() const { return durable_store_; }
  /// Gets what is for the other nodes; empty: nobody does.
  std::function<void(NodeNews)> tell_nodes = {};
  /// What the store announces of logs that have moved is lost from here on, or no longer.
  void lose_announcements(bool loses) { loses_announcements_ = loses; }
  /// Goes on with what the store was told to release, what was answered outside of a call, and what interleave() has left.
  void settle() {
    while (deliver_one()) continue;
  }
  /// From here on calls return when a few steps of what waits were taken, so that several requests are under way on all shards.
  void interleave() { interleaves_ = true; }
  /// From here on shards hand over in this way.
  void hand_over_by(HandOver way) { way_ = way; }
  /// Mail to this shard waits until it is no longer held.
  void hold_mail(std::uint32_t to, bool hold) { held_to_ = hold ? std::optional(to) : std::nullopt; }
  /// What mail waits for this shard.
  [[nodiscard]] std::vector<const ShardMessageBody*> mail_to(std::uint32_t shard) const;
  /// Until released, connections count as having unsent bytes.
  void hold_drains(bool hold) { holds_drains_ = hold; }
  /// Why the server gave up; empty: it did not.
  [[nodiscard]] const std::string& gave_up() const { return gave_up_; }

  [[nodiscard]] Time now() const { return now_; }
  void set_unix(std::uint64_t unix_ms) { now_.unix_ms = unix_ms; }
  [[nodiscard]] const ShardConfig& config() const { return *config_; }
  [[nodiscard]] std::size_t connection_count() const;
  [[nodiscard]] std::uint32_t shard_count() const { return shard_count_; }
  /// A cell of all shards together: of a counter, of a gauge, or the first of a histogram's buckets.
  template <typename Index = std::size_t>
  [[nodiscard]] std::uint64_t metric(metrics::Metric metric, Index index = {}) const {
    return cell(metrics::cell_of(metric, metrics::place_of(index)));
  }
  /// How many values a histogram has.
  template <typename Index = std::size_t>
  [[nodiscard]] std::uint64_t observed(metrics::Metric metric, Index index = {}) const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= metrics::metric_row(metric).bounds.size(); ++i)
      count += cell(metrics::cell_of(metric, metrics::place_of(index)) + i);
    return count;
  }
  /// Different users that were ever greeted, as all shards together estimate them.
  [[nodiscard]] std::uint64_t users_seen() const {
    metrics::UserSketch users;
    read_metrics([&users](const metrics::ShardReading& shard) { users.merge(shard.users); });
    return users.estimate();
  }
  /// Exemplars of all shards.
  [[nodiscard]] std::size_t exemplars() const {
    std::size_t count = 0;
    read_metrics([&count](const metrics::ShardReading& shard) { count += shard.examples.of_cells().size(); });
    return count;
  }
  /// The log lines so far, as `event {fields}`, `swallowed` before those beyond the limit; from the start again after
  /// kLogLinesKept.
  [[nodiscard]] const Frames& log() const { return log_; }

 private:
  friend class Client;
  void read_metrics(const std::function<void(const metrics::ShardReading&)>& visit) const;
  [[nodiscard]] std::uint64_t cell(std::size_t index) const {
    std::uint64_t sum = 0;
    read_metrics([&](const metrics::ShardReading& shard) { sum += shard.values.at(index); });
    return sum;
  }
  /// A shard, and what carries out its actions.
  class Node;
  /// Gives one shard an input and carries out what comes of it, on all shards.
  void apply(std::uint32_t shard, Input&& input);
  void deliver_mail();
  [[nodiscard]] bool deliver_one();
  /// What can be done next, each a call that does it.
  [[nodiscard]] std::vector<std::function<void()>> steps();

  /// A test's own function threw in place of an application's: logged, unless a rule is broken.
  void call_threw(const char* what);

  std::unique_ptr<ShardConfig> config_;
  std::vector<std::unique_ptr<Node>> nodes_;         ///< by shard
  std::vector<std::deque<ShardMessage>> mailboxes_;  ///< by shard
  HandOver way_ = HandOver::in_one_moment;
  bool interleaves_ = false;
  std::optional<std::uint32_t> held_to_;
  SeededRandom order_;
  std::shared_ptr<ScriptedStore> durable_store_;
  bool loses_announcements_ = false;
  bool holds_drains_ = false;
  std::string gave_up_;
  /// An answer that waits for its shard.
  template <typename Answer>
  struct Waiting {
    std::uint32_t shard;
    Answer answer;
  };
  IdentitySource identify_ = source_of(development_authenticator(true));
  std::deque<Waiting<IdentityResolved>> identities_;
  std::deque<Waiting<HookReplied>> hook_replies_;
  std::deque<Waiting<ExchangeReplied>> exchange_replies_;
  std::deque<Waiting<SendDrained>> drained_;
  Time now_{1000, kStartUnixMs};
  std::uint32_t next_shard_ = 0;
  Frames log_;
  PendingCalls calls_{[this](const char* what) { call_threw(what); }};
  ErrorCode failed_call_ = ErrorCode::ok;
  std::uint32_t shard_count_;
  std::uint64_t seed_;
  std::string head_;
  std::vector<Frames> decisions_;
};

}  // namespace dialogue::testing
