// A Socket.IO client's requests to rooms: the `auth` of its CONNECT, and the argument of its events. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace dialogue::transport {

/// CONNECT's `auth`, and what socket.io-client adds to it to be recovered.
struct RoomsAuth {
  std::string token;     ///< empty: none
  std::string identity;  ///< of a development identity, a JSON object; empty: none
  std::string pid, offset;
};
/// `auth` is a JSON object or empty. The other result is the fault in it.
[[nodiscard]] std::variant<RoomsAuth, std::string> read_rooms_auth(std::string_view auth);

enum class RoomsAction : std::uint8_t { join, leave, subscribe, subscribe_all, unsubscribe, trigger, list, history };
[[nodiscard]] std::optional<RoomsAction> rooms_action(std::string_view event);

struct RoomsRequest {
  std::string room_id;      ///< empty: not given
  std::string event;        ///< `eventName`, or `event` of a trigger
  std::string_view data{};  ///< JSON, into the argument; empty: not given
  std::optional<std::uint64_t> limit{}, before{};
  bool deletes = false;  ///< a trigger: the key that the data has
  std::string id{};      ///< of a trigger, which is safe to repeat with it; empty: not given
};
/// The first argument of an event; empty: there is none. The other result is the fault in it.
[[nodiscard]] std::variant<RoomsRequest, std::string> read_rooms_request(RoomsAction action, std::string_view argument);

}  // namespace dialogue::transport
