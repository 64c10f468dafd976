// See state_watches.hpp.
#include "server/core/presence/state_watches.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"

namespace dialogue::core {
namespace {

/// Returns the limit on the states that a connection may send. It fits the rate of reports, since clients coalesce states, too.
RateLimit limit_of(const StatesDefinition& states) {
  constexpr std::uint64_t kSecondMs = 1000;
  return {2 * states.rate, kSecondMs};
}

Error too_many(std::size_t watches_max) {
  return {ErrorCode::too_many_states, std::to_string(watches_max) + " watches of a connection", {}};
}

/// Who it is in the room: its rights may be narrower there.
const std::shared_ptr<const Identity>& identity_in(Connection& connection, std::string_view room_id) {
  const Membership* membership = connection.membership_in(room_id);
  return membership != nullptr ? connection.identity_in(*membership) : connection.identity;
}

}  // namespace

const StateWatches::WatchedRoom* StateWatches::watched(const Connection& connection, const std::string& room_id) const {
  const auto book = books_.find(connection.id);
  if (book == books_.end()) return nullptr;
  for (const std::uint64_t number : book->second.watched)
    if (const WatchedRoom& room = rooms_.at(number); room.id == room_id) return &room;
  return nullptr;
}

void StateWatches::refuse(Connection& connection, const Frame& frame, const Error& fault, std::uint64_t retry_after_ms) {
  context_.answer(connection, watch_refusal_frame(frame.integers[0], 0, fault, retry_after_ms));
  const std::string_view request = frame.type == FrameType::watch ? "watch" : "state";
  context_.note_refused(connection, {request, frame.string}, fault);
}

void StateWatches::watch(Connection& connection, const Frame& frame) {
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
  const RateLimit reads = read_limit(context_.config);
  if (const std::uint64_t wait_ms = connection.reads.wait_ms(reads, now_ms)) {
    context_.effects.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::read);
    return refuse(connection, frame, {ErrorCode::rate_limited, {}, {}}, wait_ms);
  }
  connection.reads.take(reads, now_ms);
  std::string after;
  const auto fault = read_envelope_object(frame.payload, [&](const std::string& name, JsonReader& value) {
    return name == "after" ? read_bounded(value, kNameBytesMax, after) : value.skip();
  });
  if (fault) return refuse(connection, frame, {ErrorCode::request_invalid, "WATCH: " + *fault, {}});
  if (frame.string.size() > kNameBytesMax) return refuse(connection, frame, {ErrorCode::name_invalid, {}, {}});
  const bool is_further = watched(connection, frame.string) != nullptr;
  Book& book = books_[connection.id];
  if (const auto crowded = refusal(book, is_further)) {
    refuse(connection, frame, *crowded, crowded->code == ErrorCode::rate_limited ? kWatchRetryMs : 0);
    return tidy(connection.id);
  }
  book.asked.push_back({frame.integers[0], frame.string, is_further});
  context_.requests.begin({RequestKind::watch, connection.id, frame.integers[0], frame.string}, now_ms);
  const std::uint32_t owner = shard_of(frame.string, context_.effects.shard_count());
  context_.effects.post(owner, WatchStates{context_.address_of(connection), frame.integers[0], frame.string, std::move(after),
                                           identity_in(connection, frame.string), connection.transport});
}

std::optional<Error> StateWatches::refusal(const Book& book, bool is_further) const {
  const std::size_t watches_max = context_.config.limits.rooms_per_connection_max;
  if (book.asked.size() >= 2 * watches_max) return Error{ErrorCode::rate_limited, {}, {}};
  const auto is_new = [](const Asked& each) { return !each.is_further; };
  const auto asked = static_cast<std::size_t>(std::count_if(book.asked.begin(), book.asked.end(), is_new));
  if (is_further || book.watched.size() + asked < watches_max) return std::nullopt;
  return too_many(watches_max);
}

std::optional<StateWatches::Asked> StateWatches::take_asked(ConnectionId connection, std::uint64_t req,
                                                            const std::string& room_id) {
  const auto book = books_.find(connection);
  if (book == books_.end()) return std::nullopt;
  auto& all = book->second.asked;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Asked& each) { return each.req == req && each.room_id == room_id; });
  if (found == all.end()) return std::nullopt;
  std::optional<Asked> asked = std::move(*found);
  all.erase(found);
  return asked;
}

