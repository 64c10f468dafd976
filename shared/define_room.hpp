// define_room("chat", {.name = "Support chat", .max_size = 50}, message, ...): an id or pattern, its rules, its events.
// A Room is a constant. Safe from any thread.
#pragma once
#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <tuple>

#include "shared/define_event.hpp"

namespace dialogue {

/// A short list of names that constant expressions can hold: {"role:staff", "user:ann"}. Not given is not the same as `nobody`.
class NameList {
 public:
  static constexpr std::size_t kNamesMax = 16;
  constexpr NameList() = default;
  constexpr NameList(std::initializer_list<std::string_view> names) : given_(true) {
    if (names.size() > kNamesMax) definition_error("a list in a room's options has at most 16 names");
    for (const std::string_view name : names) names_[count_++] = name;
  }
  [[nodiscard]] constexpr bool given() const { return given_; }
  [[nodiscard]] constexpr const std::string_view* begin() const { return names_.data(); }
  [[nodiscard]] constexpr const std::string_view* end() const { return names_.data() + count_; }
  friend constexpr NameList empty_name_list();

 private:
  std::array<std::string_view, kNamesMax> names_{};
  std::size_t count_ = 0;
  bool given_ = false;
};
constexpr NameList empty_name_list() {
  NameList list;
  list.given_ = true;
  return list;
}
/// A list that is given and empty.
inline constexpr NameList nobody = empty_name_list(), nothing = empty_name_list();

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

/// Who may do what: "*" anybody, "role:NAME", "user:ID". What is not given keeps the default (docs/guides/definitions.md).
struct AccessOptions {
  NameList join = {}, publish = {}, history = {}, presence = {}, manage = {};
};

// Every member has a default, so that g++ does not warn about those that an author leaves out.
struct RoomOptions {
  std::string_view name = {};  ///< display name; empty: the id
  std::string_view description = {};
  std::optional<std::uint64_t> max_size = {};  ///< members, at least 1; absent: unbounded
  std::optional<Keep> retention = {};          ///< absent: 100 events for 10 minutes
  Durability durability = Durability::commit;
  AccessOptions access = {};
  NameList default_subscriptions = {};   ///< event names; not given: all of the room's events
  NameList channels = {};                ///< "websocket", "sse"; not given: all
  std::optional<Limit> rate_limit = {};  ///< publishing; absent: none
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

consteval void check_grants(const NameList& grants) {
  for (const std::string_view grant : grants)
    if (grant != "*" && !((grant.starts_with("role:") || grant.starts_with("user:")) && grant.size() > 5))
      definition_error("a grant is \"*\", \"role:NAME\" or \"user:ID\"");
}

consteval void check_room_options(const RoomOptions& options) {
  if (options.max_size == 0u) definition_error("max_size is at least 1");
  if (options.name.size() > kDisplayNameBytesMax) definition_error("a display name has at most 256 bytes");
  for (const NameList* grants :
       {&options.access.join, &options.access.publish, &options.access.history, &options.access.presence, &options.access.manage})
    check_grants(*grants);
  for (const std::string_view channel : options.channels)
    if (channel != "websocket" && channel != "sse") definition_error("a channel is \"websocket\" or \"sse\"");
}

}  // namespace define_detail

/// `id` is a name, or a pattern with one parameter ("game-{id}"). Without events the room allows none.
template <class... Events>
consteval auto define_room(std::string_view id, const RoomOptions& options, const Events&... events) {
  static_assert((define_detail::is_event<Events> && ...), "after its options a room lists events made by define_event");
  if (!is_room_pattern(id))
    definition_error("a room id is 1 to 128 of A-Z a-z 0-9 _ - . : @ ~ with at most one {parameter}, and not __proto__");
  define_detail::check_room_options(options);
  const std::array<std::string_view, sizeof...(Events)> names{events.name...};
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) definition_error("a room lists an event twice");
  for (const std::string_view subscribed : options.default_subscriptions)
    if (((subscribed != events.name) && ...))
      definition_error("default_subscriptions names an event that the room does not list");
  return Room<Events...>{id, options, {events...}};
}

}  // namespace dialogue
