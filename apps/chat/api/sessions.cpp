// See sessions.hpp.
#include "apps/chat/api/sessions.hpp"

#include "apps/chat/security/random.hpp"

namespace chat {

Answer session_answer(const Service& service, const User& user, std::string_view session_id, std::uint64_t generation) {
  boost::json::object body;
  body["user"] = json_of(user);
  body["session"] = session_id;
  body["accessToken"] = service.tokens.access(session_id, service.now_s() + kAccessLifeS);
  body["expiresIn"] = kAccessLifeS;
  return {std::move(body), service.tokens.refresh(session_id, generation)};
}

Answer begin_session(Service& service, const User& user, std::string_view device) {
  const std::uint64_t now_s = service.now_s();
  const Session session{random_uuid(), user.id, std::string(device), {1, now_s, now_s, false}};
  std::vector<std::string> ended;
  service.store.write([&](Database& db) {
    std::vector<Session> others = sessions_of(db, user.id, now_s);
    for (; others.size() >= kSessionsPerUserMax; others.pop_back()) {
      end_session(db, others.back().id, now_s);
      ended.push_back(others.back().id);
    }
    insert_session(db, session);
  });
  for (const auto& id : ended) service.realtime.end_session(id);
  return session_answer(service, user, session.id, session.state.generation);
}

std::optional<SignedIn> find_signed_in(Service& service, std::string_view access_token) {
  const std::uint64_t now_s = service.now_s();
  const auto access = service.tokens.read_access(access_token, now_s);
  if (!access) return std::nullopt;
  return service.store.read([&](Database& db) -> std::optional<SignedIn> {
    const auto session = find_session(db, access->session_id);
    if (!session || !is_alive(session->state, now_s)) return std::nullopt;
    auto user = find_user(db, session->user_id);
    if (!user) return std::nullopt;
    return SignedIn{std::move(*user), session->id, access->expires_s};
  });
}

}  // namespace chat
