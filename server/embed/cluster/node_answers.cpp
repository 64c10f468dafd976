// See node_answers.hpp. A line is the name, the ticket, the kind of the result, and its values.
#include "server/embed/cluster/node_answers.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "server/replay/format/recording_line.hpp"

namespace dialogue {
namespace {

using core::ConnectionInfo, core::ConnectionState, core::MembersQuery, core::ObserveQuery, core::SendEvent, core::UserInfo;
using replay::LineReader, replay::LineWriter;

enum class AnswerKind : std::uint8_t { none, count, sent, users, members, connections, observed };

void write_users(LineWriter& line, const std::vector<UserInfo>& users) {
  line.begin();
  for (const UserInfo& user : users) line.text(user.user_id).text(user.name).text(user.meta).number(user.connections);
  line.end();
}

std::vector<UserInfo> read_users(LineReader& line) {
  std::vector<UserInfo> users;
  for (line.begin(); line.more();) {
    UserInfo& user = users.emplace_back();
    for (std::string* text : {&user.user_id, &user.name, &user.meta}) *text = line.text();
    user.connections = line.number();
  }
  line.end();
  return users;
}

void write_state(LineWriter& line, const ConnectionState& state) {
  for (const std::string* text : {&state.session_id, &state.user_id, &state.name, &state.peer, &state.code, &state.reason})
    line.text(*text);
  line.number(static_cast<std::uint64_t>(state.transport)).number(static_cast<std::uint64_t>(state.initiator));
  line.number(state.since_ms).number(state.queued_bytes).number(state.opened_us).number(state.behind).number(state.rooms);
  line.number(state.is_lagging ? 1 : 0).number(state.closed_ms);
}

ConnectionState read_state(LineReader& line) {
  ConnectionState state;
  for (std::string* text : {&state.session_id, &state.user_id, &state.name, &state.peer, &state.code, &state.reason})
    *text = line.text();
  state.transport = line.one_of(static_cast<TransportKind>(kTransports.size() - 1));
  state.initiator = line.one_of(core::Initiator::operator_);
  for (std::uint64_t* number : {&state.since_ms, &state.queued_bytes, &state.opened_us, &state.behind}) *number = line.number();
  state.rooms = line.number();
  state.is_lagging = line.flag();
  state.closed_ms = line.number();
  return state;
}

struct AnswerWriter {
  LineWriter& line;

