// See trace_context.hpp.
#include "server/trace/context/trace_context.hpp"

#include <algorithm>

#include "shared/base/hex.hpp"
#include "shared/base/traceparent.hpp"

namespace dialogue::trace {
namespace {

constexpr std::size_t kWordDigits = 16, kKeyBytesMax = 256;
constexpr std::string_view kBlanks = " \t";

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
}

bool is_member(std::string_view member) {
  const std::size_t equals = member.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals > kKeyBytesMax) return false;
  const std::string_view key = member.substr(0, equals), value = member.substr(equals + 1);
  const bool begins_well = (key.front() >= 'a' && key.front() <= 'z') || (key.front() >= '0' && key.front() <= '9');
  return begins_well && !value.empty() && std::all_of(key.begin(), key.end(), is_key_character) &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '='; });
}

}  // namespace

std::string trace_id_text(const TraceId& trace) {
  std::string text;
  append_hex(text, trace.high, kWordDigits);
  append_hex(text, trace.low, kWordDigits);
  return text;
}

std::string span_id_text(SpanId span) {
  std::string text;
  append_hex(text, span, kWordDigits);
  return text;
}

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  const auto read = read_traceparent(text);
  if (!read) return std::nullopt;
  return TraceContext{{read->trace_high, read->trace_low}, read->span, read->is_sampled};
}

std::string traceparent_of(const TraceContext& context) {
  return "00-" + trace_id_text(context.trace) + '-' + span_id_text(context.span) + (context.is_sampled ? "-01" : "-00");
}

bool is_tracestate(std::string_view text) {
  if (text.empty() || text.size() > kTracestateBytesMax) return false;
  std::size_t members = 0;
  for (bool is_last = false; !is_last;) {
    const std::size_t comma = text.find(',');
    std::string_view member = text.substr(0, comma);
    is_last = comma == std::string_view::npos;
    if (!is_last) text.remove_prefix(comma + 1);
    member.remove_prefix(std::min(member.find_first_not_of(kBlanks), member.size()));
    member = member.substr(0, member.find_last_not_of(kBlanks) + 1);
    if (member.empty()) continue;  // which the specification allows
    if (!is_member(member) || ++members > kTracestateMembersMax) return false;
  }
  return members > 0;
}

}  // namespace dialogue::trace
