// Each shard's part of a list is sorted and no longer than was asked for; they are merged as they come, so that no more than that
// is held, and the answer does not depend on which shard was first.
#include "server/core/session/shard_queries.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "server/core/connection/hello.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/owner/room_sequencer.hpp"
#include "server/core/room/permission.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::core {
namespace {

bool are_one(const RoomInfo&, const RoomInfo&) { return false; }
bool are_one(const ConnectionInfo&, const ConnectionInfo&) { return false; }
bool are_one(const UserInfo& a, const UserInfo& b) { return a.user_id == b.user_id; }

void put_together(UserInfo& user, const UserInfo& more) { user.connections += more.connections; }
template <typename T>
void put_together(T&, const T&) {}

auto key_of(const RoomInfo& room) { return std::tie(room.id); }
auto key_of(const ConnectionInfo& connection) { return std::tie(connection.user_id, connection.session_id); }
auto key_of(const UserInfo& user) { return std::tie(user.user_id); }

/// Puts two sorted lists together into the first `limit` entries of both.
template <typename T>
void merge(std::vector<T>& all, std::vector<T>&& part, std::uint64_t limit) {
  if (all.empty()) return void(all = std::move(part));
  std::vector<T> both;
  both.reserve(std::min<std::uint64_t>(limit, all.size() + part.size()));
  for (auto a = all.begin(), b = part.begin(); a != all.end() || b != part.end();) {
    const bool is_of_part = a == all.end() || (b != part.end() && key_of(*b) < key_of(*a));
    T& next = is_of_part ? *b++ : *a++;
    if (!both.empty() && are_one(both.back(), next))
      put_together(both.back(), next);
    else if (both.size() == limit)
      break;
    else
      both.push_back(std::move(next));
  }
  all = std::move(both);
}

}  // namespace

template <typename Query>
void ShardQueries::ask_all(Query query, std::function<void(Answers&)> finish) {
  const std::uint64_t number = ++last_gather_;
  Answers& answers = gathers_[number];
  answers.missing = context_.effects.shard_count();
  answers.finish = std::move(finish);
  if constexpr (requires { query.page.limit; }) answers.limit = query.page.limit;
  context_.requests.begin({RequestKind::gather, 0, number}, context_.effects.now().monotonic_ms);
  context_.effects.post_to_all(Gather<Query>{std::move(query), context_.effects.shard(), number});
}

template <typename Result, typename Query>
void ShardQueries::answer_by_all(CallId call, Query query) {
  ask_all(std::move(query), [this, call](Answers& answers) {
    Result result;
    answers.take(result);
    answer_call(call, answers, std::move(result));
  });
}

void ShardQueries::Answers::add(RoomsPart&& part) {
  merge(rooms.rooms, std::move(part.rooms), limit);
  if (part.stopped_at && (!rooms.stopped_at || *part.stopped_at < *rooms.stopped_at))
    rooms.stopped_at = std::move(part.stopped_at);
}

void ShardQueries::Answers::add(std::vector<ConnectionInfo>&& part) { merge(connections, std::move(part), limit); }

void ShardQueries::Answers::add(std::vector<UserInfo>&& part) { merge(users, std::move(part), limit); }

