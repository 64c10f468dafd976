// define_app(chat, game): all rooms and events of one application. It converts to Definitions, the value that everything else
// reads. An App is a constant; make_definitions allocates and runs natively only. Safe from any thread.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "shared/define/define_call.hpp"
#include "shared/define/define_presence.hpp"
#include "shared/define/define_room.hpp"
#include "shared/define/define_schema.hpp"

namespace dialogue {

struct AppOptions {
  std::optional<Limit> rate_limit = {};  ///< publishing, in all rooms together; absent: none
};

template <class... Parts>
struct App {
  AppOptions options;
  std::tuple<Parts...> parts;  ///< rooms, events that no room lists, calls and streams
  operator Definitions() const;
};

namespace define_detail {

template <class T>
inline constexpr bool is_room = is_a<T, Room>;

template <class Visitor, class Other>
constexpr void visit_events(const Visitor&, const Other&) {}
template <class Visitor, class Payload, class... Parts>
constexpr void visit_events(const Visitor& visit, const Event<Payload, Parts...>& event) {
  visit(event);
}
template <class Visitor, class... Events>
constexpr void visit_events(const Visitor& visit, const Room<Events...>& room) {
  std::apply([&](const auto&... event) { (visit(event), ...); }, room.events);
}

template <class Part>
inline constexpr std::size_t events_in = 0;
template <class Payload, class... Parts>
inline constexpr std::size_t events_in<Event<Payload, Parts...>> = 1;
template <class... Events>
inline constexpr std::size_t events_in<Room<Events...>> = sizeof...(Events);

template <class EventType>
constexpr bool are_equal(const NamedEvent& a, const NamedEvent& b) {
  return static_cast<const EventType&>(a) == static_cast<const EventType&>(b);
}

/// Two events of one name must be one event. Nothing here is instantiated for a pair of events.
template <class... Parts>
consteval void check_events(const Parts&... parts) {
  struct Listed {
    const NamedEvent* event = nullptr;
    bool (*are_equal)(const NamedEvent&, const NamedEvent&) = nullptr;  // one for each type
  };
  std::array<Listed, (events_in<Parts> + ... + 0)> all{};
  std::size_t count = 0;
  const auto list = [&]<class EventType>(const EventType& event) { all[count++] = {&event, are_equal<EventType>}; };
  (visit_events(list, parts), ...);
  std::sort(all.begin(), all.end(), [](const Listed& a, const Listed& b) { return a.event->name < b.event->name; });
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Listed &a = all[i - 1], &b = all[i];
    if (a.event->name == b.event->name && (a.are_equal != b.are_equal || !a.are_equal(*a.event, *b.event)))
      definition_error("two different events have the same name");
  }
}

/// The name of a call or stream; empty: none.
template <class Part>
constexpr std::string_view call_name(const Part& part) {
  if constexpr (is_call<Part>)
    return part.name;
  else
    return {};
}

template <class... Parts>
consteval void check_calls(const Parts&... parts) {
  const std::array<std::string_view, sizeof...(Parts)> names{call_name(parts)...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto against = [&](const auto& event) {
      if (names[i] == event.name) definition_error("a call or stream has the name of an event");
    };
    (visit_events(against, parts), ...);
    for (std::size_t j = 0; j < i; ++j)
      if (!names[i].empty() && names[i] == names[j]) definition_error("two calls or streams have the same name");
  }
}

/// Whether two ids or patterns match the same rooms: they differ at most in the name of the parameter.
constexpr bool same_rooms(std::string_view a, std::string_view b) {
  const std::size_t open_a = a.find('{'), open_b = b.find('{');
  if (open_a == std::string_view::npos || open_b == std::string_view::npos) return a == b;
  return a.substr(0, open_a) == b.substr(0, open_b) && a.substr(a.find('}')) == b.substr(b.find('}'));
}

template <class Part>
constexpr std::string_view room_id(const Part& part) {
  if constexpr (is_room<Part>)
    return part.id;
  else
    return {};
}

template <class... Parts>
consteval void check_rooms(const Parts&... parts) {
  const std::array<std::string_view, sizeof...(Parts)> ids{room_id(parts)...};
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!ids[i].empty() && !ids[j].empty() && same_rooms(ids[i], ids[j]))
        definition_error("two rooms have the same id or pattern");
}

/// States are of one of the app's rooms, and a room has one kind of them.
template <class... Parts>
consteval void check_presence(const Parts&... parts) {
  const auto room_of = []<class Part>(const Part& part) -> std::string_view {
    if constexpr (is_presence<Part>)
      return part.room_id;
    else
      return {};
  };
  const std::array<std::string_view, sizeof...(Parts)> ids{room_id(parts)...}, of{room_of(parts)...};
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (of[i].empty()) continue;
    if (std::find(ids.begin(), ids.end(), of[i]) == ids.end())
      definition_error("define_presence is of a room that the app lacks");
    for (std::size_t j = 0; j < i; ++j)
      if (of[i] == of[j]) definition_error("a room has two define_presence");
  }
}

