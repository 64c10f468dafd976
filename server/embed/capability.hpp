// Something that an instance does beside serving, in a directory of its own: it is attached to the instance by a vector, in start
// order, and never mentioned elsewhere.
#pragma once
#include <functional>
#include <string>

#include "server/host/server.hpp"

namespace dialogue {

class Capability {
 public:
  Capability() = default;
  Capability(const Capability&) = delete;
  Capability& operator=(const Capability&) = delete;
  virtual ~Capability() = default;

  /// Sets what it needs of the server, before that is created. Throws SetupError.
  virtual void configure(host::ServerConfig& server_config) = 0;
  /// Starts when the server serves; the server outlives stop(). Called on the thread of listen().
  virtual void start(host::Server& server) = 0;
  /// Stops, in the reverse order of start(), once the clients are gone. Called on the thread of stop(), once after start().
  virtual void stop() = 0;
  /// Erases what it keeps of a user, whose connections have ended and whose data in the stores' rooms was erased. Blocks;
  /// called on the thread of the erasure, between start() and stop(). Gives up if `is_cancelled`. Returns false if something is
  /// left.
  [[nodiscard]] virtual bool erase_user(const std::string& user_id, const std::function<bool()>& is_cancelled) {
    static_cast<void>(user_id);
    static_cast<void>(is_cancelled);
    return true;
  }
  /// Erases what it has put into the store about a user, before the store's files are searched for what is left. Otherwise like
  /// erase_user().
  [[nodiscard]] virtual bool erase_kept(const std::string& user_id, const std::function<bool()>& is_cancelled) {
    static_cast<void>(user_id);
    static_cast<void>(is_cancelled);
    return true;
  }
};

}  // namespace dialogue
