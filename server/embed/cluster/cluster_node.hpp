// An instance as a node of a cluster: what its shards have for the other nodes, and what those have for them; calls of the
// application that concern every node; revocations and rooms that other nodes have stored. docs/decisions/330-cluster.md
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/auth/revocation_list.hpp"
#include "server/cluster/cluster.hpp"
#include "server/core/messages/handles.hpp"
#include "server/embed/capability.hpp"
#include "server/embed/cluster/cluster_board.hpp"
#include "server/embed/cluster/kept_follower.hpp"
#include "server/embed/cluster/node_questions.hpp"
#include "server/embed/task_thread.hpp"

namespace dialogue {

class ClusterNode final : public Capability, private cluster::ClusterListener {
 public:
  struct Settings {
    std::shared_ptr<store::Store> store;  ///< that all nodes share
    std::string version;
    std::string store_address;  ///< as it may be shown; empty: not known
    std::function<void(const core::LogLine&)> log;
    std::shared_ptr<auth::RevocationList> revocations;
    /// The cluster has failed, so the server cannot go on.
    std::function<void(const std::string& reason)> on_failure;
  };
  explicit ClusterNode(Settings settings);
  ~ClusterNode() override;

  void configure(host::ServerConfig& server_config) override;
  void start(host::Server& server) override;
  void stop() override;
  [[nodiscard]] bool erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) override;

 private:
  /// A call to all nodes. `ticket` 0: it was not sent to the others.
  struct Asked {
    std::uint64_t ticket = 0;
    std::set<std::string> others{};
  };

  void nodes_changed(const std::vector<cluster::NodeStatus>& others) override;
  void mail(const std::string& from, std::uint32_t shard, std::string text) override;
  void room_changed(const std::string& room, std::uint64_t other_seats, const std::vector<core::PresentUser>& joined,
                    const std::vector<std::string>& left) override;
  void claimed(std::uint64_t ticket, bool is_granted) override;
  void failed(const std::string& reason) override;

  /// Does what is due; called on the executor. Returns the next deadline.
  std::uint64_t tick();
  /// Runs a task on the executor as soon as the cluster exists.
  void with_cluster(std::function<void()> task);
  /// Passes a shard's news on to the other nodes; called on the shard's thread.
  void tell(core::NodeNews&& news);
  /// Forwards a call of the application that every node executes; called on any thread. Returns what is to be called with this
  /// node's result instead of `done`: it combines the results of all nodes.
  [[nodiscard]] calls::CallDone forward(const core::ApplicationCall& call, calls::CallDone done);
  /// Sends a call to the other nodes; called on the executor.
  void ask_nodes(const core::ApplicationCall& call, Asked& asked, calls::CallDone done);
  /// Takes this node's own result of a call; called on the executor.
  void take_own(const Asked& asked, core::CallResult&& result, const calls::CallDone& done);
  /// Executes another node's call and sends it the result.
  void answer(const std::string& from, core::ApplicationCall call, std::uint64_t ticket);
  void take(core::VolatileEvent&& event);
  void take(core::MembersChange&& change);
  void take(const core::PlaceClaim& claim);
  void take(const core::PlaceRelease& release);
  void send(const core::ShardMessageBody& body);
  /// To the owner shard of the room that the news is about.
  template <typename News>
  void post_to_room(News news) const {
    const std::uint32_t shard = core::shard_of(news.room_id, server_->shard_count());
    server_->post(shard, core::ShardMessage(std::move(news)));
  }
  void revoked(core::KeptRevocation revocation) const;

  Settings settings_;
  cluster::NodeFacts facts_;
  std::string host_;  ///< that is listened on
  host::Server* server_ = nullptr;
  std::map<std::uint64_t, std::string> claims_;  ///< rooms of claims without a verdict, by ticket; the executor's
  std::set<std::string> others_;                 ///< ids; the executor's
  std::uint64_t sent_ = 0, received_ = 0;        ///< messages; the executor's
  NodeQuestions questions_;                      ///< to the other nodes; the executor's
  std::shared_ptr<ClusterBoard> board_;          ///< shared with the server's questions
  std::vector<std::function<void()>> early_;     ///< until start(); the executor's
  std::shared_ptr<TaskThread> executor_;         ///< shared with answers of the store, which may come after this
  std::unique_ptr<cluster::Cluster> cluster_;    ///< made and used on the executor
  std::unique_ptr<KeptFollower> kept_;           ///< the same
};

}  // namespace dialogue
