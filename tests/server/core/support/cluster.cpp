// What waits is carried one step at a time, until nothing is left.
#include "tests/server/core/support/cluster.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "server/core/effects/ask_application.hpp"
#include "server/core/effects/exchange_table.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/replay/action_text.hpp"
#include "server/replay/format/recording_head.hpp"
#include "server/replay/recording_driver.hpp"
#include "server/store/submit.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::testing {

using namespace core;
using namespace replay;
using namespace store;

namespace {

template <typename T>
T take_front(std::deque<T>& queue) {
  T first = std::move(queue.front());
  queue.pop_front();
  return first;
}

std::string_view tail_of(const std::string& text, FrameType type, std::array<std::uint64_t, kFrameIntegersMax>& integers) {
  static Frame parsed;  // the view into `text` outlives the call, the frame need not
  demand(read_frame(text, parsed) == ErrorCode::ok && parsed.type == type, "another frame was due than " + text);
  integers = parsed.integers;
  return parsed.payload;
}

}  // namespace

// --- A shard of the cluster ---

class Cluster::Node final : public ShardHost {
 public:
  Node(Cluster& cluster, std::uint32_t shard) : cluster_(cluster), shard_(shard), memory_store(cluster.seed_ + shard) { start(); }

  /// Before the first input.
  void record(const RecordingOptions& options) {
    recorder = std::make_unique<Recorder>(shard_, options);
    start();
  }

  [[nodiscard]] Time now() const override { return cluster_.now_; }
  void perform(Actions& actions) override {
    if (recorder)
      for (const Action& action : actions) note(text_of(action));
    perform_each(actions, *this);
  }
  /// Keeps a line of what was decided, in a recorded cluster.
  void note(std::string line) const {
    if (recorder) cluster_.decisions_[shard_].push_back(std::move(line));
  }

  void perform(const SendFrame& send) {
    const auto to = open_box(send.to, *send.text);
    demand(send.text->find('\r') == std::string::npos, "a frame is one line: " + *send.text);
    FrameSplitter frames(*send.text);
    std::uint32_t count = 0;
    for (std::string_view text; frames.next(text); ++count) show([to, text = std::string(text)] { to->frames.push_back(text); });
    demand(count == send.frames && !frames.overflow(), "a text has as many frames as is said: " + *send.text);
  }
  void perform(const SendPing& ping) {
    show([to = open_box(ping.to, *ping.text), text = *ping.text] {
      ++to->pings;
      to->frames.push_back(text);
    });
  }
  void perform(const CloseConnection& close) {
    const auto to = open_box(close.to, "Close");
    to->is_closed = true;
    show([to, code = close.close_code] { to->close_code = code; });
  }
  void perform(PostMessage& post) {
    demand(post.shard != shard_ || std::holds_alternative<ScanOn>(post.message.body()),
           "a shard posts no mail to itself, but to go on with a scan");
    outgoing.push_back(std::move(post));
  }
  void perform(AskIdentity& ask) {
    cluster_.identify_(std::move(*ask.question), [this, from = ask.from, ticket = ask.ticket](AuthResult result) {
      cluster_.identities_.push_back({shard_, {from, ticket, std::move(result)}});
    });
  }
  void perform(AskHook& ask) {
    ask_application(cluster_.config_->hooks, std::move(ask),
                    [this](ConnectionId from, std::uint64_t ticket, HookVerdict verdict) {
                      cluster_.hook_replies_.push_back({shard_, {from, ticket, std::move(verdict)}});
                    });
  }
  void perform(BeginExchange& begin) {
    exchanges.begin(cluster_.config_->exchanges, std::move(begin),
                    [&cluster = cluster_, shard = shard_](ConnectionId from, std::uint64_t ticket, ExchangeReply reply) {
                      cluster.exchange_replies_.push_back({shard, {from, ticket, std::move(reply)}});
                    });
  }
  void perform(TellExchange& tell) { exchanges.tell(std::move(tell)); }
  void perform(StoreRequest& request) {
    Store& store = request.durable ? static_cast<Store&>(*cluster_.durable_store_) : memory_store;
    submit(store, std::move(request), [this](StoreResponse answer) { store_replies.push_back({std::move(answer)}); });
  }
  void perform(AnswerCall& answer) {
    if (cluster_.way_ == HandOver::answers_first) return cluster_.calls_.answer(answer.call, std::move(*answer.result));
    answers.push_back(std::move(answer));
  }
  void perform(const AskDrained& ask) { cluster_.drained_.push_back({shard_, {ask.to}}); }
  void perform(FollowLog& follow) {
    const auto announce = [this, room = follow.room](const LogHead& head) {
      if (!cluster_.loses_announcements_)
        cluster_.mailboxes_[shard_].push_back(ShardMessage(LogMoved{room, head.epoch, head.seq}));
    };
    follows[follow.room] = cluster_.durable_store_->follow({*follow.key, follow.epoch, follow.seq}, announce).handle;
  }
  void perform(const UnfollowLog& unfollow) { follows.erase(unfollow.room); }
  void perform(TellNodes& tell) {
    if (cluster_.tell_nodes) cluster_.tell_nodes(std::move(*tell.news));
  }
  void perform(const GiveUp& give_up) { cluster_.gave_up_ = give_up.reason; }
  void perform(const LogLine& line) {
    demand(json_value_length(line.fields) == line.fields.size(), "a log line is JSON: " + line.fields);
    Frames& log = cluster_.log_;
    if (log.size() == kLogLinesKept) log.clear();
    log.push_back((line.is_swallowed ? "swallowed " : "") + line.event + " " + line.fields);
  }

