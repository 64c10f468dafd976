// See call.hpp.
#include "apps/chat/api/call.hpp"

namespace chat {

std::vector<Call> call_table() {
  std::vector<Call> table;
  for (const auto& calls : {account_calls(), profile_calls(), session_calls(), room_calls(), member_calls(), moderation_calls(),
                            message_calls(), invitation_calls()})
    table.insert(table.end(), calls.begin(), calls.end());
  return table;
}

boost::json::object json_of(const User& user) {
  boost::json::object json{{"id", user.id}, {"name", user.name}, {"displayName", user.display_name}};
  if (user.hue) json["hue"] = *user.hue;
  return json;
}

}  // namespace chat
