// Everything that touches the cluster runs on one thread, the executor. Shards and callers post to it, and it posts to the
// shards.
#include "server/embed/cluster/cluster_node.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <future>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>

#include "server/core/messages/log_message.hpp"
#include "server/embed/cluster/node_answers.hpp"
#include "server/embed/steady_clock.hpp"
#include "server/replay/format/recording_line.hpp"
#include "server/replay/format/recording_values.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kUnusedPauseMs = 1000;  ///< between two looks at a cluster that is not there yet, or any more

std::uint64_t cluster_unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::string random_node_id() {
  std::random_device device;
  std::string id;
  for (std::size_t i = 0; i < cluster::kNodeIdBytes; ++i) id += "0123456789abcdef"[device() % 16];
  return id;
}

/// Returns the node's address as it is shown to operators; if it listens on all addresses, with the machine's name as the host.
std::string node_address(const std::string& host, std::uint16_t port) {
  if (host.empty()) return {};
  char name[256] = {};
  const bool is_every = host == "0.0.0.0" || host == "::";
  std::string shown = is_every && ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : host;
  if (shown.find(':') != std::string::npos) shown = "[" + shown + "]";
  shown += ":" + std::to_string(port);
  return shown.size() <= cluster::kFactBytesMax ? shown : std::string();
}

core::CallId call_of(const core::ApplicationCall& call) {
  return std::visit([](const auto& known) { return known.call; }, call);
}

/// Returns the call in a message between nodes; no value if the message is not a call.
std::optional<core::ApplicationCall> call_in(core::ShardMessageBody& body) {
  return std::visit(
      [](auto& known) -> std::optional<core::ApplicationCall> {
        if constexpr (std::is_constructible_v<core::ApplicationCall, decltype(known)>) return std::move(known);
        return std::nullopt;
      },
      body);
}

/// The message that puts the question `ticket` to another node; 0: it wants no answer.
core::ShardMessageBody question_of(const core::ApplicationCall& call, std::uint64_t ticket) {
  return std::visit(
      [ticket](auto known) -> core::ShardMessageBody {
        known.call = ticket;
        return known;
      },
      call);
}

}  // namespace

ClusterNode::ClusterNode(Settings settings) : settings_(std::move(settings)) {
  facts_.id = random_node_id();
  facts_.version = settings_.version;
}

ClusterNode::~ClusterNode() { stop(); }

void ClusterNode::configure(host::ServerConfig& server_config) {
  if (!settings_.store)
    throw SetupError("cluster", "no store is set for the nodes to share",
                     "Set `store`, for example to open_store(\"postgres://…\").");
  if (settings_.store->follow({}, [](const store::LogHead&) {}).status == store::FollowStatus::unsupported)
    throw SetupError("cluster", "this store cannot be shared: it does not notify of what other servers write",
                     "Use open_store() with an address that servers can share, or a store that implements follow().");
  server_config.shard.shares_store = true;
  server_config.tell_nodes = [this](core::NodeNews news) { tell(std::move(news)); };
  server_config.forward = [this](const core::ApplicationCall& call, calls::CallDone done) {
    return forward(call, std::move(done));
  };
  board_ = std::make_shared<ClusterBoard>(settings_.store_address, steady_now_ms, server_config.shared_metrics);
  server_config.api.observation.cluster = [board = board_] { return board->text(); };
  server_config.why_not_ready = [board = board_, otherwise = std::move(server_config.why_not_ready)] {
    const std::string reason = board->why_not_ready();
    return reason.empty() && otherwise ? otherwise() : reason;
  };
  host_ = server_config.listen.host;
  executor_ = std::make_shared<TaskThread>(steady_now_ms, [this] { return tick(); });
  if (const auto catalogue = CatalogueView::parse(server_config.shard.catalogue_bytes))
    facts_.catalogue = std::to_string(catalogue->fingerprint());
}

std::uint64_t ClusterNode::tick() {
  const std::uint64_t unused_ms = steady_now_ms() + kUnusedPauseMs;
  std::uint64_t due_ms = std::min(cluster_ ? cluster_->tick() : unused_ms, kept_ ? kept_->tick() : unused_ms);
  due_ms = std::min(due_ms, questions_.tick(steady_now_ms()));
  if (cluster_) board_->put(cluster::report_on(*cluster_, sent_, received_, settings_.store->bus()));
  return due_ms;
}

