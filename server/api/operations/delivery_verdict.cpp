// See delivery_verdict.hpp. A position is the last sequence that a connection was notified of, by EVENT, SKIP or GAP. Which of
// them it was depends on the connection's subscription. That is known if the subscription was to everything, or if the
// connection is open and has changed nothing.
#include "server/api/operations/delivery_verdict.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace dialogue::api {
namespace {

using Answer = DeliveryOutcome;

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
    ReasonText{"lagging", "The connection lags: it reads the log and has not reached this position yet."},
    ReasonText{"on_its_way", "The connection has not been notified of this position yet."},
    ReasonText{"waiting", "The event is queued in the server: the user's connection has not accepted it yet."},
    ReasonText{"ended_waiting",
               "The event was queued in the server when the connection ended. It is unknown whether it was still sent."},
    ReasonText{"joined_later", "The user joined later and did not request earlier events."},
    ReasonText{"resumed_later", "The user reconnected with a later position and did not request earlier events."},
    ReasonText{"not_subscribed", "The connection is not subscribed to this event."},
    ReasonText{"subscription_unknown",
               "The connection was not subscribed to all events, or has changed its subscription. Whether it was subscribed to "
               "this event is no longer known."},
    ReasonText{"filtered", "The connection's filter does not match this event."},
    ReasonText{"not_member", "The user's connections are not in this room."},
    ReasonText{"left_before", "The user left the room, or its connection ended, before it was notified of this position."},
    ReasonText{"trimmed", "The log had removed the event before the connection read it; the connection was notified of a gap."},
    ReasonText{"damaged", "The stored event can no longer be read; the connection was notified of a gap."},
    ReasonText{"event_gone",
               "The connection was notified of this position, but the log no longer has the event. It is unknown whether the "
               "connection was subscribed to it."},
    ReasonText{"other_log", "The room's log has been replaced since then: this position belongs to another epoch."},
    ReasonText{"not_published", "The room's log has not reached this position yet."},
    ReasonText{"others_not_asked",
               "None of the examined connections received the event; the user has more connections than are examined."},
    ReasonText{"others_forgotten", "No known connection received the event; older connections are no longer on record."},
    ReasonText{"receipt", "A receipt of the user covers this position: one of the user's connections received its events."},
    ReasonText{"user_gone", "The user has no current connection and no recently ended one."},
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

/// The verdict for a notified connection whose socket had accepted everything up to `taken`.
Finding judge_sent(bool is_open, std::uint64_t taken, std::uint64_t seq) {
  if (seq <= taken) return {Answer::delivered, "written"};
  return is_open ? Finding{Answer::pending, "waiting"} : Finding{Answer::unknown, "ended_waiting"};
}

/// The verdict for a former member, if its decisions include a stay that covers the position.
Finding judge_former(const core::MemberEvidence& member, const DeliveryQuestion& question, LogState state) {
  const std::uint64_t seq = question.seq;
  const core::Decision* left = nullptr;
  for (const core::Decision& each : member.decisions) {  // newest first
    if (each.epoch != question.log.epoch) continue;
    if (each.what == core::DecisionKind::left) {
      left = &each;
    } else if (each.what == core::DecisionKind::joined && left != nullptr) {
      if (each.seq < seq && seq <= left->seq)
        return state != LogState::present ? Finding{Answer::unknown, "event_gone"}
               : left->is_selective       ? Finding{Answer::unknown, "subscription_unknown"}
                                          : judge_sent(member.is_open, left->taken, seq);
      if (seq > left->seq) return {Answer::not_delivered, "left_before"};
      left = nullptr;
    }
  }
  if (left != nullptr && seq > left->seq) return {Answer::not_delivered, "left_before"};
  return {Answer::not_delivered, "not_member"};
}

Finding judge_outside(const core::MemberEvidence& member, const DeliveryQuestion& question, LogState state) {
  const Finding former = judge_former(member, question, state);
  if (!member.is_member || former.reason != "not_member") return former;
  if (member.epoch != question.log.epoch) return {Answer::unknown, "other_log"};
  return {Answer::not_delivered, member.from == JoinFrom::since ? "resumed_later" : "joined_later"};
}

Finding judge(const core::MemberEvidence& member, const DeliveryQuestion& question, LogState state) {
  const std::uint64_t seq = question.seq;
  if (!member.is_member || member.epoch != question.log.epoch || member.started >= seq)
    return judge_outside(member, question, state);
  const bool has_changed = member.selection == core::Selection::changed && seq <= member.selected_at;
  if (member.told < seq) {
    if (!member.is_open) return {Answer::not_delivered, "left_before"};
    if (state == LogState::trimmed) return {Answer::not_delivered, "trimmed"};
    if (state == LogState::damaged) return {Answer::not_delivered, "damaged"};
    if (state == LogState::removed) return {Answer::unknown, "event_gone"};
    // A lagging member's subscription is judged when it reads the event; that of other members was, when it was published.
    if (has_changed && !member.is_lagging) return {Answer::unknown, "subscription_unknown"};
    if (!member.wants_event) return {Answer::not_delivered, "not_subscribed"};
    if (!member.passes_filter) return {Answer::not_delivered, "filtered"};
    return {Answer::pending, member.is_lagging ? "lagging" : "on_its_way"};
  }
  if (state == LogState::damaged) return {Answer::not_delivered, "damaged"};
  if (state != LogState::present) return {Answer::unknown, "event_gone"};
  if (member.is_open ? has_changed : member.selection != core::Selection::whole) return {Answer::unknown, "subscription_unknown"};
  if (member.is_open && !member.wants_event) return {Answer::not_delivered, "not_subscribed"};
  if (member.is_open && !member.passes_filter) return {Answer::not_delivered, "filtered"};
  return judge_sent(member.is_open, member.position, seq);
}

/// The least is the best: evidence about this log precedes evidence about another log, and members precede users outside the
/// room.
int rank_of(const Finding& finding) {
  constexpr int kNotMember = 4, kOtherLog = 5;
  if (finding.reason == "other_log") return kOtherLog;
  return finding.reason == "not_member" ? kNotMember : static_cast<int>(finding.answer);
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
      verdict.evidence.emplace_back("The user published it. Publishers also receive their own events, if subscribed.");
  }
  if (state == LogState::trimmed) verdict.evidence.emplace_back("Retention has removed this sequence from the log.");
  if (state == LogState::damaged) verdict.evidence.emplace_back("The store can no longer read this sequence.");
  if (state == LogState::removed)
    verdict.evidence.emplace_back(
        "The log keeps this sequence, but not its event: it was erased, or replaced by a newer event of its kind. Members that "
        "read it later were notified to skip it.");
}