 private:
  void start() {
    const ShardDriver::Setup setup{*cluster_.config_, shard_, cluster_.shard_count_, cluster_.seed_};
    if (recorder)
      driver = std::make_unique<RecordingDriver>(setup, *this, *recorder);
    else
      driver = std::make_unique<ShardDriver>(setup, *this);
  }
  /// The client that `what` goes to.
  [[nodiscard]] std::shared_ptr<Client::Box> open_box(ConnectionId id, const std::string& what) {
    const auto found = boxes.find(id);
    demand(found != boxes.end() && !found->second->is_closed, "nothing comes after Close: " + what);
    return found->second;
  }
  /// Something that a client sees once it is handed over.
  void show(std::function<void()> what) {
    if (cluster_.way_ == HandOver::frames_first) return what();
    shown.push_back(std::move(what));
  }

  Cluster& cluster_;
  const std::uint32_t shard_;

 public:
  /// The shards for which mail waits to be handed over; without repetition.
  [[nodiscard]] std::set<std::uint32_t> receivers() const {
    std::set<std::uint32_t> found;
    for (const PostMessage& post : outgoing) found.insert(post.shard);
    return found;
  }
  [[nodiscard]] bool has_to_hand_over() const { return !outgoing.empty() || !answers.empty() || !shown.empty(); }
  /// Mail that is for `only`, or all of it with what comes behind it.
  void hand_over(std::optional<std::uint32_t> only = {}) {
    std::vector<PostMessage> rest;
    for (PostMessage& post : std::exchange(outgoing, {}))
      if (!only || post.shard == *only)
        cluster_.mailboxes_[post.shard].push_back(std::move(post.message));
      else
        rest.push_back(std::move(post));
    outgoing = std::move(rest);
    if (only) return;
    for (AnswerCall& answer : std::exchange(answers, {})) cluster_.calls_.answer(answer.call, std::move(*answer.result));
    for (const auto& what : std::exchange(shown, {})) what();
  }

  std::vector<PostMessage> outgoing;
  std::vector<AnswerCall> answers;
  std::vector<std::function<void()>> shown;  ///< to clients
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<ShardDriver> driver;
  std::map<ConnectionId, std::shared_ptr<Client::Box>> boxes;  ///< until their connection vanishes
  MemoryStore memory_store;                                    ///< for rooms in memory, as each shard of a server has one
  std::deque<StoreReplied> store_replies;
  ExchangeTable exchanges;
  std::map<std::uint64_t, std::unique_ptr<FollowHandle>> follows;  ///< by room
};

// --- Client ---

void Client::send(std::string_view message) {
  std::string bytes(message);
  cluster_->apply(box_->shard, MessageReceived{box_->id, bytes});
}

Frames Client::take() { return std::exchange(box_->frames, {}); }

std::string Client::only() {
  const Frames frames = take();
  std::string all;
  for (const std::string& text : frames) all += "\n  " + text;
  demand(frames.size() == 1, "one frame was due, not" + (all.empty() ? " none" : all));
  return frames.front();
}

void Client::ask_join(std::uint64_t req, std::string_view room_id, std::string_view options) {
  send(frame({FrameType::join, req, 0, 0, 0}, "\"" + std::string(room_id) + "\"," + std::string(options)));
}

Joined Client::join(std::string_view room_id, std::string_view options) {
  take();
  ask_join(77, room_id, options);
  const std::string text = only();
  std::array<std::uint64_t, kFrameIntegersMax> n{};
  const std::string object(tail_of(text, FrameType::joined, n));
  demand(n[0] == 77, "the answer has its request's number");
  return {n[0], n[1], n[2], n[3], n[4], n[5], object};
}

void Client::publish(std::uint64_t room, std::uint64_t event, std::uint64_t producer_seq, std::string_view payload) {
  send(frame({FrameType::publish, room, event, producer_seq, 0}, payload));
}

void Client::pong() { cluster_->nodes_[box_->shard]->driver->apply(PeerAlive{box_->id}); }

void Client::vanish() {
  cluster_->nodes_[box_->shard]->driver->apply(PeerClosing{box_->id});
  lose();
}

void Client::lose() {
  cluster_->apply(box_->shard, ConnectionClosed{box_->id});
  cluster_->nodes_[box_->shard]->boxes.erase(box_->id);
}

