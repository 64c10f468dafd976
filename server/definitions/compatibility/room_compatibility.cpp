#include "server/definitions/compatibility/room_compatibility.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "server/definitions/compatibility/room_shape.hpp"
#include "server/definitions/compatibility/served_rooms.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::definitions {
namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// Grants with the room's parameter in a form that two patterns share only when it means the same in both.
Grants comparable(const Grants& grants, const RoomDefinition& room, bool same_shape) {
  Grants out;
  for (const std::string& grant : grants) {
    const bool names_parameter = grant.find('{') != std::string::npos;
    out.push_back(names_parameter ? (same_shape ? "" : room.id + ' ') + room_shape(grant) : grant);
  }
  return out;
}

/// One old room and the new one that serves some of its ids.
class RoomComparison {
 public:
  RoomComparison(const RoomDefinition& before, const RoomDefinition& after, std::vector<Change>& out)
      : before_(before), after_(after), same_shape_(room_shape(before.id) == room_shape(after.id)), out_(out) {
    where_ = "room " + after.id + (same_shape_ ? "" : " (was " + before.id + ")");
  }

  void run() {
    compare_events();
    compare_size();
    compare_keeping();
    compare_states();
    compare_subscriptions();
    compare_channels();
    compare_access();
    compare_middleware(before_.middleware, after_.middleware, where_, out_);
  }

 private:
  void note(Impact impact, std::string message) { out_.push_back({impact, where_, std::move(message)}); }

  void compare_events() {
    for (const std::string& event : before_.events)
      if (!has(after_.events, event)) note(Impact::breaks_both, "no longer allows the event " + event + ".");
    for (const std::string& event : after_.events)
      if (!has(before_.events, event)) note(Impact::harmless, "allows the event " + event + " now.");
  }

  void compare_size() {
    if (before_.max_size == after_.max_size) return;
    const auto text = [](const RoomDefinition& room) {
      return room.max_size ? std::to_string(*room.max_size) : std::string("any number of");
    };
    const bool fewer = after_.max_size && (!before_.max_size || *after_.max_size < *before_.max_size);
    note(fewer ? Impact::breaks_both : Impact::harmless,
         "holds " + text(after_) + " members now; it was " + text(before_) + (fewer ? ", and further ones are refused." : "."));
  }

  void compare_keeping() {
    const Retention &was = before_.retention, &is = after_.retention;
    if (was.max_events != is.max_events || was.max_age_ms != is.max_age_ms) note(Impact::harmless, "has another retention.");
    if (before_.durability != after_.durability) note(Impact::harmless, "has another durability.");
    if (before_.sends_presence != after_.sends_presence)
      note(Impact::harmless, after_.sends_presence ? "now reports presence." : "no longer reports presence.");
  }

  /// The schema of states is compared as those of events are.
  void compare_states() {
    if (!before_.states || !after_.states) return;
    const StatesDefinition &was = *before_.states, &is = *after_.states;
    if (was.keeps_sessions != is.keeps_sessions)
      note(Impact::breaks_readers, is.keeps_sessions
                                       ? "reports the states of all sessions now; it was the newest of each user."
                                       : "reports the newest state of each user now; it was those of all sessions.");
    if (was.rate != is.rate || was.grace_ms != is.grace_ms) note(Impact::harmless, "has another rate or grace of presence.");
  }

  /// Only of events that both allow: the others are reported already.
  void compare_subscriptions() {
    const Names &was = before_.default_subscriptions ? *before_.default_subscriptions : before_.events,
                &is = after_.default_subscriptions ? *after_.default_subscriptions : after_.events;
    for (const std::string& event : before_.events) {
      if (!has(after_.events, event) || has(was, event) == has(is, event)) continue;
      if (has(was, event))
        note(Impact::breaks_readers, "no longer subscribes new members to the event " + event + ".");
      else
        note(Impact::harmless, "subscribes new members to the event " + event + " now.");
    }
  }

  void compare_channels() {
    static const Names kAll(kChannels.begin(), kChannels.end());
    const Names &was = before_.channels.empty() ? kAll : before_.channels, &is = after_.channels.empty() ? kAll : after_.channels;
    for (const std::string& channel : was)
      if (!has(is, channel)) note(Impact::breaks_both, "no longer admits members over " + channel + ".");
    for (const std::string& channel : is)
      if (!has(was, channel)) note(Impact::harmless, "admits members over " + channel + " now.");
  }

  /// Whether every user who satisfies all of the lists `was` also satisfies `is`.
  bool is_granted_to_all(const std::vector<std::optional<Grants>>& was, const std::optional<Grants>& is) const {
    if (!is || has(*is, "*")) return true;
    const Grants wanted = comparable(*is, after_, same_shape_);
    return std::any_of(was.begin(), was.end(), [&](const std::optional<Grants>& list) {
      if (!list) return false;
      const Grants given = comparable(*list, before_, same_shape_);
      return std::all_of(given.begin(), given.end(), [&](const std::string& grant) { return has(wanted, grant); });
    });
  }

  bool are_same(const std::optional<Grants>& was, const std::optional<Grants>& is) const {
    if (!was || !is) return !was == !is;
    return comparable(*was, before_, same_shape_) == comparable(*is, after_, same_shape_);
  }

  void compare_right(std::string_view name, std::optional<Grants> Access::*right, Impact impact) {
    const std::optional<Grants>&was = before_.access.*right, &is = after_.access.*right;
    if (are_same(was, is)) return;
    const bool fewer = !is_granted_to_all({was}, is);
    note(fewer ? impact : Impact::harmless,
         "grants " + std::string(name) + " to " + grants_text(is) + " now; it was " + grants_text(was) + ".");
  }

