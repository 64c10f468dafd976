// define_event<Payload>(name, parts...): a name, what the payload looks like, how the event is delivered.
// An Event is a constant; it also encodes and decodes its payloads. Safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "shared/base/duration.hpp"
#include "shared/base/names.hpp"
#include "shared/define/define_json.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// How an event is delivered; made by the functions below.
struct DeliveryPolicy {
  Delivery delivery = Delivery::reliable;
  std::string_view latest_key;
  std::optional<std::uint64_t> window_events, window_age_ms;
  friend constexpr bool operator==(const DeliveryPolicy&, const DeliveryPolicy&) = default;
};

namespace define_detail {
consteval std::uint64_t duration_or_error(std::string_view text) {
  const auto duration = parse_duration_ms(text);
  if (!duration) definition_error("a duration is written \"500ms\", \"30s\", \"10m\", \"12h\" or \"7d\"");
  return duration.value_or(0);
}
}  // namespace define_detail

/// In the log, recovered after a reconnection. The default.
inline constexpr DeliveryPolicy reliable{};
/// Never stored, dropped first for slow members.
inline constexpr DeliveryPolicy volatile_{Delivery::volatile_, {}, {}, {}};
/// Only the newest is kept and owed: one for each value of the property `key`, or one in all.
consteval DeliveryPolicy latest(std::string_view key = {}) { return {Delivery::latest, key, {}, {}}; }
/// In the log with its own retention: at most `max_events`, for at most `max_age` ("10m").
consteval DeliveryPolicy window(std::uint64_t max_events) {
  if (max_events == 0) definition_error("a window keeps at least one event");
  return {Delivery::window, {}, max_events, {}};
}
consteval DeliveryPolicy window(std::uint64_t max_events, std::string_view max_age) {
  DeliveryPolicy policy = window(max_events);
  policy.window_age_ms = define_detail::duration_or_error(max_age);
  return policy;
}
consteval DeliveryPolicy window(std::string_view max_age) {
  return {Delivery::window, {}, {}, define_detail::duration_or_error(max_age)};
}

/// The properties by which members may filter; made by filterable().
template <class... Paths>
struct FilterableBy {
  std::tuple<Paths...> paths;
  friend constexpr bool operator==(const FilterableBy&, const FilterableBy&) = default;
};

/// Members may filter by these properties of the payload, at most 16; a nested one is "customer.region".
template <class... Paths>
consteval auto filterable(Paths... paths) {
  static_assert(sizeof...(Paths) > 0 && sizeof...(Paths) <= kFilterableMax, "an event has 1 to 16 filterable properties");
  return FilterableBy<std::conditional_t<true, std::string_view, Paths>...>{{std::string_view(paths)...}};
}

namespace define_detail {
template <class Part>
inline constexpr bool is_filterable_by = false;
template <class... Paths>
inline constexpr bool is_filterable_by<FilterableBy<Paths...>> = true;
/// What of an event's parts does not describe its payload.
template <class Part>
inline constexpr bool is_policy = std::is_same_v<Part, DeliveryPolicy> || is_filterable_by<Part>;
}  // namespace define_detail

/// An event without its types.
struct NamedEvent {
  std::string_view name;
  friend constexpr bool operator==(const NamedEvent&, const NamedEvent&) = default;
};

template <class PayloadType, class... Parts>
struct Event : NamedEvent {
  using Payload = PayloadType;
  std::tuple<Parts...> parts;  ///< as given, delivery and description among them

  [[nodiscard]] constexpr DeliveryPolicy delivery() const {
    DeliveryPolicy found;
    const auto look = [&](const auto& part) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(part)>, DeliveryPolicy>) found = part;
    };
    std::apply([&](const auto&... each) { (look(each), ...); }, parts);
    return found;
  }
  /// Calls `each(path)` for the properties by which members may filter.
  template <class Each>
  constexpr void for_each_filterable(const Each& each) const {
    const auto look = [&](const auto& part) {
      if constexpr (define_detail::is_filterable_by<std::remove_cvref_t<decltype(part)>>)
        std::apply([&](const auto&... path) { (each(path), ...); }, part.paths);
    };
    std::apply([&](const auto&... part) { (look(part), ...); }, parts);
  }
  /// What of the parts describes the payload.
  [[nodiscard]] constexpr auto payload_options() const {
    const auto keep = [](const auto& part) {
      if constexpr (define_detail::is_policy<std::remove_cvref_t<decltype(part)>>)
        return std::tuple<>{};
      else
        return std::tuple(part);
    };
    return std::apply([&](const auto&... each) { return std::tuple_cat(keep(each)...); }, parts);
  }
  friend constexpr bool operator==(const Event&, const Event&) = default;
};

