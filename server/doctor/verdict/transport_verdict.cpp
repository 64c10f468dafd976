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

Finding fault(Finding finding, std::string found, Remedy remedy) {
  finding.verdict = Verdict::fault;
  finding.found = std::move(found);
  finding.remedies = {remedy};
  return finding;
}

bool is_redirect(unsigned status) { return status >= status::kFirstRedirect && status < status::kFirstError; }

Finding refused_upgrade(Finding finding, const Answer& answer) {
  switch (answer.status) {
    case 0:
      return fault(std::move(finding), "the handshake is not answered: " + answer.fault, Remedy::pass_upgrade);
    case status::kOk:
    case status::kBadRequest:
    case status::kUpgradeRequired:
      return fault(std::move(finding),
                   "the handshake is answered by " + status_text(answer) +
                       ", not by 101: its fields Upgrade and Connection do "
                       "not reach the server",
                   Remedy::pass_upgrade);
    case status::kNotFound:
      return fault(std::move(finding), "the handshake is answered by status 404: /dialogue does not reach the server",
                   Remedy::forward);
    default:
      return judge_status(std::move(finding), "the handshake is answered by", answer);
  }
}

}  // namespace

// What has a detail is the server's own answer.
Finding judge_status(Finding finding, std::string what, const Answer& answer) {
  what += " " + with_detail(answer);
  if (is_redirect(answer.status)) return fault(std::move(finding), what + ", a redirect", Remedy::address);
  if (answer.status >= status::kFirstServerError && !answer.detail.empty())
    return fault(std::move(finding), what + ": by the server, not by the proxy", Remedy::reach_server);
  switch (answer.status) {
    case status::kUnauthorized:
    case status::kForbidden:
    case status::kProxySignIn:
      return fault(std::move(finding), what + ": the proxy requires its own sign-in", Remedy::no_sign_in);
    case status::kNotAllowed:
      return fault(std::move(finding), what + ": the method is not allowed", Remedy::methods);
    case status::kTooMany:
      return fault(std::move(finding), what + ": a limit of the proxy", Remedy::limits);
    case status::kUnavailable:
      finding =
          fault(std::move(finding), what + ": the proxy does not reach the server, or has its own limit", Remedy::reach_server);
      finding.remedies.push_back(Remedy::limits);
      return finding;
    case status::kBadGateway:
    case status::kGatewayTimeout:
      return fault(std::move(finding), what + ": the proxy does not reach the server", Remedy::reach_server);
    default:
      return fault(std::move(finding), std::move(what), Remedy::forward);
  }
}

Finding judge_websocket(const WebSocketTrial& trial) {
  Finding finding{.check = "websocket", .figures = {{"status", trial.answer.status}}};
  if (trial.answer.status != status::kSwitching) return refused_upgrade(std::move(finding), trial.answer);
  finding.figures.emplace_back("upgradeMs", trial.upgrade_ms);
  if (!trial.is_ours)
    return fault(std::move(finding), "the handshake succeeds (101), but its response lacks Sec-WebSocket-Protocol",
                 Remedy::pass_protocol);
  if (!trial.first_frame_ms && !trial.end.empty())
    return fault(std::move(finding), "the handshake succeeds, then the connection is " + trial.end + " before any frame",
                 Remedy::pass_frames);
  if (!trial.first_frame_ms)
    return fault(std::move(finding), "the handshake succeeds (101), but no frame arrives", Remedy::pass_frames);
  finding.figures.emplace_back("firstFrameMs", *trial.first_frame_ms);
  if (trial.is_held_until_next)
    return fault(std::move(finding), "the server's first frame is held until the next one", Remedy::pass_frames);
  if (trial.round_trip_ms) finding.figures.emplace_back("roundTripMs", *trial.round_trip_ms);
  if (*trial.first_frame_ms > kPromptMs) {
    finding.verdict = Verdict::warning;
    finding.found = "the first frame takes " + time_text(*trial.first_frame_ms);
    finding.remedies = {Remedy::pass_frames};
    return finding;
  }
  if (trial.reception && !trial.reception->is_welcome)
    finding.found = "frames arrive in both directions: HELLO, and the server's refusal after " + time_text(*trial.first_frame_ms);
  else if (trial.round_trip_ms)
    finding.found =
        "upgraded in " + time_text(trial.upgrade_ms) + "; a frame and its reply take " + time_text(*trial.round_trip_ms);
  else
    return fault(std::move(finding), "the first frame arrives, but no later one", Remedy::pass_frames);
  return finding;
}

