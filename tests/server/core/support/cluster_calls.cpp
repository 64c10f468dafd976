// What tests ask of a cluster, and what needs none of its shards.
#include <utility>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

void Cluster::call_threw(const char* what) {
  try {
    throw;
  } catch (const BrokenRule&) { throw; } catch (...) {
    log_.push_back(std::string(R"(application_threw {"function":"done")") +
                   (what != nullptr ? R"(,"what":")" + std::string(what) + "\"}" : "}"));
  }
}

Client Cluster::greeted(std::string_view user_id, std::string_view more) {
  Client client = connect();
  client.send(frame({FrameType::hello, 1, 0, config_->catalogue.fingerprint()},
                    R"({"identity":{"userId":")" + std::string(user_id) + "\"}" + std::string(more) + "}"));
  const std::string welcome = client.only();
  demand(begins(welcome, {FrameType::welcome}), "WELCOME was due, not " + welcome);
  return client;
}

std::vector<const ShardMessageBody*> Cluster::mail_to(std::uint32_t shard) const {
  std::vector<const ShardMessageBody*> messages;
  for (const ShardMessage& message : mailboxes_[shard]) messages.push_back(&message.body());
  return messages;
}

void Cluster::post(ShardMessage message, std::uint32_t shard) {
  mailboxes_[shard].push_back(std::move(message));
  deliver_mail();
}

void Cluster::drain(std::uint64_t spread_ms, std::uint64_t settle_ms) {
  for (std::uint32_t i = 0; i < shard_count_; ++i) apply(i, DrainStarted{spread_ms, 0, settle_ms});
}

void Cluster::allow(std::size_t connections_max, std::size_t connections_per_user) {
  for (std::uint32_t i = 0; i < shard_count_; ++i) apply(i, LimitsChanged{connections_max, connections_per_user});
}

}  // namespace dialogue::testing