inline std::optional<Grants> grants_of(const NameList& list) {
  if (!list.given()) return std::nullopt;
  return Grants(list.begin(), list.end());
}

/// Fills a Definitions value from an App's parts.
class DefinitionsBuilder {
 public:
  explicit DefinitionsBuilder(Definitions& out) : out_(out), schemas_(out.schemas) {}

  template <class Payload, class... Parts>
  void add(const Event<Payload, Parts...>& event) {
    const auto known = [&](const EventDefinition& other) { return other.name == event.name; };
    if (std::any_of(out_.events.begin(), out_.events.end(), known)) return;  // in several rooms
    const DeliveryPolicy policy = event.delivery();
    EventDefinition out;
    out.name = event.name;
    out.schema = schemas_.template add<Payload>(event.payload_options());
    out.delivery = policy.delivery;
    out.latest_key = policy.latest_key;
    out.window_events = policy.window_events;
    out.window_age_ms = policy.window_age_ms;
    event.for_each_filterable([&](std::string_view path) { out.filterable.emplace_back(path); });
    out.description = out_.schemas.nodes[out.schema].description;
    out_.events.push_back(std::move(out));
  }

  template <CallKind kind, class Request, class Answer, class Write, class... Errors>
  void add(const Call<kind, Request, Answer, Write, Errors...>& call) {
    add_call(out_, schemas_, call);
  }

  template <class State>
  void add(const PresencePart<State>& presence) {
    const std::uint64_t grace_ms = parse_duration_ms(presence.options.grace).value_or(0);
    states_.emplace_back(presence.room_id, StatesDefinition{schemas_.template add<State>(std::tuple<>{}), presence.options.rate,
                                                            grace_ms, presence.options.sessions});
  }

  /// Once all parts are added.
  void finish() {
    for (const auto& [room_id, states] : states_)
      for (RoomDefinition& room : out_.rooms)
        if (room.id == room_id) room.states = states;
  }

  template <class... Events>
  void add(const Room<Events...>& room) {
    RoomDefinition out = rules_of(room.options);
    out.id = room.id;
    std::apply([&](const auto&... event) { (add(event), ...), (out.events.emplace_back(event.name), ...); }, room.events);
    if (room.options.rate_limit)
      out_.rate_limit_per_room[out.id] = {room.options.rate_limit->max_events, room.options.rate_limit->window_ms};
    out_.rooms.push_back(std::move(out));
  }

 private:
  static RoomDefinition rules_of(const RoomOptions& options) {
    RoomDefinition out;
    out.name = options.name;
    out.description = options.description;
    out.max_size = options.max_size;
    out.default_subscriptions = grants_of(options.default_subscriptions);
    if (options.retention) out.retention = {options.retention->max_events, options.retention->max_age_ms};
    out.durability = options.durability;
    out.sends_presence = options.presence;
    out.access.join = grants_of(options.access.join);
    out.access.publish = grants_of(options.access.publish);
    for (const EventGrants& each : options.access.publish_event)
      out.access.publish_event[std::string(each.event)] = Grants(each.grants.begin(), each.grants.end());
    out.access.history = grants_of(options.access.history);
    out.access.presence = grants_of(options.access.presence);
    out.access.manage = grants_of(options.access.manage);
    out.channels.assign(options.channels.begin(), options.channels.end());
    return out;
  }

  Definitions& out_;
  SchemaBuilder schemas_;
  std::vector<std::pair<std::string_view, StatesDefinition>> states_;
};

}  // namespace define_detail

/// Everything that one application defines, calls and streams included. Events come with the rooms that list them; give those
/// that no room lists (for rooms made at run time) by themselves.
template <class... Parts>
consteval auto define_app(const AppOptions& options, const Parts&... parts) {
  static_assert(((define_detail::is_room<Parts> || define_detail::is_event<Parts> || define_detail::is_call<Parts> ||
                  define_detail::is_presence<Parts>)&&...),
                "define_app takes rooms, events, calls, streams and presence");
  define_detail::check_events(parts...);
  define_detail::check_calls(parts...);
  define_detail::check_rooms(parts...);
  define_detail::check_presence(parts...);
  return App<Parts...>{options, {parts...}};
}
template <class... Parts>
requires((define_detail::is_room<Parts> || define_detail::is_event<Parts> || define_detail::is_call<Parts> ||
          define_detail::is_presence<Parts>)&&...) consteval auto define_app(const Parts&... parts) {
  return define_app(AppOptions{}, parts...);
}

template <class... Parts>
[[nodiscard]] Definitions make_definitions(const App<Parts...>& app) {
  Definitions out;
  define_detail::DefinitionsBuilder builder(out);
  std::apply([&](const auto&... part) { (builder.add(part), ...); }, app.parts);
  builder.finish();
  if (app.options.rate_limit)
    out.rate_limit_global = RateLimit{app.options.rate_limit->max_events, app.options.rate_limit->window_ms};
  return out;
}

template <class... Parts>
App<Parts...>::operator Definitions() const {
  return make_definitions(*this);
}

}  // namespace dialogue