Finding judge_stream(const std::string& check, const StreamTrial& trial) {
  Finding finding{.check = check, .figures = {{"status", trial.answer.status}}};
  if (trial.head_ms) finding.figures.emplace_back("headMs", *trial.head_ms);
  if (trial.first_event_ms) finding.figures.emplace_back("firstEventMs", *trial.first_event_ms);
  if (trial.echo_ms) finding.figures.emplace_back("echoMs", *trial.echo_ms);
  const bool is_refused = trial.answer.status == status::kUnauthorized || trial.answer.status == status::kForbidden;
  if (is_refused && !trial.answer.detail.empty()) {
    finding.verdict = Verdict::warning;
    finding.found =
        "not tested: the server refuses it (" + with_detail(trial.answer) + "); the proxy is not the cause. Pass --token";
    return finding;
  }
  if (trial.answer.status == status::kNotFound)
    return fault(std::move(finding), "status 404: the path does not reach the server", Remedy::forward);
  if (trial.answer.status != status::kOk && trial.answer.status != 0)
    return judge_status(std::move(finding), "it is answered by", trial.answer);
  if (!trial.head_ms)
    return fault(std::move(finding), "not even the head of the response arrives: " + trial.answer.fault + "; it is delayed",
                 Remedy::no_buffering);
  if (trial.content_type.find("text/event-stream") == std::string::npos)
    return fault(std::move(finding), "the response was replaced: it is " + trial.content_type + ", not text/event-stream",
                 Remedy::forward);
  const bool is_prompt = trial.first_event_ms && *trial.first_event_ms <= kPromptMs &&
                         (!trial.asks_echo || (trial.echo_ms && *trial.echo_ms <= kPromptMs));
  if (!trial.content_encoding.empty()) {
    finding = fault(std::move(finding),
                    "the response is compressed (Content-Encoding: " + trial.content_encoding + ")" +
                        (is_prompt ? "; its pieces still arrive in time" : ", and its events are delayed"),
                    Remedy::no_compression);
    if (is_prompt) finding.verdict = Verdict::warning;
    return finding;
  }
  if (!trial.first_event_ms)
    return fault(std::move(finding), "the head arrives after " + time_text(*trial.head_ms) + ", but no event: events are delayed",
                 Remedy::no_buffering);
  if (*trial.first_event_ms > kPromptMs)
    return fault(std::move(finding), "the first event takes " + time_text(*trial.first_event_ms) + ": it was delayed",
                 Remedy::no_buffering);
  if (!is_prompt)
    return fault(std::move(finding),
                 trial.echo_ms ? "an event that is sent at once takes " + time_text(*trial.echo_ms)
                               : "the first event arrives, but no later one: events are delayed",
                 Remedy::no_buffering);
  finding.found = "first event after " + time_text(*trial.first_event_ms) +
                  (trial.echo_ms ? ", a frame and its reply " + time_text(*trial.echo_ms) : "") + "; not compressed, not cached";
  if (!trial.cached.empty() || trial.cache_control.find("no-transform") == std::string::npos) {
    finding.verdict = Verdict::warning;
    finding.found = trial.cached.empty() ? "Cache-Control was changed to \"" + trial.cache_control + "\""
                                         : "it comes from a cache (" + trial.cached + ")";
    finding.remedies = {Remedy::no_cache};
  }
  return finding;
}

Finding judge_poll(const PollTrial& trial) {
  Finding finding{.check = "long polling", .figures = {{"answered", trial.answered}, {"longestMs", trial.longest_ms}}};
  if (trial.opening.status == status::kNotFound)
    return fault(std::move(finding), "status 404: /dialogue/poll does not reach the server", Remedy::forward);
  if (trial.opening.status != status::kOk) return judge_status(std::move(finding), "a poll is answered by", trial.opening);
  if (trial.cut_ms) {
    finding.figures.emplace_back("cutMs", *trial.cut_ms);
    std::string found = "a poll that is held for " + time_text(trial.hold_ms) + " is cut after " + time_text(*trial.cut_ms) +
                        ": " + status_text(trial.cut);
    if (trial.works_ms) {
      finding.figures.emplace_back("worksMs", *trial.works_ms);
      found += "; one of " + time_text(*trial.works_ms) + " is answered, and clients detect this by themselves";
    }
    return fault(std::move(finding), std::move(found), Remedy::idle_response);
  }
  if (!trial.reception || !trial.reception->is_welcome)
    finding.found = "polls are answered; how long one may be held was not tested, since the server refuses HELLO";
  else
    finding.found = "a poll was held for " + time_text(trial.longest_ms) + " and answered";
  return finding;
}

Finding judge_body(const BodyTrial& trial) {
  Finding finding{.check = "request body", .figures = {{"bytes", trial.bytes}, {"status", trial.answer.status}}};
  const std::string size = std::to_string(trial.bytes) + " bytes, the largest message,";
  if (trial.answer.status == status::kTooLarge)
    return fault(std::move(finding), "a body of " + size + " is refused with status 413", Remedy::body_size);
  if (trial.answer.status == 0)
    return fault(std::move(finding), "a body of " + size + " is not answered: " + trial.answer.fault, Remedy::body_size);
  if (trial.answer.status != status::kGone && trial.answer.status != status::kOk)
    return judge_status(std::move(finding), "a body of " + size + " is answered by", trial.answer);
  finding.found = "a body of " + size + " passes";
  return finding;
}

Finding judge_origin(const OriginTrial& trial) {
  Finding finding{.check = "origin", .figures = {{"status", trial.answer.status}}};
  if (trial.answer.status == status::kForbidden && !trial.answer.detail.empty())
    return fault(std::move(finding),
                 "a page of " + trial.origin + " is refused: the server does not see this Host, or not this scheme",
                 Remedy::pass_host);
  if (trial.answer.status != status::kGone)
    return judge_status(std::move(finding), "a request of a page is answered by", trial.answer);
  finding.found = "a page of " + trial.origin + " is accepted";
  return finding;
}

}  // namespace dialogue::doctor
