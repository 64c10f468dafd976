// See erased_values.hpp.
#include "server/audit/erased_values.hpp"

#include <charconv>
#include <iterator>
#include <string>

#include "shared/json/payload_reader.hpp"

namespace dialogue::audit {
namespace {

constexpr std::string_view kFieldName = "records";

using Place = ErasedValues::const_iterator;

/// Appends the range that begins there; where the next one does.
Place append_range(std::string& text, Place first, Place end) {
  auto next = std::next(first);
  std::uint64_t last = first->first;
  for (; next != end && next->first == last + 1 && next->second == first->second; ++next) ++last;
  if (!text.empty()) text += ',';
  text += std::to_string(first->first);
  if (last > first->first) text.append("-").append(std::to_string(last));
  if (first->second > 1) text.append("*").append(std::to_string(first->second));
  return next;
}

/// Reads a number and what stands before it.
bool take_number(std::string_view& text, std::uint64_t& value) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_number_behind(char mark, std::string_view& text, std::uint64_t& value) {
  if (!text.starts_with(mark)) return true;
  text.remove_prefix(1);
  return take_number(text, value);
}

void read_ranges(std::string_view text, std::uint64_t records_max, ErasedValues& erased) {
  while (!text.empty()) {
    std::uint64_t first = 0, values = 1;
    if (!take_number(text, first)) return;
    std::uint64_t last = first;
    if (!take_number_behind('-', text, last) || !take_number_behind('*', text, values)) return;
    for (std::uint64_t seq = first; seq <= last && erased.size() < records_max; ++seq) erased[seq] += values;
    if (!text.starts_with(',')) return;
    text.remove_prefix(1);
  }
}

}  // namespace

std::vector<AuditEntry> erasure_entries(const ErasedValues& erased) {
  std::vector<AuditEntry> entries;
  for (auto at = erased.begin(); at != erased.end();) {
    if (entries.empty() || entries.back().fields.size() == kAuditFieldsMax) entries.push_back({std::string(kValuesErased)});
    std::string text;
    while (at != erased.end()) {
      std::string longer = text;
      const auto next = append_range(longer, at, erased.end());
      if (longer.size() > kAuditValueBytesMax) break;
      text = std::move(longer);
      at = next;
    }
    AuditEntry& entry = entries.back();
    entry.add(std::string(kFieldName) + std::to_string(entry.fields.size() + 1), std::move(text));
  }
  return entries;
}

ErasedValues erased_values_in(std::string_view record_text, std::uint64_t records_max) {
  ErasedValues erased;
  PayloadReader reader(record_text);  // some values are what users have sent
  std::string key, text;
  std::string_view skipped;
  if (!reader.enter_object()) return erased;
  while (reader.next_key(key)) {
    if (key != "fields") {
      static_cast<void>(reader.read_raw(skipped));
      continue;
    }
    if (!reader.enter_object()) return erased;
    while (reader.next_key(key))
      if (reader.read_string(text) && key.starts_with(kFieldName)) read_ranges(text, records_max, erased);
  }
  return erased;
}

}  // namespace dialogue::audit
