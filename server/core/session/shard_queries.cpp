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

template <typename Question>
void ShardQueries::ask_all(Question question, std::function<void(Gather&)> finish) {
  question.reply_to = context_.effects.shard();
  question.gather = ++last_gather_;
  Gather& gather = gathers_[question.gather];
  gather.missing = context_.effects.shard_count();
  gather.finish = std::move(finish);
  if constexpr (requires { question.page.limit; }) gather.limit = question.page.limit;
  context_.requests.begin({RequestKind::gather, 0, question.gather}, context_.effects.now().monotonic_ms);
  context_.effects.post_to_all(question);
}

void ShardQueries::Gather::add(RoomsPart&& part) {
  merge(rooms.rooms, std::move(part.rooms), limit);
  if (part.stopped_at && (!rooms.stopped_at || *part.stopped_at < *rooms.stopped_at))
    rooms.stopped_at = std::move(part.stopped_at);
}

void ShardQueries::Gather::add(std::vector<ConnectionInfo>&& part) { merge(connections, std::move(part), limit); }

void ShardQueries::Gather::add(std::vector<UserInfo>&& part) { merge(users, std::move(part), limit); }

void ShardQueries::Gather::add(ObserveQuery::Result&& part) {
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
  Gather& gather = found->second;
  std::visit([&gather](auto&& part) { gather.add(std::forward<decltype(part)>(part)); }, std::move(collected.part));
  if (--gather.missing == 0 && context_.requests.answered({RequestKind::gather, 0, collected.gather})) finish(found, true);
}

void ShardQueries::gather_expired(std::uint64_t number) {
  const auto found = gathers_.find(number);
  if (found != gathers_.end()) finish(found, false);
}

void ShardQueries::finish(std::unordered_map<std::uint64_t, Gather>::iterator found, bool is_complete) {
  Gather done = std::move(found->second);
  gathers_.erase(found);
  done.is_complete = is_complete;
  done.finish(done);
}

void ShardQueries::answer_call(CallId call, const Gather& gather, CallResult&& result) const {
  if (gather.is_complete) return context_.effects.answer(call, std::move(result));
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
  CollectRooms question{0, 0, connection.identity, {asked.after, asked.limit + 1}, connection.transport};
  if (asked.after.starts_with(kListPlaceMark)) {
    if (lists.place.empty() || asked.after != lists.place_name())
      return Error{ErrorCode::request_invalid, "LIST: this place is not kept any more; begin again without `after`", {}};
    question.page.after = lists.place;
  }
  ask_all(std::move(question), [this, to = connection.id, asked = std::move(asked)](Gather& gather) {
    Connection* asker = context_.connections.find(to);
    if (asker == nullptr || asker->state != SessionState::ready) return;
    if (gather.is_complete)
      finish_list(*asker, asked, gather.rooms);
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
  ask_all(CollectSent{0, 0, std::move(send.user_id), std::move(send.session_id), std::move(record)},
          [this, call = send.call](const Gather& gather) {
            answer_call(call, gather, SendEvent::Result{{}, {}, gather.count});
          });
}

void ShardQueries::handle(RoomsQuery&& query) {
  ask_all(CollectRooms{0, 0, nullptr, std::move(query.page)},
          [this, call = query.call](Gather& gather) { answer_call(call, gather, std::move(gather.rooms.rooms)); });
}

void ShardQueries::handle(ConnectionsQuery&& query) {
  ask_all(CollectConnections{0, 0, std::move(query.user_id)},
          [this, call = query.call](Gather& gather) { answer_call(call, gather, std::move(gather.connections)); });
}

void ShardQueries::handle(ObserveQuery&& query) {
  const CallId call = query.call;
  ask_all(CollectObserved{0, 0, std::move(query)},
          [this, call](Gather& gather) { answer_call(call, gather, std::move(gather.observed)); });
}

void ShardQueries::handle(UsersQuery&& query) {
  std::sort(query.users.begin(), query.users.end());
  query.users.erase(std::unique(query.users.begin(), query.users.end()), query.users.end());
  if (!query.users.empty()) query.page = {};
  ask_all(CollectUsers{0, 0, std::move(query.page), std::move(query.users)},
          [this, call = query.call](Gather& gather) { answer_call(call, gather, std::move(gather.users)); });
}

void ShardQueries::handle(KickUser&& kick) {
  ask_all(CollectKicked{0, 0, std::move(kick.user_id), std::move(kick.reason)},
          [this, call = kick.call](Gather& gather) { answer_call(call, gather, gather.count); });
}

void ShardQueries::handle(RevokeTokens&& revoke) {
  ask_all(CollectRevoked{0, 0, std::move(revoke.what)},
          [this, call = revoke.call](Gather& gather) { answer_call(call, gather, gather.count); });
}

void ShardQueries::handle(LeaveRoom&& leave) {
  ask_all(CollectLeft{0, 0, std::move(leave.user_id), std::move(leave.room_id)},
          [this, call = leave.call](Gather& gather) { answer_call(call, gather, gather.count); });
}

}  // namespace dialogue::core