void ClusterNode::start(host::Server& server) {
  server_ = &server;
  facts_.shards = server.shard_count();
  facts_.started_ms = cluster_unix_ms();
  facts_.address = node_address(host_, server.port());
  const auto post = [executor = executor_](std::function<void()> task) { executor->post(std::move(task)); };
  post([this, post] {
    cluster::ClusterSettings settings;
    settings.store = settings_.store;
    settings.self = facts_;
    settings.post = post;
    settings.now_ms = steady_now_ms;
    settings.unix_ms = cluster_unix_ms;
    settings.log = [log = settings_.log](const core::LogLine& line) { log(line); };
    cluster_ = std::make_unique<cluster::Cluster>(std::move(settings), static_cast<cluster::ClusterListener&>(*this));
    cluster_->start();
    kept_ = std::make_unique<KeptFollower>(
        settings_.store, post, steady_now_ms,
        KeptFollower::Listener{[this](core::KeptRevocation each) { revoked(std::move(each)); },
                               [this](core::RoomMade made) { post_to_room(std::move(made)); },
                               [this](core::RoomRemoved removed) { post_to_room(std::move(removed)); }});
    if (!kept_->start()) failed("the store cannot follow its kept state");
    for (const auto& task : std::exchange(early_, {})) task();
  });
}

void ClusterNode::with_cluster(std::function<void()> task) {
  executor_->post([this, task = std::move(task)] {
    if (cluster_)
      task();
    else
      early_.push_back(task);  // before start(); after stop() nothing comes
  });
}

void ClusterNode::stop() {
  if (server_ == nullptr) return;
  std::promise<void> said_bye;
  executor_->post([this, &said_bye] {
    kept_.reset();
    cluster_->stop([&said_bye] { said_bye.set_value(); });
  });
  said_bye.get_future().wait();  // at most kByeMsMax
  std::promise<void> gone;
  executor_->post([this, &gone] {
    questions_ = {};
    cluster_.reset();
    gone.set_value();
  });
  gone.get_future().wait();
  executor_->end();
  server_ = nullptr;
}

bool ClusterNode::erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) {
  constexpr std::chrono::milliseconds kLookMs(100);
  auto promise = std::make_shared<std::promise<bool>>();
  auto is_erased = promise->get_future();
  with_cluster([this, user_id, promise = std::exchange(promise, nullptr)] {
    cluster_->erase_user(user_id, [promise](bool is_done) { promise->set_value(is_done); });
  });
  while (is_erased.wait_for(kLookMs) != std::future_status::ready)
    if (is_cancelled()) return false;
  try {
    return is_erased.get();
  } catch (const std::future_error&) { return false; }
}

// --- From this node ---

void ClusterNode::tell(core::NodeNews&& news) {
  with_cluster([this, shared = std::make_shared<core::NodeNews>(std::move(news))] {
    std::visit([this](auto& known) { take(std::move(known)); }, *shared);
  });
}

void ClusterNode::take(core::VolatileEvent&& event) { send(std::move(event)); }

void ClusterNode::take(core::MembersChange&& change) {
  cluster_->set_share(change.room_id, change.places_change, std::move(change.joined), std::move(change.left));
}

void ClusterNode::take(const core::PlaceClaim& claim) {
  claims_.emplace(claim.ticket, claim.room_id);
  cluster_->claim(claim.room_id, claim.ticket, claim.places_max);
}

void ClusterNode::take(const core::PlaceRelease& release) { cluster_->release(release.room_id, release.count); }

calls::CallDone ClusterNode::forward(const core::ApplicationCall& call, calls::CallDone done) {
  const NodeScope scope = node_scope(call);
  if (scope == NodeScope::none) return done;
  if (scope == NodeScope::notified) {
    with_cluster([this, call] { send(question_of(call, 0)); });
    return done;
  }
  const auto asked = std::make_shared<Asked>();
  with_cluster([this, call, asked, done] { ask_nodes(call, *asked, done); });
  return [this, asked, done = std::move(done)](core::CallResult&& result) {
    with_cluster([this, asked, done, own = std::make_shared<core::CallResult>(std::move(result))] {
      take_own(*asked, std::move(*own), done);
    });
  };
}

void ClusterNode::ask_nodes(const core::ApplicationCall& call, Asked& asked, calls::CallDone done) {
  asked.others = others_;
  if (others_.empty()) return;
  asked.ticket = questions_.begin(call, others_, steady_now_ms(), std::move(done));
  send(question_of(call, asked.ticket));
}