void StateWatches::expired(const RequestKey& key) {
  Connection* connection = context_.connections.find(key.connection);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (!take_asked(key.connection, key.number, key.room_id)) return;
  const Error fault{ErrorCode::store_unavailable, {}, {}};
  context_.answer(*connection, watch_refusal_frame(key.number, 0, fault, 0));
  context_.note_refused(*connection, {"watch", key.room_id}, fault);
  tidy(key.connection);
}

void StateWatches::unwatch(const Connection& connection, const Frame& frame) {
  const auto book = books_.find(connection.id);
  if (book == books_.end()) return;
  auto& watched = book->second.watched;
  const auto found = std::find(watched.begin(), watched.end(), frame.integers[0]);
  if (found == watched.end()) return;
  for (Asked& asked : book->second.asked)
    if (asked.room_id == rooms_.at(frame.integers[0]).id) asked.is_wanted = false;
  watched.erase(found);
  drop(connection.id, frame.integers[0]);
  post_unwatch(frame.integers[0]);
  tidy(connection.id);
}

void StateWatches::set(Connection& connection, const Frame& frame, std::span<char> payload) {
  const Membership* membership = connection.membership_in(frame.string);
  if (membership == nullptr || membership->leaving) return refuse(connection, frame, {ErrorCode::not_joined, {}, {}});
  const RoomRules& rules = *membership->local->rules;
  if (rules.state_entry == kNoEvent)
    return refuse(connection, frame,
                  {ErrorCode::request_invalid, "the definition of room " + frame.string + " has no states", {}});
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
  const RateLimit limit = limit_of(*rules.definition.states);
  auto& meters = books_[connection.id].meters;
  if (meters.size() > context_.config.limits.rooms_per_connection_max)  // of rooms that it has left, too
    std::erase_if(meters, [&](const auto& each) { return connection.membership(each.first) == nullptr; });
  RateMeter& meter = meters[membership->room];
  if (const std::uint64_t wait_ms = meter.wait_ms(limit, now_ms)) {
    context_.effects.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::read);
    return refuse(connection, frame, {ErrorCode::rate_limited, {}, {}}, wait_ms);
  }
  meter.take(limit, now_ms);
  SetState state{context_.address_of(connection), frame.integers[0], membership->room, connection.identity_in(*membership), {}};
  if (std::string_view(payload.data(), payload.size()) != "null") {
    if (payload.size() > kStateBytesMax)
      return refuse(connection, frame, {ErrorCode::payload_too_large, std::to_string(kStateBytesMax), {}});
    if (const auto fault = check_payload(context_.config, context_.effects, rules.state_entry, payload))
      return refuse(connection, frame, *fault);
    state.state.assign(payload.data(), payload.size());
  }
  context_.effects.post(owner_of(membership->room, context_.effects.shard_count()), std::move(state));
}

void StateWatches::handle(StatesPage&& page) {
  const bool is_granted = page.fault.code == ErrorCode::ok;
  const bool is_in_time = context_.requests.answered({RequestKind::watch, page.to, page.req, page.room_id});
  Connection* connection = context_.connections.find(page.to);
  std::optional<Asked> asked;
  if (is_in_time && connection != nullptr && connection->state == SessionState::ready)
    asked = take_asked(page.to, page.req, page.room_id);
  if (!asked) return is_granted ? post_unwatch(page.room) : void();
  if (is_granted) {
    auto missing = missing_right(page.rules->definition, page.room_id, Right::presence, *identity_in(*connection, page.room_id));
    if (missing) page.fault = {ErrorCode::forbidden, std::move(*missing), {}};  // it has another token meanwhile
    if (!begin(*asked, page)) post_unwatch(page.room);
  }
  if (page.fault.code == ErrorCode::ok) {
    context_.answer(*connection, watched_frame(page.req, page.room, page.clock, page.page));
    return tidy(page.to);
  }
  context_.answer(*connection, watch_refusal_frame(page.req, 0, page.fault, 0));
  const std::string_view pattern = page.rules ? std::string_view(page.rules->definition.id) : std::string_view();
  context_.note_refused(*connection, {"watch", page.room_id, pattern}, page.fault);
  tidy(page.to);
}

bool StateWatches::begin(const Asked& asked, StatesPage& page) {
  if (page.fault.code != ErrorCode::ok || !asked.is_wanted) return false;
  auto& watched = books_.at(page.to).watched;
  if (std::find(watched.begin(), watched.end(), page.room) != watched.end()) return false;
  const std::size_t watches_max = context_.config.limits.rooms_per_connection_max;
  if (watched.size() >= watches_max) {  // the room has ended since a further page of it was asked for, and is another one
    page.fault = too_many(watches_max);
    return false;
  }
  WatchedRoom& room = rooms_[page.room];
  room.id = page.room_id;
  room.rules = page.rules;
  room.watchers.push_back({page.to});
  watched.push_back(page.room);
  return true;
}

