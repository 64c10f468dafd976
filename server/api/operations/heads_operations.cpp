// Heads of rooms, and marks of users.
#include <array>
#include <optional>
#include <utility>

#include "server/api/api_call.hpp"
#include "server/api/table/areas.hpp"
#include "server/core/access/identity.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

/// A body that fits its schema. Nothing when one of its texts holds a NUL.
std::optional<HeadsRequest> read_heads_request(std::string_view body) {
  HeadsRequest read;
  JsonReader reader(body);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key == "user")
      static_cast<void>(reader.read_string(read.user));
    else
      static_cast<void>(core::read_texts(reader, key == "rooms" ? read.rooms : read.events));
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

std::optional<MarkRequest> read_mark_request(std::string_view body) {
  MarkRequest read;
  JsonReader reader(body);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key == "room") static_cast<void>(reader.read_string(read.room));
    if (key == "seq") static_cast<void>(reader.read_integer(read.seq));
    if (key == "back") static_cast<void>(reader.read_boolean(read.may_go_back));
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

void show_heads(const ApiCallPtr& call) {
  auto what = read_heads_request(call->body);
  if (!what) return call->refuse({ErrorCode::request_invalid, "a text contains a NUL", {}});
  for (const std::string& room : what->rooms)
    if (!is_name(room)) return call->refuse({ErrorCode::name_invalid, room, "$.rooms"});
  if (!what->user.empty() && !core::is_user_id(what->user))
    return call->refuse({ErrorCode::request_invalid, "this is not a user id", "$.user"});
  call->api.settings().heads.show(*std::move(what), [call](const core::Error& fault, const std::string& json) {
    if (fault.code != ErrorCode::ok) return call->refuse(fault);
    call->done(json_answer(200, json));
  });
}

void put_mark(const ApiCallPtr& call) {
  const std::string& user = call->request.parameters.front();
  if (!core::is_user_id(user)) return call->refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  auto what = read_mark_request(call->body);
  if (!what) return call->refuse({ErrorCode::request_invalid, "a text contains a NUL", {}});
  if (!is_name(what->room)) return call->refuse({ErrorCode::name_invalid, what->room, "$.room"});
  what->user = user;
  const std::string room = what->room;
  call->note("room", room);
  call->api.settings().heads.mark(*std::move(what), [call, room](const MarkAnswer& answer) {
    if (answer.fault.code != ErrorCode::ok) return call->refuse(answer.fault);
    call->done(json_answer(200, JsonText().text("room", room).number("epoch", answer.epoch).number("seq", answer.seq).take()));
  });
}

constexpr std::array kHeadsRoutes = {
    Route{.run = show_heads,
          .operation_id = "showHeads",
          .method = "POST",
          .path = "/heads",
          .summary = "Shows the newest sequences of up to 2,000 rooms, and how many events a user has not read in each.",
          .right = core::Right::manage,
          .scope = ApiScope::read,
          .body = "HeadsRequest",
          .answer = "Heads",
          .refusals = "413 415 422"},
    Route{.run = put_mark,
          .operation_id = "putMark",
          .method = "PUT",
          .path = "/users/{user}/marks",
          .summary = "Moves the mark of a user in a room: what is up to it counts as read, in all of the user's sessions.",
          .right = core::Right::manage,
          .scope = ApiScope::users,
          .body = "MarkRequest",
          .answer = "Mark",
          .refusals = "404 413 415 422"},
};

}  // namespace

std::span<const Route> heads_routes() { return kHeadsRoutes; }

}  // namespace dialogue::api