  void compare_access() {
    compare_right("join", &Access::join, Impact::breaks_both);
    compare_right("history", &Access::history, Impact::breaks_readers);
    compare_right("presence", &Access::presence, Impact::breaks_readers);
    compare_manage();
    compare_publish();
  }

  /// Without a rule, users may manage whose session's token grants it: no list says that, but one of all users covers it.
  void compare_manage() {
    const std::optional<Grants>&was = before_.access.manage, &is = after_.access.manage;
    if (are_same(was, is)) return;
    const bool fewer = was ? !was->empty() && !(is && is_granted_to_all({was}, is)) : !has(*is, "*");
    const auto text = [](const std::optional<Grants>& grants) {
      return grants ? grants_text(grants) : std::string("users whose session's token grants it");
    };
    note(fewer ? Impact::breaks_publishers : Impact::harmless,
         "grants manage to " + text(is) + " now; it was " + text(was) + ".");
  }

  /// To publish an event, a user must meet the room's list and the event's own.
  void compare_publish() {
    const auto own = [](const RoomDefinition& room, const std::string& event) -> std::optional<Grants> {
      const auto found = room.access.publish_event.find(event);
      return found == room.access.publish_event.end() ? std::nullopt : std::optional(found->second);
    };
    bool told = are_same(before_.access.publish, after_.access.publish);
    for (const std::string& event : before_.events) {
      if (!has(after_.events, event)) continue;
      const std::optional<Grants> was_own = own(before_, event), is_own = own(after_, event);
      const std::vector<std::optional<Grants>> was = {before_.access.publish, was_own};
      if (!told && !is_granted_to_all(was, after_.access.publish)) {
        told = true;
        note(Impact::breaks_publishers, "grants publish to " + grants_text(after_.access.publish) + " now; it was " +
                                            grants_text(before_.access.publish) + ".");
      }
      if (are_same(was_own, is_own)) continue;
      note(is_granted_to_all(was, is_own) ? Impact::harmless : Impact::breaks_publishers,
           "grants publish of " + event + " to " + grants_text(is_own) + " now; it was " + grants_text(was_own) + ".");
    }
    if (!told)
      note(Impact::harmless, "grants publish to " + grants_text(after_.access.publish) + " now; it was " +
                                 grants_text(before_.access.publish) + ".");
  }

  const RoomDefinition &before_, &after_;
  bool same_shape_;
  std::vector<Change>& out_;
  std::string where_;
};

std::set<std::string> shapes_of(const std::vector<RoomDefinition>& rooms) {
  std::set<std::string> out;
  for (const RoomDefinition& room : rooms) out.insert(room_shape(room.id));
  return out;
}

std::optional<RateLimit> own_limit(const Definitions& definitions, const RoomDefinition& room) {
  const auto found = definitions.rate_limit_per_room.find(room.id);
  return found == definitions.rate_limit_per_room.end() ? std::nullopt : std::optional(found->second);
}

void compare_rate(const std::optional<RateLimit>& was, const std::optional<RateLimit>& is, const std::string& where,
                  std::vector<Change>& out) {
  if (rate_text(was) != rate_text(is))
    out.push_back({is_tighter(was, is) ? Impact::breaks_publishers : Impact::harmless, where,
                   "takes " + rate_text(is) + " now; it was " + rate_text(was) + "."});
}

}  // namespace

std::string grants_text(const std::optional<Grants>& grants) {
  if (!grants) return "everybody";
  if (grants->empty()) return "no user";
  std::string out;
  for (const std::string& grant : *grants) out += (out.empty() ? "" : ", ") + grant;
  return out;
}

void compare_rooms(const Definitions& before, const Definitions& after, std::vector<Change>& out) {
  std::vector<const RoomDefinition*> all;
  for (const RoomDefinition& room : before.rooms) all.push_back(&room);
  for (const RoomDefinition& room : after.rooms) all.push_back(&room);
  const std::set<std::string> old_shapes = shapes_of(before.rooms), new_shapes = shapes_of(after.rooms);

  std::map<const RoomDefinition*, std::map<const RoomDefinition*, std::string>> served;  // old room -> new room -> an id
  for (const std::string& id : telling_ids(all))
    if (const RoomDefinition* was = room_of(before.rooms, id)) served[was].emplace(room_of(after.rooms, id), id);

  for (const RoomDefinition& was : before.rooms) {
    const std::string where = "room " + was.id;
    for (const auto& [is, id] : served[&was]) {
      if (is == nullptr) {
        const bool all_gone = served[&was].size() == 1;
        out.push_back({Impact::breaks_both, where, all_gone ? "is gone." : "no longer exists for ids such as \"" + id + "\"."});
        continue;
      }
      RoomComparison(was, *is, out).run();
      const std::string place = "room " + is->id + (room_shape(was.id) == room_shape(is->id) ? "" : " (was " + was.id + ")");
      compare_rate(own_limit(before, was), own_limit(after, *is), place, out);
      if (new_shapes.count(room_shape(was.id)) == 0) out.push_back({Impact::harmless, where, "is served by " + is->id + " now."});
    }
  }
  for (const RoomDefinition& is : after.rooms)
    if (old_shapes.count(room_shape(is.id)) == 0) out.push_back({Impact::harmless, "room " + is.id, "is new."});
}

}  // namespace dialogue::definitions
