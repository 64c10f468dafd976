// Calls of the application as JSON, and their answers. Pure functions.
//
//   {"call":"publish","room":"chat","event":"message","data":{"text":"hi"}}   {"seq":1,"epoch":…,"timestamp":…,"members":2}
//   {"call":"send","user":"ann","event":"note","data":{…}}                    {"connections":1}
//   {"call":"history","room":"chat","limit":100,"since":0,"before":50}        {"epoch":…,"head":…,"events":[…]}
//   {"call":"members","room":"chat"}, {"call":"connections"}, {"call":"rooms"} lists
//   {"call":"kick","user":"ann","reason":"…"}                                 {"connections":1}
//   {"call":"remove","user":"ann","room":"chat"}                              {"memberships":1}
//   {"call":"deleteRoom","room":"chat"}                                       {}
//
// A refusal is {"error":{"code":"room_unknown","message":"…","path":"$.text"}}; `code` is a name of docs/reference/errors.md.
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::page_server {

/// The call with this number, or why it is not a call.
[[nodiscard]] std::variant<core::ShardMessage, core::Error> call_of(std::string_view text, core::CallId number);

[[nodiscard]] std::string answer_text(const core::CallResult& result);

}  // namespace dialogue::page_server
