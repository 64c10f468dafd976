// Sessions: refresh, log out, list, end.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/sessions.hpp"

namespace chat {
namespace {

void finish_empty(const boost::json::object& request) { Fields(request).finish(); }

[[noreturn]] void refuse_session() { throw Refused({FaultCode::session_ended, "This session has ended. Log in again."}, true); }

/// What became of a refresh token.
struct Refreshed {
  Rotation verdict = Rotation::ended;
  Session session;
  std::optional<User> user;
};

/// Judges the token, and makes its successor or ends the session.
Refreshed rotate(Database& db, const Tokens::Refresh& token, std::uint64_t now_s) {
  auto session = find_session(db, token.session_id);
  if (!session) return {};
  Refreshed result{judge(session->state, token.generation, now_s), std::move(*session), std::nullopt};
  if (result.verdict == Rotation::reuse) end_session(db, token.session_id, now_s);
  if (result.verdict == Rotation::rotate) rotate_session(db, token.session_id, ++result.session.state.generation, now_s);
  result.user = find_user(db, result.session.user_id);
  return result;
}

Answer refresh(Service& service, const Caller& caller, const boost::json::object& request) {
  finish_empty(request);
  if (caller.refresh.empty()) return {boost::json::object{{"user", nullptr}}};
  const auto token = service.tokens.read_refresh(caller.refresh);
  if (!token) refuse_session();
  const Refreshed result = service.store.write([&](Database& db) { return rotate(db, *token, service.now_s()); });
  if (result.verdict == Rotation::reuse) service.realtime.end_session(token->session_id);
  if (result.verdict == Rotation::reuse || result.verdict == Rotation::ended || !result.user) refuse_session();
  return session_answer(service, *result.user, result.session.id, result.session.state.generation);
}

/// Ends the session of the cookie, so that it works where the access token has expired.
Answer logout(Service& service, const Caller& caller, const boost::json::object& request) {
  finish_empty(request);
  const auto token = service.tokens.read_refresh(caller.refresh);
  if (token && service.store.write([&](Database& db) { return end_session(db, token->session_id, service.now_s()); }))
    service.realtime.end_session(token->session_id);
  return {boost::json::object(), std::nullopt, true};
}

Answer list_sessions(Service& service, const Caller& caller, const boost::json::object& request) {
  finish_empty(request);
  boost::json::array list;
  const auto sessions = service.store.read([&](Database& db) { return sessions_of(db, caller.user.id, service.now_s()); });
  for (const Session& session : sessions)
    list.push_back(boost::json::object{{"id", session.id},
                                       {"device", session.device},
                                       {"created", session.state.created_s * 1000},
                                       {"active", session.state.rotated_s * 1000},
                                       {"isThis", session.id == caller.session_id}});
  return {boost::json::object{{"sessions", std::move(list)}}};
}

Answer end_one(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string id = fields.id("session");
  fields.finish();
  const bool has_ended = service.store.write([&](Database& db) {
    const auto session = find_session(db, id);
    return session && session->user_id == caller.user.id && end_session(db, id, service.now_s());
  });
  if (!has_ended) refuse(FaultCode::not_found, "You have no such session.", "session");
  service.realtime.end_session(id);
  return {boost::json::object()};
}

}  // namespace

std::vector<Call> session_calls() {
  return {
      {"account.refresh", Needs::nothing, Pace::quick, 0, "A new access token for the cookie, which is replaced.", refresh},
      {"account.logout", Needs::nothing, Pace::quick, 0, "Ends the session of the cookie.", logout},
      {"account.sessions", Needs::session, Pace::quick, 0, "The user's sessions, the last used first.", list_sessions},
      {"account.session.end", Needs::session, Pace::quick, 0, "Ends one of the user's sessions.", end_one},
  };
}

}  // namespace chat
