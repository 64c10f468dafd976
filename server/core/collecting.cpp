// Only greeted connections count: the others are nobody yet, or nobody any more.
#include "server/core/collecting.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace dialogue {
namespace {

ConnectionInfo info_of(const Connection& connection) {
  const Identity& identity = *connection.identity;
  ConnectionInfo info{std::string(connection.session_id), identity.user_id, identity.name, identity.meta, {}};
  for (const Membership& membership : connection.memberships) info.rooms.push_back(membership.local->id);
  return info;
}

bool is_asked(const Connection& connection, const CollectConnections& question) {
  if (connection.state != SessionState::ready) return false;
  if (!question.user_id.empty() && connection.user_id() != question.user_id) return false;
  const auto& memberships = connection.memberships;
  return question.room_id.empty() || std::any_of(memberships.begin(), memberships.end(), [&](const Membership& membership) {
           return membership.local->id == question.room_id;
         });
}

}  // namespace

void Collecting::handle(CollectRooms&& question) { reply(question.reply_to, question.gather, home_.list(question.asker.get())); }

void Collecting::handle(CollectConnections&& question) {
  std::vector<ConnectionInfo> list;
  context_.connections.for_each([&](const Connection& connection) {
    if (is_asked(connection, question)) list.push_back(info_of(connection));
  });
  reply(question.reply_to, question.gather, std::move(list));
}

void Collecting::handle(CollectKicked&& question) {
  reply(question.reply_to, question.gather, sessions_.kick(question.user_id, question.reason));
}

void Collecting::handle(CollectRevoked&& question) { reply(question.reply_to, question.gather, sessions_.revoke(question.what)); }

void Collecting::handle(CollectLeft&& question) {
  std::size_t count = 0;
  context_.connections.for_each([&](Connection& connection) {
    if (connection.state == SessionState::ready && connection.user_id() == question.user_id)
      count += sessions_.memberships.expel(connection, question.room_id);
  });
  reply(question.reply_to, question.gather, count);
}

void Collecting::handle(CollectSent&& question) {
  const auto text = std::make_shared<const std::string>(std::move(question.text));
  const auto is_meant = [&question](const Connection& connection) {
    if (!question.session_id.empty()) return connection.session_id.view() == question.session_id;
    return connection.user_id() == question.user_id;
  };
  std::size_t count = 0;
  context_.connections.for_each([&](Connection& connection) {
    if (connection.state != SessionState::ready || !is_meant(connection)) return;
    context_.answer(connection, text);
    ++count;
  });
  reply(question.reply_to, question.gather, count);
}

}  // namespace dialogue
