// See hooks.hpp. Hooks run on the threads of calls, since they read the database.
#include "apps/chat/bridge/hooks.hpp"

#include <dialogue/async.hpp>

#include <boost/asio/post.hpp>

#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/api/sessions.hpp"
#include "apps/chat/bridge/publish_rules.hpp"
#include "apps/chat/bridge/room_name.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::string_view kNotMember = "You are not a member of this room.";

dialogue::AuthResult identify(Service& service, const std::string& token) {
  const auto signed_in = find_signed_in(service, token);
  if (!signed_in) return dialogue::Refusal{dialogue::ErrorCode::token_expired, "This session needs a new access token."};
  auto facts = std::make_shared<dialogue::TokenFacts>();
  facts->id = signed_in->session_id;
  facts->issued_s = service.now_s();
  facts->expires_s = signed_in->expires_s;
  return dialogue::Identity{
      .user_id = signed_in->user.id, .name = signed_in->user.display_name, .meta = {}, .role = {}, .token = std::move(facts)};
}

bool is_member(Service& service, std::string_view room, std::string_view user_id) {
  const auto id = id_of_room(room);
  return id && service.store.read([&](Database& db) { return role_in(db, *id, user_id).has_value(); });
}

/// A banned user learns why.
dialogue::HookVerdict judge_join(Service& service, const dialogue::HookQuestion& question) {
  const std::string& user = question.identity->user_id;
  if (is_member(service, question.room_id, user)) return dialogue::HookVerdict::allow();
  const auto id = id_of_room(question.room_id);
  const auto now_ms = static_cast<std::int64_t>(service.unix_ms());
  const auto ban =
      id ? service.store.read([&](Database& db) { return find_restriction(db, *id, user, Restriction::Kind::ban, now_ms); })
         : std::nullopt;
  return dialogue::HookVerdict::deny(ban ? words_of(*ban) : std::string(kNotMember));
}

dialogue::HookVerdict judge_publish(Service& service, const dialogue::HookQuestion& question) {
  const auto id = id_of_room(question.room_id);
  if (!id) return dialogue::HookVerdict::deny(std::string(kNotMember));
  const Attempt attempt{*id, question.identity->user_id, question.event, question.payload,
                        static_cast<std::int64_t>(service.unix_ms())};
  const auto objection = service.store.read([&](Database& db) { return objection_to(db, attempt); });
  if (!objection && question.event == "message")
    if (const auto wait = service.store.write([&](Database& db) { return wait_in_slow_room(db, attempt); }))
      return dialogue::HookVerdict::deny(*wait);
  if (!objection) return dialogue::HookVerdict::allow();
  if (!objection->is_passing) return dialogue::HookVerdict::deny(objection->reason);
  return {dialogue::ErrorCode::hook_unavailable, objection->reason, {}, {}};
}

using Judge = dialogue::HookVerdict (*)(Service& service, const dialogue::HookQuestion& question);

/// Judges on a thread of calls. Where the database cannot answer, clients try again.
dialogue::AsyncHook hook(Service& service, CallThreads& threads, Judge judge) {
  return {[&service, &threads, judge](dialogue::HookQuestion&& question, std::function<void(dialogue::HookVerdict)> done) {
    boost::asio::post(threads.quick, [&service, judge, question = std::move(question), done = std::move(done)] {
      dialogue::HookVerdict verdict;
      try {
        verdict = judge(service, question);
      } catch (const std::exception& fault) { verdict = {dialogue::ErrorCode::hook_unavailable, fault.what(), {}, {}}; }
      done(std::move(verdict));
    });
  }};
}

}  // namespace

dialogue::IdentitySource authenticator(Service& service, CallThreads& threads) {
  return [&service, &threads](dialogue::IdentityQuestion&& asked, std::function<void(dialogue::AuthResult)> done) {
    boost::asio::post(threads.quick, [&service, token = asked.credentials.token, done = std::move(done)] {
      dialogue::AuthResult result = dialogue::Refusal{dialogue::ErrorCode::identity_unavailable, "The database cannot answer."};
      try {
        result = identify(service, token);
      } catch (const std::exception&) {
        // The client tries again.
      }
      done(std::move(result));
    });
  };
}

void add_hooks(dialogue::Instance& server, Service& service, CallThreads& threads) {
  server.on_join(hook(service, threads, judge_join));
  server.use(hook(service, threads, judge_publish));
  // A removal may happen between the verdict on a join and the join itself: look again afterwards.
  server.on_joined([&service, &threads](dialogue::Client& client, std::string_view room) {
    boost::asio::post(threads.quick, [&service, user = client.user_id(), room = std::string(room)] {
      const auto id = id_of_room(room);
      if (id && !is_member(service, room, user)) service.realtime.remove(user, *id);
    });
  });
}

}  // namespace chat
