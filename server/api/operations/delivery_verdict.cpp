// See delivery_verdict.hpp. A position says of what a connection was notified, by EVENT, SKIP or GAP: whether it was the event
// depends on what the connection was subscribed to, of which only the present is known.
#include "server/api/operations/delivery_verdict.hpp"

#include <algorithm>
#include <array>

namespace dialogue::api {
namespace {

using Answer = DeliveryAnswer;

/// What the log has of the sequence.
enum class LogState : std::uint8_t { present, not_yet, trimmed, removed, damaged };

struct Finding {
  Answer answer;
  std::string_view reason;
};

struct ReasonText {
  std::string_view reason, sentence;
};
constexpr std::array kReasons = {
    ReasonText{"written", "The event was written to the user's connection."},
    ReasonText{"lagging", "The connection lags: it reads the log and has not come to this position yet."},
    ReasonText{"on_its_way", "The connection has not been notified of this position yet."},
    ReasonText{"joined_later", "The user joined at a later position, and did not ask for what was before."},
    ReasonText{"not_subscribed", "The connection is not subscribed to this event."},
    ReasonText{"filtered", "The filter of the connection does not let this event through."},
    ReasonText{"not_member", "The user's connections are not in this room."},
    ReasonText{"left_before", "The user left the room, or its connection ended, before this position."},
    ReasonText{"trimmed", "The log had dropped the event before the connection came to it; it was notified of a gap."},
    ReasonText{"damaged", "The stored event cannot be read any more; the connection was notified of a gap."},
    ReasonText{"event_gone",
               "The connection was notified of this position, but the log no longer has the event: whether the "
               "connection was subscribed to it cannot be known."},
    ReasonText{"other_log", "The room has another log since then: this position is of another epoch."},
    ReasonText{"not_published", "The room's log has not come to this position yet."},
    ReasonText{"others_not_asked",
               "None of the user's connections that were asked got the event, and there are more than are asked."},
    ReasonText{"user_gone", "The user has no connection, and none among those that ended last."},
};

std::string_view sentence_of(std::string_view reason) {
  const auto found = std::find_if(kReasons.begin(), kReasons.end(), [reason](const auto& each) { return each.reason == reason; });
  return found == kReasons.end() ? std::string_view() : found->sentence;
}

LogState state_of(const DeliveryQuestion& question) {
  const auto& log = question.log;
  if (question.seq > log.head) return LogState::not_yet;
  if (!log.records.empty() && log.records.front().seq == question.seq) return LogState::present;
  if (question.seq < log.base) return LogState::trimmed;
  return log.damaged.empty() ? LogState::removed : LogState::damaged;
}

/// Who was in the room and is not any more: where its own notes tell of a stay that covers the position.
Finding judge_former(const core::MemberEvidence& member, std::uint64_t seq, LogState state) {
  std::uint64_t left_at = 0;
  bool has_left = false;
  for (const core::Decision& each : member.decisions) {  // newest first
    if (each.what == core::DecisionKind::left) {
      left_at = each.seq;
      has_left = true;
    } else if (each.what == core::DecisionKind::joined && has_left) {
      if (each.seq < seq && seq <= left_at)
        return state == LogState::present ? Finding{Answer::delivered, "written"} : Finding{Answer::unknown, "event_gone"};
      if (seq > left_at) return {Answer::not_delivered, "left_before"};
      has_left = false;
    }
  }
  if (has_left && seq > left_at) return {Answer::not_delivered, "left_before"};
  return {Answer::not_delivered, "not_member"};
}

Finding judge(const core::MemberEvidence& member, const DeliveryQuestion& question, LogState state) {
  const std::uint64_t seq = question.seq;
  if (!member.is_member) return judge_former(member, seq, state);
  if (member.epoch != question.log.epoch) return {Answer::unknown, "other_log"};
  if (member.started >= seq) return {Answer::not_delivered, "joined_later"};
  if (member.position < seq) {
    if (!member.is_open) return {Answer::not_delivered, "left_before"};
    if (state == LogState::trimmed) return {Answer::not_delivered, "trimmed"};
    if (state == LogState::damaged) return {Answer::not_delivered, "damaged"};
    if (state == LogState::removed) return {Answer::unknown, "event_gone"};
    if (!member.wants_event) return {Answer::not_delivered, "not_subscribed"};
    if (!member.passes_filter) return {Answer::not_delivered, "filtered"};
    return {Answer::pending, member.is_behind ? "lagging" : "on_its_way"};
  }
  if (state == LogState::damaged) return {Answer::not_delivered, "damaged"};
  if (state != LogState::present) return {Answer::unknown, "event_gone"};
  if (!member.is_open) return {Answer::delivered, "written"};
  if (!member.wants_event) return {Answer::not_delivered, "not_subscribed"};
  return member.passes_filter ? Finding{Answer::delivered, "written"} : Finding{Answer::not_delivered, "filtered"};
}

std::string of_connection(const core::MemberEvidence& member) {
  return (member.is_open ? "Connection " : "Ended connection ") + member.session_id;
}

void add_log_evidence(DeliveryVerdict& verdict, const DeliveryQuestion& question, LogState state) {
  const auto& log = question.log;
  verdict.evidence.push_back("The room's log has epoch " + std::to_string(log.epoch) + " and sequences " +
                             std::to_string(log.base) + " to " + std::to_string(log.head) + ".");
  if (state == LogState::present) {
    const core::LogRecord& record = log.records.front();
    verdict.event = record.event;
    verdict.evidence.push_back("Sequence " + std::to_string(question.seq) + " is the event " + record.event + ".");
    if (record.from == question.user)
      verdict.evidence.emplace_back("The user published it; who publishes gets the event, too, if subscribed.");
  }
  if (state == LogState::trimmed) verdict.evidence.emplace_back("Retention has removed this sequence from the log.");
  if (state == LogState::damaged) verdict.evidence.emplace_back("The store cannot read this sequence any more.");
  if (state == LogState::removed)
    verdict.evidence.emplace_back(
        "The log keeps the place of this sequence, but not its event: it was erased, or replaced by a "
        "newer event of its kind. Members who read it after that were notified to skip it.");
}

void add_member_evidence(DeliveryVerdict& verdict, const core::MemberEvidence& member, const DeliveryQuestion& question) {
  const std::string name = of_connection(member);
  if (!member.is_member) {
    verdict.evidence.push_back(name + " is not in the room.");
  } else {
    verdict.evidence.push_back(name + " joined after sequence " + std::to_string(member.started) + " and was notified up to " +
                               std::to_string(member.position) + (member.is_behind ? "; it lags." : "."));
    if (member.position >= question.seq && member.queued_bytes > 0)
      verdict.unknown.push_back(name + (member.is_open ? " has " : " had ") + std::to_string(member.queued_bytes) +
                                " bytes that wait to be sent: the event may be among them.");
  }
  std::uint64_t dropped = 0;
  for (const core::Decision& each : member.decisions)
    if (each.what == core::DecisionKind::dropped) dropped += each.count;
  if (dropped > 0)
    verdict.evidence.push_back(name + " was too slow for " + std::to_string(dropped) +
                               " volatile events of the room, which have no sequence.");
}

void add_limits_of_knowledge(DeliveryVerdict& verdict) {
  if (verdict.reason == "written")
    verdict.unknown.emplace_back(
        "Whether the client's program has handled the event: the server knows what it wrote, not what was "
        "read.");
  if (verdict.reason == "written" || verdict.reason == "not_subscribed" || verdict.reason == "filtered")
    verdict.unknown.emplace_back("What the subscription was at that time: it is judged as it is now.");
  if (verdict.reason == "user_gone" || verdict.reason == "not_member" || verdict.reason == "left_before")
    verdict.unknown.emplace_back("What connections got that ended before the last 1,000, or on an earlier run of the server.");
}

}  // namespace

std::string_view name_of(DeliveryAnswer answer) {
  constexpr std::array<std::string_view, 4> kNames = {"delivered", "pending", "unknown", "not_delivered"};
  return kNames.at(static_cast<std::size_t>(answer));
}

DeliveryVerdict delivery_verdict(const DeliveryQuestion& question) {
  DeliveryVerdict verdict;
  const LogState state = state_of(question);
  add_log_evidence(verdict, question, state);
  if (state == LogState::not_yet) {
    verdict.answer = Answer::not_delivered;
    verdict.reason = "not_published";
    verdict.sentence = sentence_of(verdict.reason);
    return verdict;
  }
  verdict.reason = "user_gone";
  bool is_first = true;
  for (const core::MemberEvidence& member : question.members) {
    const Finding finding = judge(member, question, state);
    verdict.connections.push_back(
        {member.session_id, member.is_open, finding.answer, finding.reason, member.started, member.position});
    add_member_evidence(verdict, member, question);
    if (is_first || finding.answer < verdict.answer) {
      verdict.answer = finding.answer;
      verdict.reason = finding.reason;
    }
    is_first = false;
  }
  if (question.has_more && verdict.answer == Answer::not_delivered) {
    verdict.answer = Answer::unknown;
    verdict.reason = "others_not_asked";
  }
  verdict.sentence = sentence_of(verdict.reason);
  add_limits_of_knowledge(verdict);
  if (question.has_more)
    verdict.unknown.emplace_back("What the user's other connections got: there are more than are asked about one event.");
  return verdict;
}

}  // namespace dialogue::api