void StateWatches::handle(const StateRefused& refused) {
  Connection* connection = context_.connections.find(refused.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  context_.answer(*connection, watch_refusal_frame(refused.req, 0, refused.fault, 0));
  context_.note_refused(*connection, {.request = "state"}, refused.fault);
}

void StateWatches::handle(const StatesReport& report) {
  const auto room = rooms_.find(report.room);
  if (room == rooms_.end()) return;
  const SharedBytes text = states_frame(report.room, report.clock, report.changes);
  for (Watcher& watcher : room->second.watchers) {
    Connection& connection = *context_.connections.find(watcher.connection);
    if (watcher.lags) continue;
    if (connection.unsent.left() + text->size() <= context_.config.limits.lag_bytes_max) {
      queue(context_.effects, connection, text);
      continue;
    }
    watcher.lags = true;
    ++lagging_;
    look_ms_ = std::min(look_ms_, context_.effects.now().monotonic_ms + kWatchRetryMs);
  }
}

void StateWatches::handle(const StatesEnded& ended) {
  const auto room = rooms_.find(ended.room);
  if (room == rooms_.end()) return;
  const SharedBytes text = watch_refusal_frame(0, ended.room, {ErrorCode::room_deleted, {}, {}}, 0);
  const std::vector<Watcher> watchers = room->second.watchers;
  for (const Watcher& watcher : watchers) {
    context_.answer(*context_.connections.find(watcher.connection), text);
    std::erase(books_.at(watcher.connection).watched, ended.room);
    drop(watcher.connection, ended.room);
    tidy(watcher.connection);
  }
}

void StateWatches::drop(ConnectionId connection, std::uint64_t number) {
  const auto room = rooms_.find(number);
  auto& watchers = room->second.watchers;
  const auto watcher =
      std::find_if(watchers.begin(), watchers.end(), [&](const Watcher& each) { return each.connection == connection; });
  if (watcher->lags) --lagging_;
  watchers.erase(watcher);
  if (watchers.empty()) rooms_.erase(room);
}

void StateWatches::tidy(ConnectionId connection) {
  const auto book = books_.find(connection);
  if (book != books_.end() && book->second.watched.empty() && book->second.meters.empty() && book->second.asked.empty())
    books_.erase(book);
}

void StateWatches::post_unwatch(std::uint64_t room) {
  context_.effects.post(owner_of(room, context_.effects.shard_count()), UnwatchStates{context_.effects.shard(), room});
}

void StateWatches::end_forbidden(Connection& connection) {
  const auto book = books_.find(connection.id);
  if (book == books_.end()) return;
  const std::vector<std::uint64_t> all = book->second.watched;
  for (const std::uint64_t number : all) {
    const WatchedRoom& room = rooms_.at(number);
    auto missing = missing_right(room.rules->definition, room.id, Right::presence, *identity_in(connection, room.id));
    if (!missing) continue;
    context_.answer(connection, watch_refusal_frame(0, number, {ErrorCode::forbidden, std::move(*missing), {}}, 0));
    std::erase(book->second.watched, number);
    drop(connection.id, number);
    post_unwatch(number);
  }
  tidy(connection.id);
}

void StateWatches::end_all(const Connection& connection) {
  const auto book = books_.find(connection.id);
  if (book == books_.end()) return;
  for (const std::uint64_t number : book->second.watched) {
    drop(connection.id, number);
    post_unwatch(number);
  }
  books_.erase(book);
}

std::uint64_t StateWatches::tick() {
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
  if (look_ms_ > now_ms) return look_ms_;
  for (auto& [number, room] : rooms_) {
    for (Watcher& watcher : room.watchers) {
      if (!watcher.lags) continue;
      Connection& connection = *context_.connections.find(watcher.connection);
      if (connection.unsent.left() > context_.config.limits.lag_bytes_max / 2) continue;
      watcher.lags = false;
      --lagging_;
      queue(context_.effects, connection, states_frame(number, 0, "{}"));
    }
  }
  return look_ms_ = lagging_ > 0 ? now_ms + kWatchRetryMs : kNever;
}

}  // namespace dialogue::core
