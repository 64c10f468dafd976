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
  if (question.verb == core::HookVerb::disconnect) json.text("reason", question.reason);
  return json.take();
}

/// One answer's members as they stand in the body.
struct Answer {
  static constexpr std::array<std::string_view, 5> kNames = {"id", "allow", "reason", "data", "meta"};
  enum Member : std::size_t { id, allow, reason, data, meta };
  std::array<std::string_view, kNames.size()> members;
  bool is_twice = false;  ///< a member stands there twice: nobody knows which one is meant

  [[nodiscard]] bool has(Member member) const { return !members[member].empty(); }
  [[nodiscard]] std::optional<std::string> text(Member member) const {
    std::string value;
    JsonReader reader(members[member]);
    return reader.read_string(value) ? std::optional(std::move(value)) : std::nullopt;
  }
};

/// False when the text is no JSON here.
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
  if (!reader.enter_object()) return "its answer is no JSON object";
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
      if (!read_answer(reader, answers->emplace_back())) return "its answer is no valid JSON";
  }
  if (!reader.at_end()) return "its answer is no valid JSON";
  if (!answers) return "its answer has no array \"answers\"";
  return std::move(*answers);
}

/// Cut where a character begins.
std::string bounded(std::string reason) {
  if (reason.size() <= kHookReasonBytesMax) return reason;
  std::size_t size = kHookReasonBytesMax;
  constexpr unsigned kTailMask = 0xC0, kTail = 0x80;  // RFC 3629: the bytes of a character after its first
  while (size > 0 && (static_cast<unsigned char>(reason[size]) & kTailMask) == kTail) --size;
  return reason.substr(0, size) + "...";
}

HookReply allowed(const Answer& answer, core::HookVerb verb) {
  core::HookVerdict verdict;
  if (answer.has(Answer::data)) {
    if (verb != core::HookVerb::publish) return "it answered with data, which only a publication has";
    verdict.payload = answer.members[Answer::data];
  }
  if (answer.has(Answer::meta)) {
    if (verb == core::HookVerb::publish) return "it answered with meta, which a publication has not";
    core::Identity scratch;
    if (!core::set_meta(scratch, answer.members[Answer::meta])) return "its meta is no JSON object of at most 1024 bytes";
    verdict.meta = answer.members[Answer::meta];
  }
  return verdict;
}

HookReply reply_of(const Answer& answer, core::HookVerb verb) {
  if (answer.is_twice) return "its answer has a member twice";
  const std::string_view allow = answer.members[Answer::allow];
  if (allow == "true") return allowed(answer, verb);
  if (allow != "false") return "its answer does not say \"allow\": true or false";
  if (!answer.has(Answer::reason)) return core::HookVerdict::deny("no reason was given");
  auto reason = answer.text(Answer::reason);
  return core::HookVerdict::deny(reason ? bounded(std::move(*reason)) : "the reason that was given is no text");
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
  std::vector<HookReply> replies(hooks.size(), HookReply(std::string("it did not answer this one")));
  std::vector<bool> is_answered(hooks.size());
  for (const Answer& answer : std::get<std::vector<Answer>>(read)) {
    const auto place = place_of(answer, hooks);
    if (!place) continue;
    replies[*place] = is_answered[*place] ? HookReply(std::string("it answered this one twice"))
                                          : reply_of(answer, hooks[*place].question->verb);
    is_answered[*place] = true;
  }
  return replies;
}

}  // namespace dialogue::webhooks
