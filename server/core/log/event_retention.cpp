// A group's name begins with its event's, so that events never replace each other's records.
#include "server/core/log/event_retention.hpp"

#include <limits>
#include <utility>

#include "shared/json/json_text.hpp"
#include "shared/json/payload_reader.hpp"
#include "shared/schema/canonical_json.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

/// No text of one of these forms is of another one: a string is '"' and its characters, with U+0000 among them 's' and its
/// canonical form; any other value is its canonical form.
std::optional<std::string> key_text(std::string_view value) {
  if (value.front() != '"') return canonical_json(value);
  auto text = string_value(value);
  if (text && text->find('\0') != std::string::npos) return 's' + json_string(*text);
  if (text) text->insert(0, 1, '"');
  return text;
}

}  // namespace

EventRetention::EventRetention(const CatalogueView& catalogue, const Definitions& definitions) : rows_(catalogue.event_count()) {
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    rows_[i].name = catalogue.event(i).name;
    rows_[i].delivery = catalogue.event(i).delivery;
  }
  for (const EventDefinition& event : definitions.events) {
    const auto index = catalogue.find_event(event.name);
    if (!index) continue;
    Row& row = rows_[*index];
    row.key = event.latest_key;
    if (event.delivery == Delivery::latest) row.keep = 1;
    if (!event.document.empty()) row.keep = kDocumentUpdatesKept;
    if (event.delivery == Delivery::window) {
      row.keep = event.window_events.value_or(kUnbounded);
      row.age_ms = event.window_age_ms.value_or(0);
    }
  }
}

std::optional<std::string> EventRetention::group_of(std::uint32_t event, std::string_view payload) const {
  const Row& row = rows_[event];
  if (row.keep == 0) return "";
  if (row.key.empty()) return row.name;
  auto value = property_text(payload, row.key);
  if (value) value->insert(0, row.name + '\n');
  return value;
}

void EventRetention::describe(std::uint32_t event, std::string group, LogRecord& record) const {
  record.event = rows_[event].name;
  record.group = std::move(group);
  record.group_keep = rows_[event].keep;
}

std::vector<EventRetention::Window> EventRetention::windows(const std::vector<std::uint32_t>& events) const {
  std::vector<Window> windows;
  for (const std::uint32_t event : events)
    if (rows_[event].age_ms != 0) windows.push_back({rows_[event].name, rows_[event].age_ms});
  return windows;
}

std::optional<std::string> property_text(std::string_view payload, std::string_view name) {
  std::string_view found;  // a repeated key: the last one counts, as everywhere
  const auto look = [&](const std::string& key, std::string_view value) {
    if (key == name) found = value;
  };
  PayloadReader reader(payload);
  const bool is_read = reader.peek() == '{' ? visit_members(payload, look) : reader.skip() && reader.at_end();
  if (!is_read) return std::nullopt;
  return found.empty() ? std::string() : key_text(found);
}

}  // namespace dialogue::core