void add_position(DeliveryVerdict& verdict, const std::string& name, const core::MemberEvidence& member,
                  const DeliveryQuestion& question) {
  const bool is_other_log = member.epoch != question.log.epoch;
  const bool has_come_back = member.from == JoinFrom::since;
  std::string sentence = name + (has_come_back ? " reconnected " : " joined ");
  if (is_other_log)
    sentence += (has_come_back ? "to another log, of epoch " : "another log, of epoch ") + std::to_string(member.epoch) + ", ";
  sentence += (has_come_back ? "with the position " : "after sequence ") + std::to_string(member.started) +
              " and was notified up to " + std::to_string(member.position);
  if (member.told > member.position)
    sentence += std::string("; its later events, up to ") + std::to_string(member.told) +
                (member.is_open ? ", may be queued in the server" : ", may have been queued in the server when it ended");
  verdict.evidence.push_back(sentence + (member.is_lagging ? "; it lags." : "."));
  if (!is_other_log && member.position < question.seq && question.seq <= member.told && member.queued_bytes > 0)
    verdict.unknown.push_back(name + (member.is_open ? " has " : " had ") + std::to_string(member.queued_bytes) +
                              " queued bytes: whether they include the event, or the socket has accepted it meanwhile.");
}

void add_member_evidence(DeliveryVerdict& verdict, const core::MemberEvidence& member, const DeliveryQuestion& question) {
  const std::string name = of_connection(member);
  if (!member.is_member) {
    verdict.evidence.push_back(name + " is not in the room.");
  } else {
    add_position(verdict, name, member, question);
  }
  std::uint64_t dropped = 0;
  for (const core::Decision& each : member.decisions)
    if (each.what == core::DecisionKind::dropped) dropped += each.count;
  if (dropped > 0)
    verdict.evidence.push_back(name + " was too slow for " + std::to_string(dropped) +
                               " volatile events of the room, which have no sequence.");
}

/// Whether a connection that was in the room left the event out, or may have.
bool leaves_event_out(const DeliveryVerdict& verdict) {
  constexpr std::array<std::string_view, 3> kReasonsToLeaveOut = {"not_subscribed", "filtered", "subscription_unknown"};
  return std::any_of(verdict.connections.begin(), verdict.connections.end(), [&](const ConnectionVerdict& each) {
    return std::find(kReasonsToLeaveOut.begin(), kReasonsToLeaveOut.end(), each.reason) != kReasonsToLeaveOut.end();
  });
}

