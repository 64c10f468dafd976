// The sockets of one namespace on one loop, by id and by room. Used by the loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::socketio {

class AppSocket;

/// Which sockets of a namespace: those in any of `rooms`, all where none is named, without those in any of `except`. Each socket
/// is in a room of its own id.
struct Target {
  std::vector<std::string> rooms, except;
};

class Members {
 public:
  void add(AppSocket& socket);
  /// From its rooms, too.
  void remove(AppSocket& socket);
  void join(AppSocket& socket, const std::string& room);
  void leave(AppSocket& socket, const std::string& room);

  /// Those that `target` names, each once, sorted by nothing. They may leave while they are used: look at each before.
  [[nodiscard]] std::vector<AppSocket*> find(const Target& target) const;
  /// The first `limit` of them by id, beyond `after`.
  [[nodiscard]] std::vector<AppSocket*> page(const Target& target, std::string_view after, std::size_t limit) const;
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

 private:
  [[nodiscard]] bool is_in(const AppSocket& socket, const std::string& room) const;
  [[nodiscard]] bool is_excepted(const AppSocket& socket, const Target& target) const;

  std::map<std::string, AppSocket*, std::less<>> by_id_;
  std::map<std::string, std::set<AppSocket*>, std::less<>> rooms_;  ///< no empty ones
};

}  // namespace dialogue::socketio