void ClusterNode::take_own(const Asked& asked, core::CallResult&& result, const calls::CallDone& done) {
  if (asked.ticket != 0) return questions_.own(asked.ticket, std::move(result));
  if (asked.others.empty() || std::holds_alternative<core::Error>(result)) return done(std::move(result));
  done(core::PartialResult{std::make_shared<const core::CallResult>(std::move(result)),
                           {asked.others.begin(), asked.others.end()}});
}

void ClusterNode::answer(const std::string& from, core::ApplicationCall call, std::uint64_t ticket) {
  server_->ask_alone(0, std::move(call), [this, from, ticket](core::CallResult&& result) {
    with_cluster([this, from, text = node_answer_text(ticket, result), ticket] {
      if (cluster_->send(from, cluster::kEveryShard, text) ||
          cluster_->send(from, cluster::kEveryShard, node_answer_text(ticket, core::Error{})))
        ++sent_;
    });
  });
}

void ClusterNode::send(const core::ShardMessageBody& body) {
  replay::LineWriter line(replay::application_message_name(body));
  replay::write_message(line, body, {});
  if (cluster_->send({}, cluster::kEveryShard, line.take()))
    ++sent_;
  else
    settings_.log(core::log_message(core::LogLevel::warn, "cluster_message_dropped",
                                    "the queue to the other nodes is full: they do not receive a volatile event or a call"));
}

// --- From other nodes ---

void ClusterNode::nodes_changed(const std::vector<cluster::NodeStatus>& others) {
  std::set<std::string> now;
  for (const cluster::NodeStatus& node : others) {
    now.insert(node.facts.id);
    if (!others_.contains(node.facts.id))
      settings_.log(
          {core::LogLevel::info, "node_joined",
           JsonText().text("node", node.facts.id).text("version", node.facts.version).number("nodes", others.size() + 1).take()});
  }
  for (const std::string& id : others_) {
    if (now.contains(id)) continue;
    settings_.log({core::LogLevel::info, "node_left", JsonText().text("node", id).number("nodes", others.size() + 1).take()});
    questions_.left(id);
  }
  others_ = std::move(now);
}

void ClusterNode::mail(const std::string& from, std::uint32_t, std::string text) {
  ++received_;
  if (auto answer = read_node_answer(text)) return questions_.answered(answer->ticket, from, std::move(answer->result));
  replay::LineReader line(text);
  auto body = replay::read_message(line.name(), line);
  if (!body || !line.is_well()) return;  // of a newer version
  if (auto* event = std::get_if<core::VolatileEvent>(&*body)) return post_to_room(std::move(*event));
  if (auto call = call_in(*body); call && node_scope(*call) == NodeScope::asked) {
    const std::uint64_t ticket = call_of(*call);
    if (ticket != 0) return answer(from, std::move(*call), ticket);
    return server_->ask_alone(0, std::move(*call), [](core::CallResult&&) {});
  } else if (call) {
    body = question_of(*call, 0);
  }
  const auto* forget = std::get_if<core::ForgetUser>(&*body);
  for (std::uint32_t shard = 1; forget != nullptr && shard < server_->shard_count(); ++shard)
    server_->post(shard, core::ShardMessage(core::ForgetUser(*forget)));
  server_->post(0, core::ShardMessage(std::move(*body)));  // which asks the others, but for that
}

void ClusterNode::room_changed(const std::string& room, std::uint64_t other_seats, const std::vector<core::PresentUser>& joined,
                               const std::vector<std::string>& left) {
  post_to_room(core::OtherMembers{room, other_seats, joined, left});
}

void ClusterNode::claimed(std::uint64_t ticket, bool is_granted) {
  auto claim = claims_.extract(ticket);
  if (claim) post_to_room(core::PlaceVerdict{claim.mapped(), ticket, is_granted});
}

void ClusterNode::failed(const std::string& reason) { settings_.on_failure("the cluster: " + reason); }

void ClusterNode::revoked(core::KeptRevocation revocation) const {
  settings_.revocations->add(revocation, cluster_unix_ms() / core::kMsPerSecond);
  server_->post(0, core::ShardMessage(core::RevokeTokens{std::move(revocation.what)}));
}

}  // namespace dialogue
