// See members.hpp.
#include "server/socketio/members.hpp"

#include <algorithm>

#include "server/socketio/app_socket.hpp"

namespace dialogue::socketio {

void Members::add(AppSocket& socket) { by_id_[socket.id()] = &socket; }

void Members::remove(AppSocket& socket) {
  by_id_.erase(socket.id());
  for (const std::string& room : socket.rooms()) leave(socket, room);
}

void Members::join(AppSocket& socket, const std::string& room) { rooms_[room].insert(&socket); }

void Members::leave(AppSocket& socket, const std::string& room) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return;
  found->second.erase(&socket);
  if (found->second.empty()) rooms_.erase(found);
}

bool Members::is_in(const AppSocket& socket, const std::string& room) const {
  if (socket.id() == room) return true;
  const auto found = rooms_.find(room);
  return found != rooms_.end() && found->second.contains(const_cast<AppSocket*>(&socket));
}

bool Members::is_excepted(const AppSocket& socket, const Target& target) const {
  return std::any_of(target.except.begin(), target.except.end(), [&](const std::string& room) { return is_in(socket, room); });
}

std::vector<AppSocket*> Members::find(const Target& target) const {
  std::vector<AppSocket*> found;
  const auto take = [&](AppSocket* socket) {
    if (!is_excepted(*socket, target)) found.push_back(socket);
  };
  if (target.rooms.empty())
    for (const auto& [id, socket] : by_id_) take(socket);
  for (const std::string& room : target.rooms) {
    if (const auto alone = by_id_.find(room); alone != by_id_.end()) take(alone->second);
    if (const auto its = rooms_.find(room); its != rooms_.end()) std::for_each(its->second.begin(), its->second.end(), take);
  }
  if (target.rooms.empty()) return found;
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<AppSocket*> Members::page(const Target& target, std::string_view after, std::size_t limit) const {
  std::vector<AppSocket*> found;
  const auto is_named = [&](const AppSocket& socket) {
    return target.rooms.empty() ||
           std::any_of(target.rooms.begin(), target.rooms.end(), [&](const std::string& room) { return is_in(socket, room); });
  };
  for (auto it = by_id_.upper_bound(after); it != by_id_.end() && found.size() < limit; ++it)
    if (is_named(*it->second) && !is_excepted(*it->second, target)) found.push_back(it->second);
  return found;
}

}  // namespace dialogue::socketio