void add_limits_of_knowledge(DeliveryVerdict& verdict) {
  if (verdict.reason == "written")
    verdict.unknown.emplace_back(
        "Whether the client's program has handled the event: the server knows which bytes it wrote, not which were read.");
  if (verdict.reason == "user_gone")
    verdict.unknown.emplace_back(
        "Deliveries to connections that ended before the last 1,000, or in an earlier run of the server.");
}

/// The earliest that the event can have been published: where the log does not have it, it came after those who joined before it.
std::uint64_t earliest_ms(const DeliveryQuestion& question, LogState state) {
  if (state == LogState::present) return question.log.records.front().timestamp_ms;
  std::uint64_t earliest = 0;
  for (const core::MemberEvidence& each : question.members)
    if (each.is_member && each.epoch == question.log.epoch && each.started < question.seq && each.from == JoinFrom::tail)
      earliest = std::max(earliest, each.joined_ms);
  return earliest;
}

/// What may have got the event, and is forgotten.
std::vector<std::string> forgotten(const DeliveryQuestion& question, LogState state) {
  std::vector<std::string> found;
  const std::uint64_t event_ms = earliest_ms(question, state);
  const std::string may_be = state == LogState::present ? "is" : "may be";
  if (event_ms < question.started_ms)
    found.push_back("Deliveries in an earlier run of the server: the event " + may_be + " older than this one.");
  if (question.forgotten_ms != 0 && event_ms <= question.forgotten_ms)
    found.emplace_back("Deliveries to connections that ended after the event, but before the last 1,000 on record.");
  for (const core::MemberEvidence& each : question.members)
    if (each.forgotten_ms != 0 && event_ms <= each.forgotten_ms)
      found.push_back(of_connection(each) + ": deliveries during earlier memberships that are no longer on record.");
  return found;
}

void admit_forgotten(DeliveryVerdict& verdict, const DeliveryQuestion& question, LogState state) {
  if (verdict.answer != Answer::not_delivered && verdict.answer != Answer::unknown) return;
  std::vector<std::string> found = forgotten(question, state);
  if (found.empty() || verdict.reason == "user_gone") return;
  if (verdict.answer == Answer::not_delivered) verdict.reason = "others_forgotten";
  verdict.answer = Answer::unknown;
  verdict.unknown.insert(verdict.unknown.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

void tell_by_receipt(DeliveryVerdict& verdict, const ReceiptRow& receipt) {
  verdict.answer = Answer::delivered;
  verdict.reason = "receipt";
  verdict.sentence = sentence_of(verdict.reason);
  verdict.evidence.push_back("A receipt of the user has the sequences " + std::to_string(receipt.first) + " to " +
                             std::to_string(receipt.last) + " of this log.");
  verdict.unknown = {"Whether the event was skipped: a receipt also covers sequences that were skipped for a connection.",
                     "Whether the client's program has handled the event."};
}

}  // namespace

std::string_view name_of(DeliveryOutcome answer) {
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
  std::optional<Finding> best;
  for (const core::MemberEvidence& member : question.members) {
    const Finding finding = judge(member, question, state);
    verdict.connections.push_back(
        {member.session_id, member.is_open, finding.answer, finding.reason, member.epoch, member.started, member.position});
    add_member_evidence(verdict, member, question);
    if (!best || rank_of(finding) < rank_of(*best)) best = finding;
  }
  if (best) {
    verdict.answer = best->answer;
    verdict.reason = best->reason;
  }
  if (question.has_more && verdict.answer == Answer::not_delivered) {
    verdict.answer = Answer::unknown;
    verdict.reason = "others_not_asked";
  }
  admit_forgotten(verdict, question, state);
  verdict.sentence = sentence_of(verdict.reason);
  add_limits_of_knowledge(verdict);
  if (question.has_more)
    verdict.unknown.emplace_back("Deliveries to the user's other connections: there are more than are examined for one event.");
  if (question.receipt && can_receipt_tell(question, verdict)) tell_by_receipt(verdict, *question.receipt);
  return verdict;
}

// A connection that was notified of the position, but left the event out, is in the receipt as well.
bool can_receipt_tell(const DeliveryQuestion& question, const DeliveryVerdict& verdict) {
  return verdict.answer == Answer::unknown && state_of(question) == LogState::present && !leaves_event_out(verdict);
}

}  // namespace dialogue::api
