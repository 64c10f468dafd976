// Only greeted connections count: the others are nobody yet, or nobody any more.
#include "server/core/shard/shard_query_responder.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "server/core/messages/frame_text.hpp"

namespace dialogue::core {
namespace {

ConnectionInfo info_of(const Connection& connection) {
  const Identity& identity = *connection.identity;
  ConnectionInfo info{std::string(connection.session_id), identity.user_id, identity.name, identity.meta, {}};
  for (const Membership& membership : connection.memberships) info.rooms.push_back(membership.local->id);
  return info;
}

}  // namespace

void ShardQueryResponder::handle(CollectRooms&& question) {
  reply(question.reply_to, question.gather, owner_.list(question.asker.get(), question.transport, question.page));
}

void ShardQueryResponder::handle(CollectConnections&& question) {
  std::vector<ConnectionInfo> list;
  const auto add = [&list](const Connection& connection) { list.push_back(info_of(connection)); };
  if (question.user_id.empty())
    context_.greeted.for_each(add);
  else
    for (const Connection* connection : context_.greeted.of_user(question.user_id)) add(*connection);
  reply(question.reply_to, question.gather, std::move(list));
}

void ShardQueryResponder::handle(CollectUsers&& question) {
  std::vector<UserInfo> users;
  if (question.users.empty()) {
    users = context_.greeted.users(question.page);
  } else {
    for (const std::string& user_id : question.users)
      if (auto user = context_.greeted.user(user_id)) users.push_back(std::move(*user));
  }
  reply(question.reply_to, question.gather, std::move(users));
}

void ShardQueryResponder::handle(CollectKicked&& question) {
  reply(question.reply_to, question.gather, sessions_.kick(question.user_id, question.reason));
}

void ShardQueryResponder::handle(CollectRevoked&& question) {
  reply(question.reply_to, question.gather, sessions_.revoke(question.what));
}

void ShardQueryResponder::handle(CollectLeft&& question) {
  std::size_t count = 0;
  for (Connection* connection : context_.greeted.of_user(question.user_id))
    count += sessions_.memberships.expel(*connection, question.room_id);
  reply(question.reply_to, question.gather, count);
}

void ShardQueryResponder::handle(CollectSent&& question) {
  const SharedBytes text = event_frame(0, question.record);
  const std::vector<Connection*> meant =
      question.session_id.empty() ? context_.greeted.of_user(question.user_id) : context_.greeted.of_session(question.session_id);
  for (Connection* connection : meant) context_.answer(*connection, text);
  reply(question.reply_to, question.gather, meant.size());
}

}  // namespace dialogue::core