void ShardQueries::Answers::add(ObserveQuery::Result&& part) {
  const auto append = [](auto& all, auto& more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(observed.connections, part.connections);
  append(observed.details, part.details);
  append(observed.refusals, part.refusals);
  append(observed.rooms, part.rooms);
  append(observed.members, part.members);
  observed.count += part.count;
  observed.is_busy = observed.is_busy || part.is_busy;
  observed.has_more = observed.has_more || part.has_more;
  observed.forgotten_ms = std::max(observed.forgotten_ms, part.forgotten_ms);
}

void ShardQueries::handle(Collected&& collected) {
  const auto found = gathers_.find(collected.gather);
  if (found == gathers_.end()) return;
  Answers& answers = found->second;
  std::visit([&answers](auto&& part) { answers.add(std::forward<decltype(part)>(part)); }, std::move(collected.part));
  if (--answers.missing == 0 && context_.requests.answered({RequestKind::gather, 0, collected.gather})) finish(found, true);
}

void ShardQueries::expired(const RequestKey& key) {
  key.kind == RequestKind::gather ? gather_expired(key.number) : permission_expired(key);
}

void ShardQueries::gather_expired(std::uint64_t number) {
  const auto found = gathers_.find(number);
  if (found != gathers_.end()) finish(found, false);
}

void ShardQueries::finish(std::unordered_map<std::uint64_t, Answers>::iterator found, bool is_complete) {
  Answers done = std::move(found->second);
  gathers_.erase(found);
  done.is_complete = is_complete;
  done.finish(done);
}

void ShardQueries::answer_call(CallId call, const Answers& answers, CallResult&& result) const {
  if (answers.is_complete) return context_.effects.answer(call, std::move(result));
  context_.effects.answer(call, Error{ErrorCode::store_unavailable, {}, {}});
}

// --- LIST ---

void ShardQueries::list(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0];
  auto read = read_list(frame.payload);
  if (const Error* fault = std::get_if<Error>(&read)) return context_.answer(connection, refusal_frame(req, *fault));
  ListAsked& asked = std::get<ListAsked>(read);
  asked.req = req;
  connection.reads.take(read_limit(context_.config), context_.effects.now().monotonic_ms, list_weight(asked.limit) - 1);
  if (!connection.list) connection.list = std::make_unique<ListState>();
  if (connection.list->waiting.size() == kListsWaitingMax)
    return context_.answer(connection, refusal_frame(req, {ErrorCode::rate_limited, {}, {}}, kListRetryMs));
  connection.list->waiting.push_back(std::move(asked));
  list_next(connection);
}

void ShardQueries::list_next(Connection& connection) {
  ListState& lists = *connection.list;
  while (!lists.under_way && !lists.waiting.empty()) {
    ListAsked asked = std::move(lists.waiting.front());
    lists.waiting.erase(lists.waiting.begin());
    const std::uint64_t req = asked.req;
    const auto fault = begin_list(connection, std::move(asked));
    lists.under_way = !fault;
    if (fault) context_.answer(connection, refusal_frame(req, *fault));
  }
  if (!lists.under_way && lists.place.empty()) connection.list.reset();  // idle connections hold no buffers
}

std::optional<Error> ShardQueries::begin_list(const Connection& connection, ListAsked&& asked) {
  const ListState& lists = *connection.list;
  VisibleRooms question{{asked.after, asked.limit + 1}, connection.identity, connection.transport};
  if (asked.after.starts_with(kListPlaceMark)) {
    if (lists.place.empty() || asked.after != lists.place_name())
      return Error{ErrorCode::request_invalid, "LIST: this place is not kept any more; begin again without `after`", {}};
    question.page.after = lists.place;
  }
  ask_all(std::move(question), [this, to = connection.id, asked = std::move(asked)](Answers& answers) {
    Connection* asker = context_.connections.find(to);
    if (asker == nullptr || asker->state != SessionState::ready) return;
    if (answers.is_complete)
      finish_list(*asker, asked, answers.rooms);
    else
      context_.answer(*asker, refusal_frame(asked.req, {ErrorCode::store_unavailable, {}, {}}, kListRetryMs));
    asker->list->under_way = false;
    list_next(*asker);
  });
  return std::nullopt;
}

void ShardQueries::finish_list(Connection& connection, const ListAsked& asked, RoomsPart& found) const {
  ListState& lists = *connection.list;
  std::string next;
  if (found.stopped_at) {  // rooms of other shards behind it come with the next page
    std::erase_if(found.rooms, [&](const RoomInfo& room) { return room.id > *found.stopped_at; });
    if (found.rooms.size() <= asked.limit) {
      lists.place = std::move(*found.stopped_at);
      ++lists.place_number;
      next = lists.place_name();
    }
  }
  const std::size_t bytes_max = context_.config.limits.message_bytes_max - kEventEnvelopeBytesMax;
  context_.answer(connection, reply_frame(asked.req, list_result(found.rooms, asked.limit, bytes_max, next)));
}

// --- What else clients and the application ask ---

