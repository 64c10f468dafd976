// A group's name begins with its event's, so that events never replace each other's records.
#include "server/core/log/event_retention.hpp"

#include <limits>
#include <utility>

#include "shared/json/json_reader.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

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

void EventRetention::describe(std::uint32_t event, LogRecord& record) const {
  const Row& row = rows_[event];
  record.event = row.name;
  record.group_keep = row.keep;
  if (row.keep == 0) return;
  record.group = row.name;
  if (!row.key.empty()) record.group += '\n' + property_text(record.payload, row.key);
}

std::vector<EventRetention::Window> EventRetention::windows(const std::vector<std::uint32_t>& events) const {
  std::vector<Window> windows;
  for (const std::uint32_t event : events)
    if (rows_[event].age_ms != 0) windows.push_back({rows_[event].name, rows_[event].age_ms});
  return windows;
}

std::string property_text(std::string_view json, std::string_view name) {
  JsonReader reader(json);
  if (!reader.enter_object()) return {};
  std::string found;  // a repeated key: the last one counts, as everywhere
  for (std::string key; reader.next_key(key);) {
    if (key != name) {
      if (!reader.skip()) return {};
    } else if (reader.peek() == '"') {
      std::string value;
      if (!reader.read_string(value)) return {};
      found = '"' + value;
    } else {
      std::string_view raw;
      if (!reader.read_raw(raw)) return {};
      found = raw;
    }
  }
  return found;
}

}  // namespace dialogue::core
