// The shared state of the handles of one socket, which outlives it. Each member names its thread.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "server/socketio/namespace_state.hpp"
#include "server/socketio/socket.hpp"

namespace dialogue::socketio {

class AppSocket;
class LoopShare;

struct SocketRecord {
  SocketRecord(std::string its_id, Handshake its_handshake, std::shared_ptr<NamespaceState> its_state,
               std::shared_ptr<LoopShare> its_part)
      : id(std::move(its_id)), handshake(std::move(its_handshake)), state(std::move(its_state)), part(std::move(its_part)) {}

  const std::string id;
  const Handshake handshake;
  const std::shared_ptr<NamespaceState> state;
  const std::shared_ptr<LoopShare> part;
  AppSocket* place = nullptr;  ///< the loop's thread; null: it has left
  std::atomic<bool> is_connected{false};

  mutable std::mutex mutex;  ///< of the rest, which the loop's thread alone changes, `data` aside
  std::set<std::string> rooms;
  std::string data;
};

}  // namespace dialogue::socketio
