// Heads of rooms and marks of users in the HTTP API: requests and answers. Plain values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/core/messages/error.hpp"

namespace dialogue::api {

struct HeadsRequest {
  std::vector<std::string> rooms, events;  ///< `events`: that count as unread; empty: all
  std::string user;                        ///< whose marks; empty: without marks
};

struct MarkRequest {
  std::string user, room;
  std::uint64_t seq = 0;
  bool may_go_back = false;
};

/// The result of a MarkRequest. Errors: request_invalid (`seq` is greater than the room's newest sequence), store_full (too many
/// marks), and other errors of the room or the store.
struct MarkAnswer {
  core::Error fault{};
  std::uint64_t epoch = 0, seq = 0;
};

/// Each `done` is called once, on any thread.
struct HeadsApi {
  /// Calls `done` with {"heads":[...]}, or with the error. Error: rate_limited, if too many rooms are watched.
  std::function<void(HeadsRequest what, std::function<void(core::Error fault, std::string json)> done)> show{};
  std::function<void(MarkRequest what, std::function<void(MarkAnswer)> done)> mark{};
};

}  // namespace dialogue::api
