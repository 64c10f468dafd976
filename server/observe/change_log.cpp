// See change_log.hpp. Log lines of connections and publications do not count as changes: there are thousands of them.
#include "server/observe/change_log.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "server/core/util/whole_word.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue::observe {
namespace {

/// Of level info; warnings and errors are changes, whatever they are called.
constexpr std::array<std::string_view, 11> kTelling = {
    "listening",    "stopping",     "stopped",       "reloaded", "setting_reloaded", "certificate_reloaded", "recording_written",
    "room_created", "room_deleted", "drain_receipt", "store"};
constexpr std::string_view kCall = "api_write";
/// Operations of the API that publish.
constexpr std::array<std::string_view, 5> kPublishing = {"publishEvent", "publishBatch", "publishToUser", "publishToSession",
                                                         "emitToSockets"};

constexpr std::size_t kUtf8BytesMax = 4;  ///< of a character, which is not cut

template <typename List>
bool is_among(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

struct Fields {
  std::string message, operation, caller, room, user, outcome;
};

Fields fields_of(std::string_view json) {
  Fields fields;
  PayloadReader reader(json);  // some values are what users have sent
  if (!reader.enter_object()) return fields;
  std::string key;
  std::string_view skipped;
  while (reader.next_key(key)) {
    std::string* const text = key == "message"     ? &fields.message
                              : key == "operation" ? &fields.operation
                              : key == "caller"    ? &fields.caller
                              : key == "room"      ? &fields.room
                              : key == "user"      ? &fields.user
                                                   : nullptr;
    static_cast<void>(text != nullptr ? reader.read_string(*text) : reader.read_raw(skipped));
  }
  return fields;
}

/// Between two characters.
void cut(std::string& text) {
  if (text.size() <= kChangeDetailBytesMax) return;
  std::size_t end = kChangeDetailBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

/// Also where the detail was cut within the user's id.
bool names_user(std::string_view detail, std::string_view user_id) {
  if (core::has_word(detail, user_id)) return true;
  if (detail.size() + kUtf8BytesMax <= kChangeDetailBytesMax) return false;
  for (std::size_t length = std::min(user_id.size(), detail.size()); length > 0; --length) {
    const std::size_t begin = detail.size() - length;
    const bool is_at_word = begin == 0 || !core::is_of_word(detail[begin - 1]);
    if (is_at_word && user_id.starts_with(detail.substr(begin))) return true;
  }
  return false;
}

std::string detail_of(const Fields& fields, const core::LogLine& line) {
  if (!fields.message.empty()) return fields.message;
  std::string detail;
  for (const std::string* part : {&fields.room, &fields.user})
    if (!part->empty()) detail += (detail.empty() ? "" : " ") + *part;
  if (!fields.caller.empty()) detail += (detail.empty() ? "by " : " by ") + fields.caller;
  return detail.empty() ? line.fields : detail;
}

}  // namespace

bool ChangeLog::is_change(const core::LogLine& line) {
  return line.level >= core::LogLevel::warn || line.event == kCall || is_among(kTelling, line.event);
}

void ChangeLog::note(const core::LogLine& line, std::uint64_t unix_ms) {
  if (!is_change(line)) return;
  const bool is_call = line.event == kCall;
  Fields fields = fields_of(line.fields);
  if (is_call && is_among(kPublishing, fields.operation)) return;
  Change change{unix_ms, is_call ? fields.operation : line.event, detail_of(fields, line)};
  cut(change.detail);
  const std::lock_guard lock(mutex_);
  if (!kept_.empty() && kept_.back().name == change.name && kept_.back().detail == change.detail) {
    ++kept_.back().count;
    kept_.back().unix_ms = unix_ms;
    return;
  }
  kept_.push_back(std::move(change));
  if (kept_.size() > kChangesKept) kept_.pop_front();
}

void ChangeLog::forget_user(const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Change& each) { return names_user(each.detail, user_id); });
}

std::vector<Change> ChangeLog::newest_first() const {
  const std::lock_guard lock(mutex_);
  return {kept_.rbegin(), kept_.rend()};
}

}  // namespace dialogue::observe