void ShardQueries::can(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0];
  auto read = read_can(frame.payload);
  if (const Error* fault = std::get_if<Error>(&read)) return context_.answer(connection, refusal_frame(req, *fault));
  PermissionQuery& query = std::get<PermissionQuery>(read);
  query.from = context_.address_of(connection);
  query.req = req;
  const Membership* membership = connection.membership_in(query.room_id);
  query.transport = connection.transport;
  query.identity = membership != nullptr ? connection.identity_in(*membership) : connection.identity;
  context_.requests.begin({RequestKind::permission, connection.id, req}, context_.effects.now().monotonic_ms);
  const std::uint32_t owner = shard_of(query.room_id, context_.effects.shard_count());
  context_.effects.post(owner, std::move(query));
}

void ShardQueries::permission_expired(const RequestKey& key) {
  Connection* asker = context_.connections.find(key.connection);
  if (asker != nullptr && asker->state == SessionState::ready)
    context_.answer(*asker, refusal_frame(key.number, {ErrorCode::store_unavailable, {}, {}}, kListRetryMs));
}

void ShardQueries::handle(PermissionResponse&& answer) {
  if (!context_.requests.answered({RequestKind::permission, answer.to, answer.req})) return;
  Connection* asker = context_.connections.find(answer.to);
  if (asker != nullptr && asker->state == SessionState::ready)
    context_.answer(*asker, permission_frame(answer.req, answer.refusal));
}

std::variant<std::uint32_t, Error> ShardQueries::event_of(SendEvent& send) const {
  if (send.from != kSystemUserId && !is_user_id(send.from)) return Error{ErrorCode::request_invalid, "from is not a user id", {}};
  const auto event = context_.config.catalogue.find_event(send.event);
  if (!event) return Error{ErrorCode::event_unknown, send.event, {}};
  if (auto fault = check_payload(context_.config, context_.effects, *event, send.payload)) return std::move(*fault);
  return *event;
}

void ShardQueries::handle(SendEvent&& send) {
  auto event = event_of(send);
  if (auto* fault = std::get_if<Error>(&event)) {
    const std::uint32_t named = context_.config.catalogue.find_event(send.event).value_or(kNoEvent);
    context_.effects.metrics().count(metrics::Metric::publications_refused_total, metrics::index_of(fault->code));
    context_.refusals.add("publish", *fault, {}, named, context_.effects.now().unix_ms, RefusalTable::By::application);
    PublishResult refused = publish_result(std::move(*fault), {});
    return context_.effects.answer(send.call, SendEvent::Result{std::move(refused.fault), std::move(refused.message), 0});
  }
  EventRecord record{0, context_.effects.now().unix_ms, std::get<std::uint32_t>(event), std::move(send.from),
                     std::move(send.payload)};
  ask_all(DirectEvent{std::move(send.user_id), std::move(send.session_id), std::move(record)},
          [this, call = send.call](const Answers& answers) {
            answer_call(call, answers, SendEvent::Result{{}, {}, answers.count});
          });
}

void ShardQueries::handle(RoomsQuery&& query) {
  answer_by_all<RoomsQuery::Result>(query.call, VisibleRooms{std::move(query.page)});
}

void ShardQueries::handle(UsersQuery&& query) {
  std::sort(query.users.begin(), query.users.end());
  query.users.erase(std::unique(query.users.begin(), query.users.end()), query.users.end());
  if (!query.users.empty()) query.page = {};
  answer_by_all<UsersQuery::Result>(query.call, std::move(query));
}

void ShardQueries::handle(ConnectionsQuery&& query) { answer_by_all<ConnectionsQuery::Result>(query.call, std::move(query)); }
void ShardQueries::handle(ObserveQuery&& query) { answer_by_all<ObserveQuery::Result>(query.call, std::move(query)); }
void ShardQueries::handle(KickUser&& kick) { answer_by_all<KickUser::Result>(kick.call, std::move(kick)); }
void ShardQueries::handle(RevokeTokens&& revoke) { answer_by_all<RevokeTokens::Result>(revoke.call, std::move(revoke)); }
void ShardQueries::handle(LeaveRoom&& leave) { answer_by_all<LeaveRoom::Result>(leave.call, std::move(leave)); }

}  // namespace dialogue::core