namespace define_detail {

/// The key of latest() must be a required property of every payload, and its value must not be an object or array.
template <class Part>
constexpr bool is_key_field(const Part&, std::string_view) {
  return false;
}
template <auto Member, class... Options>
constexpr bool is_key_field(const Field<Member, Options...>& part, std::string_view key) {
  using Type = FieldType<Member>;
  return part.name == key && !may_be_absent<Type> && (json_types_of<Type>() & (kArray | kObject)) == 0;
}

template <class Payload, class Options>
consteval bool has_key_field(const Options& options, std::string_view key) {
  if constexpr (is_struct<Payload>)
    return std::apply([&](const auto&... part) { return (is_key_field(part, key) || ...); }, object_parts<Payload>(options));
  else
    return false;
}

template <class Part>
constexpr bool is_field_named(const Part&, std::string_view) {
  return false;
}
template <auto Member, class... Options>
constexpr bool is_field_named(const Field<Member, Options...>& part, std::string_view name) {
  return part.name == name;
}

template <class Payload, class Options>
constexpr bool has_field(const Options& options, std::string_view name) {
  if constexpr (is_struct<Payload>)
    return std::apply([&](const auto&... part) { return (is_field_named(part, name) || ...); }, object_parts<Payload>(options));
  else
    return false;
}

}  // namespace define_detail

/// `name` is "message" or "domain.action": 1 to 128 of A-Z a-z 0-9 _ - . : @ ~. `parts` are field<>()s, or bounds for a payload
/// that is not a struct, nothing for a type with describe<T>; and a delivery policy, filterable(), description(), open().
///   constexpr auto message = define_event<Message>("message", field<&Message::text>("text", max_length(2000)));
template <class Payload, class... Parts>
consteval auto define_event(std::string_view name, Parts... parts) {
  if (!is_name(name)) definition_error("an event name is 1 to 128 of A-Z a-z 0-9 _ - . : @ ~, without \"..\", and not __proto__");
  if (is_reserved_event(name)) definition_error("event names that begin with \"dialogue.\" are the server's own");
  static_assert((int{std::is_same_v<Parts, DeliveryPolicy>} + ... + 0) <= 1, "an event has one delivery policy");
  static_assert((int{define_detail::is_filterable_by<Parts>} + ... + 0) <= 1, "an event lists its filterable properties once");
  static_assert(((define_detail::option_fits<Payload, Parts>() || define_detail::is_policy<Parts>)&&...),
                "a part does not fit the type of the payload");
  static_assert(!define_detail::may_be_absent<Payload>, "a payload is never absent; use nullable<T>");
  define_detail::check_given_once<Parts...>();
  define_detail::check_names(parts...);
  const Event<Payload, Parts...> event{{name}, {parts...}};
  const std::string_view key = event.delivery().latest_key;
  if (!key.empty() && !define_detail::has_key_field<Payload>(event.payload_options(), key))
    definition_error("the key of latest() is a required field: a string, number, boolean or enum");
  event.for_each_filterable([&](std::string_view path) {
    if (!define_detail::has_field<Payload>(event.payload_options(), path.substr(0, path.find('.'))))
      definition_error("a filterable property is a field of the payload, as \"region\" or \"customer.region\"");
  });
  return event;
}

/// JSON of one payload of `event`.
template <class Payload, class... Parts>
[[nodiscard]] std::string to_json(const Event<Payload, Parts...>& event, const Payload& payload) {
  std::string out;
  define_detail::encode(out, payload, event.payload_options());
  return out;
}

/// One payload of `event` from JSON that its schema accepts; see from_json<T>.
template <class Payload, class... Parts>
[[nodiscard]] std::optional<Payload> from_json(const Event<Payload, Parts...>& event, std::string_view text) {
  return define_detail::decode_whole<Payload>(text, event.payload_options());
}

}  // namespace dialogue
