// WebSocket, streams and polls. See verdicts.hpp.
#include <algorithm>

#include "server/doctor/verdict/verdicts.hpp"
#include "server/doctor/wire/http_status.hpp"

namespace dialogue::doctor {
namespace {

std::string status_text(const Answer& answer) {
  return answer.status == 0 ? answer.fault : "status " + std::to_string(answer.status);
}

std::string with_detail(const Answer& answer) {
  return status_text(answer) + (answer.detail.empty() ? "" : " (" + answer.detail + ")");
}

Finding fault(Finding finding, std::string found, Fix fix) {
  finding.verdict = Verdict::fault;
  finding.found = std::move(found);
  finding.fixes = {fix};
  return finding;
}

bool is_redirect(unsigned status) { return status >= status::kFirstRedirect && status < status::kFirstError; }

Finding refused_upgrade(Finding finding, const Answer& answer) {
  switch (answer.status) {
    case 0:
      return fault(std::move(finding), "the handshake is not answered: " + answer.fault, Fix::pass_upgrade);
    case status::kOk:
    case status::kBadRequest:
    case status::kUpgradeRequired:
      return fault(std::move(finding),
                   "the handshake is answered by " + status_text(answer) +
                       ", not by 101: its fields Upgrade and Connection do "
                       "not reach the server",
                   Fix::pass_upgrade);
    case status::kNotFound:
      return fault(std::move(finding), "the handshake is answered by status 404: /dialogue does not reach the server",
                   Fix::forward);
    default:
      return judge_status(std::move(finding), "the handshake is answered by", answer);
  }
}

}  // namespace

// What has a detail is the server's own answer.
Finding judge_status(Finding finding, std::string what, const Answer& answer) {
  what += " " + with_detail(answer);
  if (is_redirect(answer.status)) return fault(std::move(finding), what + ", a redirect", Fix::address);
  if (answer.status >= status::kFirstServerError && !answer.detail.empty())
    return fault(std::move(finding), what + ": by the server, not by the proxy", Fix::reach_server);
  switch (answer.status) {
    case status::kUnauthorized:
    case status::kForbidden:
    case status::kProxySignIn:
      return fault(std::move(finding), what + ": the proxy requires its own sign-in", Fix::no_sign_in);
    case status::kNotAllowed:
      return fault(std::move(finding), what + ": the method is not allowed", Fix::methods);
    case status::kTooMany:
      return fault(std::move(finding), what + ": a limit of the proxy", Fix::limits);
    case status::kUnavailable:
      finding =
          fault(std::move(finding), what + ": the proxy does not reach the server, or has its own limit", Fix::reach_server);
      finding.fixes.push_back(Fix::limits);
      return finding;
    case status::kBadGateway:
    case status::kGatewayTimeout:
      return fault(std::move(finding), what + ": the proxy does not reach the server", Fix::reach_server);
    default:
      return fault(std::move(finding), std::move(what), Fix::forward);
  }
}

Finding judge_websocket(const WebSocketResult& result) {
  Finding finding{.check = "websocket", .figures = {{"status", result.answer.status}}};
  if (result.answer.status != status::kSwitching) return refused_upgrade(std::move(finding), result.answer);
  finding.figures.emplace_back("upgradeMs", result.upgrade_ms);
  if (!result.is_ours)
    return fault(std::move(finding), "the handshake succeeds (101), but its response lacks Sec-WebSocket-Protocol",
                 Fix::pass_protocol);
  if (!result.first_frame_ms && !result.end.empty())
    return fault(std::move(finding), "the handshake succeeds, then the connection is " + result.end + " before any frame",
                 Fix::pass_frames);
  if (!result.first_frame_ms)
    return fault(std::move(finding), "the handshake succeeds (101), but no frame arrives", Fix::pass_frames);
  finding.figures.emplace_back("firstFrameMs", *result.first_frame_ms);
  if (result.is_held_until_next)
    return fault(std::move(finding), "the server's first frame is held until the next one", Fix::pass_frames);
  if (result.round_trip_ms) finding.figures.emplace_back("roundTripMs", *result.round_trip_ms);
  if (*result.first_frame_ms > kPromptMs) {
    finding.verdict = Verdict::warning;
    finding.found = "the first frame takes " + time_text(*result.first_frame_ms);
    finding.fixes = {Fix::pass_frames};
    return finding;
  }
  if (result.reception && !result.reception->is_welcome)
    finding.found =
        "frames arrive in both directions: HELLO, and the server's refusal after " + time_text(*result.first_frame_ms);
  else if (result.round_trip_ms)
    finding.found =
        "upgraded in " + time_text(result.upgrade_ms) + "; a frame and its reply take " + time_text(*result.round_trip_ms);
  else
    return fault(std::move(finding), "the first frame arrives, but no later one", Fix::pass_frames);
  return finding;
}

Finding judge_stream(const std::string& check, const StreamResult& result) {
  Finding finding{.check = check, .figures = {{"status", result.answer.status}}};
  if (result.head_ms) finding.figures.emplace_back("headMs", *result.head_ms);
  if (result.first_event_ms) finding.figures.emplace_back("firstEventMs", *result.first_event_ms);
  if (result.echo_ms) finding.figures.emplace_back("echoMs", *result.echo_ms);
  const bool is_refused = result.answer.status == status::kUnauthorized || result.answer.status == status::kForbidden;
  if (is_refused && !result.answer.detail.empty()) {
    finding.verdict = Verdict::warning;
    finding.found =
        "not tested: the server refuses it (" + with_detail(result.answer) + "); the proxy is not the cause. Pass --token";
    return finding;
  }
  if (result.answer.status == status::kNotFound)
    return fault(std::move(finding), "status 404: the path does not reach the server", Fix::forward);
  if (result.answer.status != status::kOk && result.answer.status != 0)
    return judge_status(std::move(finding), "it is answered by", result.answer);
  if (!result.head_ms)
    return fault(std::move(finding), "not even the head of the response arrives: " + result.answer.fault + "; it is delayed",
                 Fix::no_buffering);
  if (result.content_type.find("text/event-stream") == std::string::npos)
    return fault(std::move(finding), "the response was replaced: it is " + result.content_type + ", not text/event-stream",
                 Fix::forward);
  const bool is_prompt = result.first_event_ms && *result.first_event_ms <= kPromptMs &&
                         (!result.asks_echo || (result.echo_ms && *result.echo_ms <= kPromptMs));
  if (!result.content_encoding.empty()) {
    finding = fault(std::move(finding),
                    "the response is compressed (Content-Encoding: " + result.content_encoding + ")" +
                        (is_prompt ? "; its pieces still arrive in time" : ", and its events are delayed"),
                    Fix::no_compression);
    if (is_prompt) finding.verdict = Verdict::warning;
    return finding;
  }
  if (!result.first_event_ms)
    return fault(std::move(finding),
                 "the head arrives after " + time_text(*result.head_ms) + ", but no event: events are delayed",
                 Fix::no_buffering);
  if (*result.first_event_ms > kPromptMs)
    return fault(std::move(finding), "the first event takes " + time_text(*result.first_event_ms) + ": it was delayed",
                 Fix::no_buffering);
  if (!is_prompt)
    return fault(std::move(finding),
                 result.echo_ms ? "an event that is sent at once takes " + time_text(*result.echo_ms)
                                : "the first event arrives, but no later one: events are delayed",
                 Fix::no_buffering);
  finding.found = "first event after " + time_text(*result.first_event_ms) +
                  (result.echo_ms ? ", a frame and its reply " + time_text(*result.echo_ms) : "") +
                  "; not compressed, not cached";
  if (!result.cached.empty() || result.cache_control.find("no-transform") == std::string::npos) {
    finding.verdict = Verdict::warning;
    finding.found = result.cached.empty() ? "Cache-Control was changed to \"" + result.cache_control + "\""
                                          : "it comes from a cache (" + result.cached + ")";
    finding.fixes = {Fix::no_cache};
  }
  return finding;
}

Finding judge_poll(const PollResult& result) {
  Finding finding{.check = "long polling", .figures = {{"answered", result.answered}, {"longestMs", result.longest_ms}}};
  if (result.opening.status == status::kNotFound)
    return fault(std::move(finding), "status 404: /dialogue/poll does not reach the server", Fix::forward);
  if (result.opening.status != status::kOk) return judge_status(std::move(finding), "a poll is answered by", result.opening);
  if (result.cut_ms) {
    finding.figures.emplace_back("cutMs", *result.cut_ms);
    std::string found = "a poll that is held for " + time_text(result.hold_ms) + " is cut after " + time_text(*result.cut_ms) +
                        ": " + status_text(result.cut);
    if (result.works_ms) {
      finding.figures.emplace_back("worksMs", *result.works_ms);
      found += "; one of " + time_text(*result.works_ms) + " is answered, and clients detect this by themselves";
    }
    return fault(std::move(finding), std::move(found), Fix::idle_response);
  }
  if (!result.reception || !result.reception->is_welcome)
    finding.found = "polls are answered; how long one may be held was not tested, since the server refuses HELLO";
  else
    finding.found = "a poll was held for " + time_text(result.longest_ms) + " and answered";
  return finding;
}

Finding judge_body(const BodyResult& result) {
  Finding finding{.check = "request body", .figures = {{"bytes", result.bytes}, {"status", result.answer.status}}};
  const std::string size = std::to_string(result.bytes) + " bytes, the largest message,";
  if (result.answer.status == status::kTooLarge)
    return fault(std::move(finding), "a body of " + size + " is refused with status 413", Fix::body_size);
  if (result.answer.status == 0)
    return fault(std::move(finding), "a body of " + size + " is not answered: " + result.answer.fault, Fix::body_size);
  if (result.answer.status != status::kGone && result.answer.status != status::kOk)
    return judge_status(std::move(finding), "a body of " + size + " is answered by", result.answer);
  finding.found = "a body of " + size + " passes";
  return finding;
}

Finding judge_origin(const OriginResult& result) {
  Finding finding{.check = "origin", .figures = {{"status", result.answer.status}}};
  if (result.answer.status == status::kForbidden && !result.answer.detail.empty())
    return fault(std::move(finding),
                 "a page of " + result.origin + " is refused: the server does not see this Host, or not this scheme",
                 Fix::pass_host);
  if (result.answer.status != status::kGone)
    return judge_status(std::move(finding), "a request of a page is answered by", result.answer);
  finding.found = "a page of " + result.origin + " is accepted";
  return finding;
}

}  // namespace dialogue::doctor
