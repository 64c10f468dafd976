#include "server/definitions/compatibility/compatibility.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "server/definitions/compatibility/room_compatibility.hpp"
#include "server/definitions/compatibility/schema_compatibility.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::array<std::string_view, 5> kDeliveryNames = {"reliable", "latest", "window", "volatile", "call"};

std::string_view delivery_name(const EventDefinition& event) { return kDeliveryNames[static_cast<std::size_t>(event.delivery)]; }

void compare_delivery(const EventDefinition& before, const EventDefinition& after, const std::string& where,
                      std::vector<Change>& out) {
  if (before.delivery != after.delivery) {
    // More is kept than before: all previous receivers still receive it.
    const bool more = after.delivery == Delivery::reliable || before.delivery == Delivery::volatile_;
    out.push_back({more ? Impact::harmless : Impact::breaks_readers, where,
                   "is delivered as " + std::string(delivery_name(after)) + " now; it was " + std::string(delivery_name(before)) +
                       (more ? "." : ", and readers rely on what was kept for them.")});
  } else if (before.delivery == Delivery::call) {
    return;  // compare_calls() says it
  } else if (before.latest_key != after.latest_key) {
    out.push_back({Impact::breaks_readers, where,
                   "keeps the newest for each \"" + after.latest_key + "\" now; it was \"" + before.latest_key + "\"."});
  } else if (before.window_events != after.window_events || before.window_age_ms != after.window_age_ms) {
    out.push_back({Impact::harmless, where, "has another retention."});
  }
}

void compare_filterable(const EventDefinition& before, const EventDefinition& after, const std::string& where,
                        std::vector<Change>& out) {
  for (const std::string& path : before.filterable)
    if (std::find(after.filterable.begin(), after.filterable.end(), path) == after.filterable.end())
      out.push_back({Impact::breaks_readers, where, "can no longer be filtered by " + path + "."});
}

void compare_document(const EventDefinition& before, const EventDefinition& after, const std::string& where,
                      std::vector<Change>& out) {
  if (before.document.empty() != after.document.empty())
    return out.push_back({Impact::breaks_both, where, after.document.empty() ? "is not a document now." : "is a document now."});
  for (const DocumentRoot& root : before.document) {
    const auto is_kept = [&root](const DocumentRoot& each) { return each.name == root.name && each.kind == root.kind; };
    if (std::none_of(after.document.begin(), after.document.end(), is_kept))
      out.push_back({Impact::breaks_both, where,
                     "does not have the root " + root.name + " of the kind " +
                         std::string(kDocumentKindNames.at(static_cast<std::size_t>(root.kind))) + " now."});
  }
}

/// Appends the nodes of `graph`, and an event for each definition under a name of its own.
void append(const Definitions& from, char prefix, Definitions& to) {
  const auto offset = static_cast<NodeIndex>(to.schemas.nodes.size());
  const auto shift = [&](NodeIndex& index) { index += offset; };
  const auto shift_if = [&](std::optional<NodeIndex>& index) {
    if (index) shift(*index);
  };
  for (SchemaNode node : from.schemas.nodes) {
    shift_if(node.same_as), shift_if(node.additional_properties), shift_if(node.items);
    for (PropertySchema& property : node.properties) shift_if(property.schema);
    for (NodeIndex& item : node.prefix_items) shift(item);
    if (node.one_of) {
      for (NodeIndex& branch : node.one_of->by_type) shift(branch);
      for (auto& [value, branch] : node.one_of->by_tag) shift(branch);
    }
    to.schemas.nodes.push_back(std::move(node));
  }
  for (const EventDefinition& event : from.events) {
    EventDefinition& copy = to.events.emplace_back();
    copy.name = prefix + std::to_string(to.events.size());
    copy.schema = event.schema + offset;
  }
}

/// Events whose schemas say the same, however they are written. The catalogue's builder knows: it makes one node of equal
/// schemas.
std::set<std::string_view> same_schemas(const Definitions& before, const Definitions& after) {
  Definitions both;
  append(before, 'b', both);
  append(after, 'a', both);
  const CatalogueResult result = make_catalogue(both);
  const auto catalogue = CatalogueView::parse(result.bytes);
  if (!catalogue) return {};
  const auto schema_of = [&](std::size_t event) {
    return catalogue->event(*catalogue->find_event(both.events[event].name)).schema;
  };
  std::map<std::string_view, std::uint32_t> old_schemas;
  for (std::size_t i = 0; i < before.events.size(); ++i) old_schemas[before.events[i].name] = schema_of(i);
  std::set<std::string_view> same;
  for (std::size_t i = 0; i < after.events.size(); ++i) {
    const auto old = old_schemas.find(after.events[i].name);
    if (old != old_schemas.end() && old->second == schema_of(before.events.size() + i)) same.insert(old->first);
  }
  return same;
}