void Client::violate(ErrorCode reason) { cluster_->apply(box_->shard, ProtocolViolation{box_->id, reason}); }

void Client::backlog(std::size_t queued_bytes, std::uint64_t stalled_ms) {
  cluster_->apply(box_->shard, BacklogChanged{box_->id, queued_bytes, stalled_ms});
}

// --- Cluster ---

Cluster::Cluster(std::uint32_t shard_count, std::unique_ptr<ShardConfig> config, std::uint64_t seed,
                 std::shared_ptr<ScriptedStore> store)
    : config_(std::move(config)),
      mailboxes_(shard_count),
      order_(seed),
      durable_store_(store ? std::move(store) : std::make_shared<ScriptedStore>(seed)),
      shard_count_(shard_count),
      seed_(seed) {
  for (std::uint32_t i = 0; i < shard_count; ++i) nodes_.push_back(std::make_unique<Node>(*this, i));
}

Cluster::~Cluster() = default;

void Cluster::record(const RecordingOptions& options) {
  decisions_.resize(nodes_.size());
  for (const auto& node : nodes_) node->record(options);
  head_ = recording_head(*config_, shard_count_, seed_, options.keeps_payloads);
}

std::string Cluster::recording() const {
  std::vector<std::string> parts;
  for (const auto& node : nodes_) parts.push_back(node->recorder->text());
  return recording_text(head_, parts);
}

Client Cluster::connect(const PeerFacts& peer) {
  Client client;
  client.cluster_ = this;
  client.box_ = std::make_shared<Client::Box>();
  const std::uint32_t shard = next_shard_++ % shard_count_;
  Node& node = *nodes_[shard];
  const ConnectionId id = node.driver->open(peer);
  client.box_->shard = shard;
  client.box_->id = id;
  node.note("it is connection " + std::to_string(id));
  node.boxes[id] = client.box_;
  node.driver->carry_out();
  deliver_mail();
  return client;
}

void Cluster::apply(std::uint32_t shard, Input&& input) {
  nodes_[shard]->driver->apply(std::move(input));
  deliver_mail();
}

void Cluster::deliver_mail() {
  constexpr std::uint64_t kStepsMax = 3;
  for (std::uint64_t left = interleaves_ ? order_.below(kStepsMax + 1) : kNever; left > 0 && deliver_one();) --left;
}

std::vector<std::function<void()>> Cluster::steps() {
  std::vector<std::function<void()>> found;
  for (std::uint32_t to = 0; to < shard_count_; ++to) {
    if (mailboxes_[to].empty() || held_to_ == to) continue;
    found.emplace_back([this, to] { nodes_[to]->driver->apply(ShardMessageReceived{take_front(mailboxes_[to])}); });
  }
  for (const auto& node : nodes_) {
    if (way_ == HandOver::by_receiver)
      for (const std::uint32_t to : node->receivers()) found.emplace_back([&node = *node, to] { node.hand_over(to); });
    if (node->has_to_hand_over() && (way_ != HandOver::by_receiver || node->outgoing.empty()))
      found.emplace_back([&node = *node] { node.hand_over(); });
  }
  for (const auto& node : nodes_)
    if (!node->store_replies.empty()) found.emplace_back([&node = *node] { node.driver->apply(take_front(node.store_replies)); });
  const auto add = [&](auto& waiting) {
    if (waiting.empty()) return;
    found.emplace_back([this, &waiting] {
      auto next = take_front(waiting);
      nodes_[next.shard]->driver->apply(std::move(next.answer));
    });
  };
  add(identities_);
  add(hook_replies_);
  add(exchange_replies_);
  if (!holds_drains_) add(drained_);
  for (const auto& node : nodes_)
    if (node->driver->shard().owes_turn_end())
      found.emplace_back([&node = *node] {
        node.driver->apply(TurnEnded{});
        node.driver->note_offered();
      });
  return found;
}

bool Cluster::deliver_one() {
  const auto found = steps();
  if (found.empty()) return false;
  found[order_.below(found.size())]();
  return true;
}

void Cluster::advance(std::uint64_t ms) {
  const std::uint64_t target = now_.monotonic_ms + ms;
  for (;;) {
    std::uint64_t next = kNever;
    for (const auto& node : nodes_) {
      next = std::min(next, node->driver->tick());
      deliver_mail();
    }
    if (now_.monotonic_ms == target) return;
    const std::uint64_t step = std::clamp(next, now_.monotonic_ms + 1, target) - now_.monotonic_ms;
    now_.monotonic_ms += step;
    now_.unix_ms += step;
  }
}

std::size_t Cluster::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& node : nodes_) bytes += node->memory_store.bytes();
  return bytes;
}

std::size_t Cluster::connection_count() const {
  std::size_t count = 0;
  for (const auto& node : nodes_) count += node->driver->shard().connection_count();
  return count;
}

void Cluster::read_metrics(const std::function<void(const metrics::ShardReading&)>& visit) const {
  for (const auto& node : nodes_) visit(*node->driver->read_metrics());
}

}  // namespace dialogue::testing
