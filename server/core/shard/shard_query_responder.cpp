// Only ready connections count: the others are not authenticated yet, or have ended.
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

void ShardQueryResponder::handle(Gather<VisibleRooms>&& question) {
  reply(question, owner_.list(question.query.asker.get(), question.query.transport, question.query.page));
}

void ShardQueryResponder::handle(Gather<ConnectionsQuery>&& question) {
  std::vector<ConnectionInfo> list;
  const auto add = [&list](const Connection& connection) { list.push_back(info_of(connection)); };
  if (question.query.user_id.empty())
    context_.ready_connections.for_each(add);
  else
    for (const Connection* connection : context_.ready_connections.of_user(question.query.user_id)) add(*connection);
  reply(question, std::move(list));
}

void ShardQueryResponder::handle(Gather<UsersQuery>&& question) {
  std::vector<UserInfo> users;
  if (question.query.users.empty()) {
    users = context_.ready_connections.users(question.query.page);
  } else {
    for (const std::string& user_id : question.query.users)
      if (auto user = context_.ready_connections.user(user_id)) users.push_back(std::move(*user));
  }
  reply(question, std::move(users));
}

void ShardQueryResponder::handle(Gather<KickUser>&& question) {
  reply(question, sessions_.kick({question.query.user_id, question.query.reason}));
}

void ShardQueryResponder::handle(Gather<RevokeTokens>&& question) { reply(question, sessions_.revoke(question.query.what)); }

void ShardQueryResponder::handle(Gather<LeaveRoom>&& question) {
  std::size_t count = 0;
  for (Connection* connection : context_.ready_connections.of_user(question.query.user_id))
    count += sessions_.memberships.remove(*connection, question.query.room_id);
  reply(question, count);
}

void ShardQueryResponder::handle(Gather<DirectEvent>&& question) {
  const SharedBytes text = event_frame(0, question.query.record);
  const std::string_view event = context_.config.catalogue.event(question.query.record.event).name;
  std::vector<Connection*> meant = question.query.session_id.empty()
                                       ? context_.ready_connections.of_user(question.query.user_id)
                                       : context_.ready_connections.of_session(question.query.session_id);
  std::erase_if(meant, [event](const Connection* each) { return !each->wants_direct(event); });
  for (Connection* connection : meant) context_.answer(*connection, text);
  reply(question, meant.size());
}

}  // namespace dialogue::core