/// "event message", "call orders.create, error out_of_stock", "room doc, states".
std::string place_of(const EventDefinition& entry) {
  if (entry.delivery != Delivery::call) return "event " + entry.name;
  if (entry.name.ends_with(kStateEntry))
    return "room " + entry.name.substr(0, entry.name.size() - kStateEntry.size()) + ", states";
  const std::size_t tilde = entry.name.find('~');
  std::string place = "call " + entry.name.substr(0, tilde);
  if (tilde == std::string::npos) return place;
  const std::string value = entry.name.substr(tilde + 1), error = std::string(kErrorEntry.substr(1));
  return place + ", " + (value.starts_with(error) ? "error " + value.substr(error.size()) : value);
}

/// An error is a variant of what callers receive, and of nothing that they send.
bool is_call_error(const EventDefinition& entry) {
  return entry.delivery == Delivery::call && !entry.name.ends_with(kStateEntry) &&
         entry.name.find(kErrorEntry) != std::string::npos;
}

void compare_events(const Definitions& before, const Definitions& after, std::vector<Change>& out) {
  const std::set<std::string_view> same = same_schemas(before, after);
  ComparedSchemas old_schemas(before), new_schemas(after);
  std::map<std::string_view, const EventDefinition*> now;
  for (const EventDefinition& event : after.events) now[event.name] = &event;
  for (const EventDefinition& event : before.events) {
    const std::string where = place_of(event);
    const auto found = now.find(event.name);
    if (found == now.end()) {
      out.push_back({is_call_error(event) ? Impact::harmless : Impact::breaks_both, where, "is gone."});
      continue;
    }
    if (!old_schemas.is_usable() || !new_schemas.is_usable())
      out.push_back({Impact::breaks_both, where, "cannot be compared: a schema has a fault."});
    else if (same.count(event.name) == 0)
      SchemaComparison(old_schemas, new_schemas, out)
          .compare(old_schemas.root(static_cast<std::size_t>(&event - before.events.data())),
                   new_schemas.root(static_cast<std::size_t>(found->second - after.events.data())), where + ", $");
    compare_delivery(event, *found->second, where, out);
    compare_filterable(event, *found->second, where, out);
    compare_document(event, *found->second, where, out);
    now.erase(found);
  }
  const auto is_old = [&before](const std::string& call) {
    return std::any_of(before.events.begin(), before.events.end(),
                       [&](const EventDefinition& each) { return each.name == call; });
  };
  for (const auto& [name, event] : now) {
    const bool is_variant = is_call_error(*event) && is_old(event->name.substr(0, event->name.find('~')));
    out.push_back({is_variant ? Impact::breaks_readers : Impact::harmless, place_of(*event), "is new."});
  }
}

/// What calls carry, and states of presence, are compared as events are.
Definitions with_values(Definitions definitions) {
  for (EventDefinition& entry : value_entries(definitions)) definitions.events.push_back(std::move(entry));
  return definitions;
}

}  // namespace

std::vector<Change> compare_definitions(const Definitions& before, const Definitions& after) {
  std::vector<Change> out;
  compare_events(with_values(before), with_values(after), out);
  compare_calls(before, after, out);
  compare_rooms(before, after, out);
  compare_limits(before, after, out);
  std::stable_sort(out.begin(), out.end(), [](const Change& a, const Change& b) {
    return a.impact != b.impact ? a.impact < b.impact : a.where < b.where;
  });
  return out;
}

bool is_breaking(const std::vector<Change>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const Change& change) { return change.impact != Impact::harmless; });
}

std::string format_change(const Change& change) {
  static constexpr std::array<std::string_view, 4> kImpacts = {"breaks old publishers and readers", "breaks old publishers",
                                                               "breaks readers", "harmless"};
  return std::string(kImpacts[static_cast<std::size_t>(change.impact)]) + ": " + change.where + ": " + change.message;
}

}  // namespace dialogue::definitions
