// See request_caller.hpp.
#include "apps/chat/api/request_caller.hpp"

#include <boost/json/serialize.hpp>

#include "apps/chat/api/fields.hpp"

namespace chat {
namespace {

constexpr std::string_view kPlainCookie = "chat", kSecureCookie = "__Host-chat", kBearer = "Bearer ";

[[noreturn]] void refuse_caller() {
  refuse(FaultCode::unauthorized, "This call needs a valid access token. Log in, or refresh it.");
}

}  // namespace

std::string cookie_name(const dialogue::RouteRequest& request) {
  return std::string(request.is_secure() ? kSecureCookie : kPlainCookie);
}

SignedIn caller_by_token(Service& service, const dialogue::RouteRequest& request) {
  const std::string_view authorization = request.field("authorization").value_or("");
  auto signed_in =
      authorization.starts_with(kBearer) ? find_signed_in(service, authorization.substr(kBearer.size())) : std::nullopt;
  if (!signed_in) refuse_caller();
  return std::move(*signed_in);
}

std::string user_by_token_or_cookie(Service& service, const dialogue::RouteRequest& request) {
  if (request.field("authorization")) return caller_by_token(service, request).user.id;
  const auto token = service.tokens.read_refresh(request.cookie(cookie_name(request)).value_or(""));
  if (!token) refuse_caller();
  const auto session = service.store.read([&](Database& db) { return find_session(db, token->session_id); });
  const Rotation verdict = session ? judge(session->state, token->generation, service.now_s()) : Rotation::ended;
  if (verdict != Rotation::rotate && verdict != Rotation::repeat) refuse_caller();
  return session->user_id;
}

dialogue::RouteResponse response_of_fault(const Fault& fault) {
  boost::json::object error{{"code", info_of(fault.code).name}, {"message", fault.message}};
  if (!fault.path.empty()) error["path"] = fault.path;
  auto response =
      dialogue::RouteResponse::json(boost::json::serialize(boost::json::object{{"error", error}}), info_of(fault.code).status);
  response.fields.emplace_back("Cache-Control", "no-store");
  if (fault.retry_after_s > 0) response.fields.emplace_back("Retry-After", std::to_string(fault.retry_after_s));
  return response;
}

}  // namespace chat
