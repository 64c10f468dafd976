// The answer is read member by member as raw JSON, so that one wrong answer spoils no other.
#include "server/webhooks/hook_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "server/core/access/identity.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::webhooks {
namespace {

std::string user_json(const core::Identity& identity) {
  return JsonText()
      .text("id", identity.user_id)
      .text("name", identity.name.empty() ? identity.user_id : identity.name)
      .text("role", identity.role)
      .raw("meta", identity.meta.empty() ? "{}" : identity.meta)
      .take();
}

std::string hook_json(const NumberedHook& hook) {
  const core::HookQuestion& question = *hook.question;
  JsonText json;
  json.text("id", std::to_string(hook.number))
      .text("verb", core::hook_verb_name(question.verb))
      .raw("user", user_json(*question.identity));
  json.text("session", question.session_id);
  if (!question.room_id.empty()) json.text("room", question.room_id);
  if (question.verb == core::HookVerb::publish) json.text("event", question.event).raw("data", question.payload);
  if (question.deletes) json.flag("delete", true);
  if (question.verb == core::HookVerb::disconnect) json.text("reason", question.reason);
  return json.take();
}

/// One answer's members as they stand in the body.
struct Answer {
  static constexpr std::array<std::string_view, 6> kNames = {"id", "allow", "reason", "data", "meta", "historyFrom"};
  enum Member : std::size_t { id, allow, reason, data, meta, history_from };
  std::array<std::string_view, kNames.size()> members;
  bool is_twice = false;  ///< a repeated member, which is ambiguous

  [[nodiscard]] bool has(Member member) const { return !members[member].empty(); }
  [[nodiscard]] std::optional<std::string> text(Member member) const {
    std::string value;
    JsonReader reader(members[member]);
    return reader.read_string(value) ? std::optional(std::move(value)) : std::nullopt;
  }
};

/// Reads one answer; returns false if the text is not JSON here.
bool read_answer(JsonReader& reader, Answer& answer) {
  std::string_view ignored;
  if (reader.peek() != '{') return reader.read_document(ignored);
  if (!reader.enter_object()) return false;
  for (std::string key; reader.next_key(key);) {
    std::string_view value;
    if (!reader.read_document(value)) return false;
    const auto* const found = std::find(Answer::kNames.begin(), Answer::kNames.end(), key);
    if (found == Answer::kNames.end()) continue;
    std::string_view& member = answer.members[static_cast<std::size_t>(found - Answer::kNames.begin())];
    answer.is_twice |= !member.empty();
    member = value;
  }
  return !reader.failed();
}

/// A body is an object with the array `answers`, once; what else it holds is not ours.
std::variant<std::vector<Answer>, std::string> read_body(std::string_view body) {
  JsonReader reader(body);
  std::optional<std::vector<Answer>> answers;
  if (!reader.enter_object()) return "its answer is not a JSON object";
  for (std::string key; reader.next_key(key);) {
    std::string_view ignored;
    if (key != "answers" || reader.peek() != '[') {
      if (!reader.read_document(ignored)) break;
      continue;
    }
    if (answers) return "its answer has \"answers\" twice";
    answers.emplace();
    if (!reader.enter_array()) break;
    while (reader.next_element())
      if (!read_answer(reader, answers->emplace_back())) return "its answer is not valid JSON";
  }
  if (!reader.at_end()) return "its answer is not valid JSON";
  if (!answers) return "its answer has no array \"answers\"";
  return std::move(*answers);
}

/// Returns a reason, cut between characters to at most kHookReasonBytesMax bytes.
std::string bounded(std::string reason) {
  if (reason.size() <= kHookReasonBytesMax) return reason;
  std::size_t size = kHookReasonBytesMax;
  constexpr unsigned kTailMask = 0xC0, kTail = 0x80;  // RFC 3629: the bytes of a character after its first
  while (size > 0 && (static_cast<unsigned char>(reason[size]) & kTailMask) == kTail) --size;
  return reason.substr(0, size) + "...";
}

/// `{"seq": 17, "epoch": 4503599627370497}`, the epoch optional, sequences from 1; nothing for any other text.
std::optional<core::HistoryFrom> read_history_from(std::string_view text) {
  std::optional<std::uint64_t> seq, epoch;
  JsonReader reader(text);
  if (reader.peek() != '{' || !reader.enter_object()) return std::nullopt;
  for (std::string key; reader.next_key(key);) {
    auto& member = key == "seq" ? seq : epoch;
    if ((key != "seq" && key != "epoch") || member || !reader.read_integer(member.emplace())) return std::nullopt;
  }
  if (reader.failed() || seq.value_or(0) == 0) return std::nullopt;
  return core::HistoryFrom{*seq, epoch.value_or(0)};
}

HookReply allowed(const Answer& answer, core::HookVerb verb) {
  core::HookVerdict verdict;
  if (answer.has(Answer::data)) {
    if (verb != core::HookVerb::publish) return "it answered with data, which is only for publications";
    verdict.payload = answer.members[Answer::data];
  }
  if (answer.has(Answer::meta)) {
    if (verb == core::HookVerb::publish) return "it answered with meta, which is not for publications";
    core::Identity scratch;
    if (!core::set_meta(scratch, answer.members[Answer::meta])) return "its meta is not a JSON object of at most 1024 bytes";
    verdict.meta = answer.members[Answer::meta];
  }
  if (answer.has(Answer::history_from)) {
    if (verb != core::HookVerb::join) return "it answered with historyFrom, which is only for joins";
    verdict.history_from = read_history_from(answer.members[Answer::history_from]);
    if (!verdict.history_from) return "its historyFrom is not an object with seq, from 1, and at most epoch beside it";
  }
  return verdict;
}

HookReply reply_of(const Answer& answer, core::HookVerb verb) {
  if (answer.is_twice) return "its answer has a member twice";
  const std::string_view allow = answer.members[Answer::allow];
  if (allow == "true") return allowed(answer, verb);
  if (allow != "false") return "its answer lacks \"allow\": true or false";
  if (!answer.has(Answer::reason)) return core::HookVerdict::deny("no reason was given");
  auto reason = answer.text(Answer::reason);
  return core::HookVerdict::deny(reason ? bounded(std::move(*reason)) : "the reason is not a string");
}

std::optional<std::size_t> place_of(const Answer& answer, const std::vector<NumberedHook>& hooks) {
  const auto id = answer.text(Answer::id);
  std::uint64_t number = 0;
  if (!id) return std::nullopt;
  const auto [end, fault] = std::from_chars(id->data(), id->data() + id->size(), number);
  if (fault != std::errc{} || end != id->data() + id->size()) return std::nullopt;
  const auto found = std::find_if(hooks.begin(), hooks.end(), [&](const NumberedHook& hook) { return hook.number == number; });
  if (found == hooks.end()) return std::nullopt;
  return static_cast<std::size_t>(found - hooks.begin());
}

}  // namespace

