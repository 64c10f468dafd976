// A payload that a definition lets through may lack a field, or have anything in its place: then the field is not there.
#include <algorithm>

#include "server/core/messages/event_filter.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue::core {

FilterFields::FilterFields(const CatalogueView& catalogue, const std::vector<EventDefinition>& events) {
  for (const EventDefinition& event : events) paths_.insert(paths_.end(), event.filterable.begin(), event.filterable.end());
  std::sort(paths_.begin(), paths_.end());
  paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  if (paths_.empty()) return;
  events_.resize(catalogue.event_count());
  for (const EventDefinition& event : events) {
    const auto index = catalogue.find_event(event.name);
    if (!index) continue;
    for (const std::string& text : event.filterable) {
      Path path{*find(text), {}};
      for (std::string_view rest = text;;) {
        const std::size_t dot = rest.find('.');
        path.names.emplace_back(rest.substr(0, dot));
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
      }
      events_[*index].push_back(std::move(path));
    }
  }
}

std::optional<std::uint32_t> FilterFields::find(std::string_view path) const {
  const auto found = std::lower_bound(paths_.begin(), paths_.end(), path);
  if (found == paths_.end() || *found != path) return std::nullopt;
  return static_cast<std::uint32_t>(found - paths_.begin());
}

std::string FilterFields::list() const {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths_.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + paths_[i];
  return paths_.empty() ? "no event has filterable fields" : "filterable are " + text + (paths_.size() > kShown ? ", ..." : "");
}

FilterFields::Value FilterFields::value_of(std::uint32_t field, std::string_view json) {
  Value value{field, FilterScalar::read(json), {}};
  if (value.scalar && value.scalar->kind == FilterScalar::Kind::number) value.number = parse_decimal(json);
  return value;
}

void FilterFields::read(std::uint32_t event, std::string_view payload, Values& values) const {
  values.clear();
  if (event >= events_.size() || events_[event].empty()) return;
  std::vector<const Path*> open;
  for (const Path& path : events_[event]) open.push_back(&path);
  if (!read_level(open, 0, payload, values)) values.clear();
}

bool FilterFields::read_level(const std::vector<const Path*>& open, std::size_t level, std::string_view object, Values& values) {
  if (PayloadReader(object).peek() != '{') return true;
  bool is_read = true;
  const auto look = [&](const std::string& key, std::string_view value) {
    std::vector<const Path*> within;
    for (const Path* path : open) {
      if (path->names[level] != key) continue;
      std::erase_if(values, [path](const auto& each) { return each.field == path->field; });  // of a repeated key the last counts
      if (path->names.size() == level + 1)
        values.push_back(value_of(path->field, value));
      else
        within.push_back(path);
    }
    if (!within.empty()) is_read = read_level(within, level + 1, value, values) && is_read;
  };
  return visit_members(object, look) && is_read;
}

}  // namespace dialogue::core