  LineWriter& kind(AnswerKind kind) const { return line.number(static_cast<std::uint64_t>(kind)); }
  void operator()(std::size_t count) const { kind(AnswerKind::count).number(count); }
  void operator()(const SendEvent::Result& sent) const {
    if (sent.fault.code != ErrorCode::ok) return static_cast<void>(kind(AnswerKind::none));
    kind(AnswerKind::sent).number(sent.connections);
  }
  void operator()(const std::vector<UserInfo>& users) const { write_users(kind(AnswerKind::users), users); }
  void operator()(const MembersQuery::Result& found) const {
    if (found.fault.code != ErrorCode::ok) return static_cast<void>(kind(AnswerKind::none));
    write_users(kind(AnswerKind::members), found.members);
  }
  void operator()(const std::vector<ConnectionInfo>& connections) const {
    kind(AnswerKind::connections).begin();
    for (const ConnectionInfo& each : connections)
      line.text(each.session_id).text(each.user_id).text(each.name).text(each.meta).texts(each.rooms);
    line.end();
  }
  void operator()(const ObserveQuery::Result& observed) const {
    if (observed.is_busy) return static_cast<void>(kind(AnswerKind::none));
    kind(AnswerKind::observed).number(observed.count).begin();
    for (const ConnectionState& state : observed.connections) write_state(line, state);
    line.end();
  }
  template <typename Other>
  void operator()(const Other&) const {
    kind(AnswerKind::none);
  }
};

std::vector<ConnectionInfo> read_connections(LineReader& line) {
  std::vector<ConnectionInfo> connections;
  for (line.begin(); line.more();) {
    ConnectionInfo& each = connections.emplace_back();
    for (std::string* text : {&each.session_id, &each.user_id, &each.name, &each.meta}) *text = line.text();
    each.rooms = line.texts();
  }
  line.end();
  return connections;
}

ObserveQuery::Result read_observed(LineReader& line) {
  ObserveQuery::Result observed;
  observed.count = line.number();
  for (line.begin(); line.more();) observed.connections.push_back(read_state(line));
  line.end();
  return observed;
}

std::optional<core::CallResult> read_result(LineReader& line) {
  switch (line.one_of(AnswerKind::observed)) {
    case AnswerKind::count:
      return std::size_t{line.number()};
    case AnswerKind::sent:
      return SendEvent::Result{{}, {}, line.number()};
    case AnswerKind::users:
      return read_users(line);
    case AnswerKind::members:
      return MembersQuery::Result{{}, read_users(line)};
    case AnswerKind::connections:
      return read_connections(line);
    case AnswerKind::observed:
      return read_observed(line);
    default:
      return std::nullopt;
  }
}

/// Adds users to `all`: each one once, with the connections of both lists.
void merge_users(std::vector<UserInfo>& all, std::vector<UserInfo>&& more) {
  std::map<std::string, UserInfo> users;
  for (std::vector<UserInfo>* list : {&all, &more})
    for (UserInfo& user : *list) {
      const auto [place, is_new] = users.try_emplace(user.user_id, user);
      if (!is_new) place->second.connections += user.connections;
    }
  all.clear();
  for (auto& [id, user] : users) all.push_back(std::move(user));
}

template <typename Item>
void append_all(std::vector<Item>& all, std::vector<Item>&& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

struct ResultAdder {
  const std::string& from;

  bool operator()(std::size_t& all, std::size_t&& count) const {
    all += count;
    return true;
  }
  bool operator()(SendEvent::Result& all, SendEvent::Result&& sent) const {
    all.connections += sent.connections;
    return true;
  }
  bool operator()(std::vector<UserInfo>& all, std::vector<UserInfo>&& users) const {
    merge_users(all, std::move(users));
    return true;
  }
  bool operator()(MembersQuery::Result& all, MembersQuery::Result&& found) const {
    merge_users(all.members, std::move(found.members));
    return true;
  }
  bool operator()(std::vector<ConnectionInfo>& all, std::vector<ConnectionInfo>&& connections) const {
    append_all(all, std::move(connections));
    return true;
  }
  bool operator()(ObserveQuery::Result& all, ObserveQuery::Result&& observed) const {
    all.count += observed.count;
    for (ConnectionState& state : observed.connections) state.node = from;
    append_all(all.connections, std::move(observed.connections));
    return true;
  }
  template <typename One, typename Other>
  bool operator()(One&, Other&&) const {
    return false;
  }
};

void cut_page(std::vector<UserInfo>& users, const core::PageRange& page) {
  if (users.size() > page.limit) users.resize(page.limit);
}

}  // namespace

NodeScope node_scope(const core::ApplicationCall& call) {
  if (const auto* const observe = std::get_if<ObserveQuery>(&call)) {
    using What = ObserveQuery::What;
    const bool is_asked = observe->what == What::list || observe->what == What::end || observe->what == What::forget;
    return is_asked ? NodeScope::asked : NodeScope::none;
  }
  if (std::holds_alternative<core::ForgetUser>(call)) return NodeScope::notified;
  const bool is_asked = std::holds_alternative<core::KickUser>(call) || std::holds_alternative<core::LeaveRoom>(call) ||
                        std::holds_alternative<SendEvent>(call) || std::holds_alternative<core::UsersQuery>(call) ||
                        std::holds_alternative<core::ConnectionsQuery>(call) || std::holds_alternative<MembersQuery>(call);
  return is_asked ? NodeScope::asked : NodeScope::none;
}

std::string node_answer_text(std::uint64_t ticket, const core::CallResult& result) {
  LineWriter line(kNodeAnswer);
  line.number(ticket);
  std::visit(AnswerWriter{line}, result);
  return line.take();
}

std::optional<NodeAnswer> read_node_answer(std::string_view text) {
  LineReader line(text);
  if (line.name() != kNodeAnswer) return std::nullopt;
  NodeAnswer answer{line.number(), std::nullopt};
  answer.result = read_result(line);
  if (!line.is_well()) answer.result.reset();
  return answer;
}

bool add_node_result(core::CallResult& all, core::CallResult&& result, const std::string& from) {
  return std::visit([&from](auto& mine, auto&& its) { return ResultAdder{from}(mine, std::move(its)); }, all, std::move(result));
}

void finish_node_result(core::CallResult& all, const core::ApplicationCall& call) {
  if (const auto* const query = std::get_if<core::UsersQuery>(&call); query != nullptr && query->users.empty())
    if (auto* const users = std::get_if<std::vector<UserInfo>>(&all)) cut_page(*users, query->page);
  if (const auto* const query = std::get_if<MembersQuery>(&call))
    if (auto* const found = std::get_if<MembersQuery::Result>(&all)) cut_page(found->members, query->page);
  if (auto* const connections = std::get_if<std::vector<ConnectionInfo>>(&all))
    std::stable_sort(connections->begin(), connections->end(),
                     [](const ConnectionInfo& one, const ConnectionInfo& other) { return one.user_id < other.user_id; });
}

}  // namespace dialogue