std::string hook_body(std::string_view request_id, std::uint64_t dropped, const std::vector<NumberedHook>& hooks) {
  JsonText json;
  json.number("version", kHookBodyVersion).text("id", request_id);
  if (dropped != 0) json.number("dropped", dropped);
  return json.raw("hooks", json_array(hooks, hook_json)).take();
}

std::variant<std::vector<HookReply>, std::string> read_hook_answers(std::string_view body,
                                                                    const std::vector<NumberedHook>& hooks) {
  auto read = read_body(body);
  if (auto* fault = std::get_if<std::string>(&read)) return std::move(*fault);
  std::vector<HookReply> replies(hooks.size(), HookReply(std::string("it did not answer this question")));
  std::vector<bool> is_answered(hooks.size());
  for (const Answer& answer : std::get<std::vector<Answer>>(read)) {
    const auto place = place_of(answer, hooks);
    if (!place) continue;
    if (const core::HookQuestion* const question = hooks[*place].question)
      replies[*place] =
          is_answered[*place] ? HookReply(std::string("it answered this question twice")) : reply_of(answer, question->verb);
    is_answered[*place] = true;
  }
  if (!hooks.empty() && std::find(is_answered.begin(), is_answered.end(), true) == is_answered.end())
    return "it answered none of the questions";
  return replies;
}

std::string call_body(std::string_view request_id, const core::ExchangeQuestion& question) {
  JsonText call;
  call.text("name", question.name).raw("user", user_json(*question.identity)).text("session", question.session_id);
  call.raw("data", question.request);
  if (!question.key.empty()) call.text("key", question.key);
  call.number("timeoutMs", question.timeout_ms);
  return JsonText().number("version", kHookBodyVersion).text("id", request_id).raw("call", call.take()).take();
}

std::variant<core::ExchangeResult, std::string> read_call_answer(std::string_view body) {
  JsonReader reader(body);
  std::optional<std::string_view> answer, data;
  std::optional<std::string> error;
  if (!reader.enter_object()) return "its answer is not a JSON object";
  for (std::string key; reader.next_key(key);) {
    std::string_view value;
    if (!reader.read_document(value)) return "its answer is not JSON";
    if (key == "answer") answer = value;
    if (key == "data") data = value;
    if (key != "error") continue;
    JsonReader text(value);
    if (!text.read_string(error.emplace())) return "`error` is not a string";
  }
  if (reader.failed() || !reader.at_end()) return "its answer is not JSON";
  if (answer.has_value() == error.has_value()) return "its answer has neither `answer` nor `error`, or both";
  if (answer) return core::ExchangeResult{ErrorCode::ok, {}, std::string(*answer), 0};
  return core::ExchangeResult{ErrorCode::call_failed, std::move(*error), std::string(data.value_or("null")), 0};
}

}  // namespace dialogue::webhooks
