// define_room("chat", {.name = "Support chat", .max_size = 50}, message, ...): an id or pattern, its rules, its events.
// A Room is a constant. Safe from any thread.
#pragma once
#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <tuple>

#include "shared/base/transports.hpp"
#include "shared/define/define_event.hpp"

namespace dialogue {

/// A short list that constant expressions can hold: {"role:staff", "user:ann"}. {} is a list that is given and empty.
template <class T, std::size_t kItemsMax>
class ConstantList {
 public:
  constexpr ConstantList() = default;
  constexpr ConstantList(std::initializer_list<T> items) {
    if (items.size() > kItemsMax)
      definition_error("a list in a room's options is too long; shared/define/define_room.hpp has the bounds");
    for (const T& item : items) items_[count_++] = item;
  }
  /// A list that is not given.
  [[nodiscard]] static constexpr ConstantList absent() {
    ConstantList list;
    list.given_ = false;
    return list;
  }
  [[nodiscard]] constexpr bool given() const { return given_; }
  [[nodiscard]] constexpr const T* begin() const { return items_.data(); }
  [[nodiscard]] constexpr const T* end() const { return items_.data() + count_; }

 private:
  std::array<T, kItemsMax> items_{};
  std::size_t count_ = 0;
  bool given_ = true;
};
using NameList = ConstantList<std::string_view, 16>;

/// A list that is not given: its default applies.
inline constexpr NameList by_default = NameList::absent();
/// Lists that are given and empty, as {} is.
inline constexpr NameList nobody = {}, nothing = {};

/// How much of a room's log is kept; keep(1000, "7d"), keep(1000), keep("7d"). What is left out is unbounded.
struct Keep {
  std::optional<std::uint64_t> max_events, max_age_ms;
};
consteval Keep keep(std::uint64_t max_events, std::string_view max_age) {
  return {max_events, define_detail::duration_or_error(max_age)};
}
consteval Keep keep(std::uint64_t max_events) { return {max_events, {}}; }
consteval Keep keep(std::string_view max_age) { return {{}, define_detail::duration_or_error(max_age)}; }
inline constexpr Keep keep_all{};

/// At most `max_events` publications of one member in `window` ("1s").
struct Limit {
  std::uint64_t max_events = 0, window_ms = 0;
};
consteval Limit limit(std::uint64_t max_events, std::string_view window) {
  if (max_events == 0) definition_error("limit() allows at least one event");
  return {max_events, define_detail::duration_or_error(window)};
}

/// The users that may publish one event.
struct EventGrants {
  std::string_view event = {};
  NameList grants = {};
};

/// The users that have each right: "*" for all users, "role:NAME", "user:ID", "token"; {} for no user. Rights that are not set
/// keep the default (docs/guides/definitions.md).
struct AccessOptions {
  NameList join = by_default, publish = by_default, history = by_default, presence = by_default, manage = by_default;
  ConstantList<EventGrants, 8> publish_event = {};  ///< narrower than publish: {{"notice", {"role:staff"}}}
};

// Every member has a default, so that g++ does not warn about those that an author leaves out.
struct RoomOptions {
  std::string_view name = {};  ///< display name; empty: the id
  std::string_view description = {};
  std::optional<std::uint64_t> max_size = {};  ///< members, at least 1; absent: unbounded
  std::optional<Keep> retention = {};          ///< absent: 100 events for 10 minutes
  Durability durability = Durability::commit;
  bool presence = true;  ///< whether members receive the users of the room, and their joining and leaving
  AccessOptions access = {};
  NameList default_subscriptions = by_default;  ///< event names; not given: all of the room's events
  NameList channels = by_default;               ///< names of kTransports, at least one; not given: all
  std::optional<Limit> rate_limit = {};         ///< publishing; absent: none
};

template <class... Events>
struct Room {
  std::string_view id;  ///< or pattern
  RoomOptions options;
  std::tuple<Events...> events;
};

namespace define_detail {

template <class T>
inline constexpr bool is_event = is_a<T, Event>;

consteval void check_grants(std::string_view room_id, const NameList& grants) {
  for (const std::string_view grant : grants) {
    const bool named = (grant.starts_with("role:") || grant.starts_with("user:")) && grant.size() > 5;
    if (grant != "*" && grant != kTokenGrant && !named)
      definition_error("a grant is \"*\", \"role:NAME\", \"user:ID\" or \"token\"");
    if (!names_parameter_of(grant, room_id)) definition_error("a grant names a parameter in braces that the room does not have");
  }
}

consteval void check_room_options(std::string_view id, const RoomOptions& options) {
  if (options.max_size == 0u) definition_error("max_size is at least 1");
  if (options.name.size() > kDisplayNameBytesMax) definition_error("a display name has at most 256 bytes");
  for (const NameList* grants :
       {&options.access.join, &options.access.publish, &options.access.history, &options.access.presence, &options.access.manage})
    check_grants(id, *grants);
  for (const EventGrants& each : options.access.publish_event) check_grants(id, each.grants);
  if (options.channels.given() && options.channels.begin() == options.channels.end())
    definition_error("channels names no transport: no client could join");
  for (const std::string_view channel : options.channels)
    if (!is_channel(channel)) definition_error("a channel is a transport: \"websocket\" or \"sse\"");
}

}  // namespace define_detail

/// `id` is a name, or a pattern with one parameter ("game-{id}"). Without events the room allows none.
template <class... Events>
consteval auto define_room(std::string_view id, const RoomOptions& options, const Events&... events) {
  static_assert((define_detail::is_event<Events> && ...), "after its options a room lists events made by define_event");
  if (!is_room_pattern(id))
    definition_error("a room id is 1 to 128 of A-Z a-z 0-9 _ - . : @ ~ with at most one {parameter}, and not __proto__");
  define_detail::check_room_options(id, options);
  const std::array<std::string_view, sizeof...(Events)> names{events.name...};
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) definition_error("a room lists an event twice");
  for (const std::string_view subscribed : options.default_subscriptions)
    if (((subscribed != events.name) && ...))
      definition_error("default_subscriptions names an event that the room does not list");
  for (const EventGrants& each : options.access.publish_event)
    if (((each.event != events.name) && ...)) definition_error("publish_event names an event that the room does not list");
  return Room<Events...>{id, options, {events...}};
}

}  // namespace dialogue
