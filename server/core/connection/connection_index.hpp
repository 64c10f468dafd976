// The ready connections of a shard by user and by session, so that operations on one user cost in proportion to that user's
// connections. A connection is in the index from WELCOME until its session ends; its user and its session stay the same
// meanwhile. Users are ordered, because they choose their ids; the ids of sessions are random, so these are hashed. Used by its
// shard only; owns nothing.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/core/connection/connection.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

class ConnectionIndex {
 public:
  void add(Connection& connection) {
    by_user_.insert(&connection);
    by_session_.insert(&connection);
  }
  void remove(Connection& connection) {
    by_user_.erase(&connection);
    by_session_.erase(&connection);
  }
  [[nodiscard]] std::size_t size() const { return by_user_.size(); }
  /// Returns the connected users. Visits every connection.
  [[nodiscard]] std::size_t user_count() const {
    std::size_t count = 0;
    std::string_view last;
    for (const Connection* connection : by_user_) {
      if (count == 0 || connection->user_id() != last) ++count;
      last = connection->user_id();
    }
    return count;
  }

  /// Returns a copy of the user's connections, by session, so that the caller may end them.
  [[nodiscard]] std::vector<Connection*> of_user(std::string_view user_id) const {
    const auto [first, last] = by_user_.equal_range(user_id);
    return {first, last};
  }
  /// Visits at most `count` connections of one user, by session, from behind the session `after` on (empty: from the first), and
  /// sets `after` to the last one visited. Returns true if more follow. `visit` must not end connections.
  template <typename Visit>
  bool visit_user(std::string_view user_id, InlineText<kSessionIdDigits>& after, std::size_t count, const Visit& visit) const {
    auto at = by_user_.upper_bound(UserSession{user_id, after.view()});
    const auto is_theirs = [&] { return at != by_user_.end() && (*at)->user_id() == user_id; };
    for (; count > 0 && is_theirs(); --count, ++at) {
      visit(**at);
      after = (*at)->session_id;
    }
    return is_theirs();
  }
  /// Returns the connection of a session, or an empty list.
  [[nodiscard]] std::vector<Connection*> of_session(std::string_view session_id) const {
    const auto at = by_session_.find(session_id);
    return at == by_session_.end() ? std::vector<Connection*>{} : std::vector<Connection*>{*at};
  }
  /// Sorted by user, and then by session. `visit` must not end any.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const Connection* connection : by_user_) visit(*connection);
  }
  /// Returns a connected user; no value if the user has no connection here.
  [[nodiscard]] std::optional<UserInfo> user(std::string_view user_id) const {
    auto at = by_user_.lower_bound(user_id);
    return at == by_user_.end() || (*at)->user_id() != user_id ? std::nullopt : std::optional(take_user(at));
  }
  /// Returns a page of the connected users, sorted by their ids.
  [[nodiscard]] std::vector<UserInfo> users(const PageRange& page) const {
    std::vector<UserInfo> list;
    for (auto at = by_user_.upper_bound(std::string_view(page.after)); at != by_user_.end() && list.size() < page.limit;)
      list.push_back(take_user(at));
    return list;
  }

 private:
  struct UserSession {
    std::string_view user_id, session_id;
  };
  struct ByUser {
    using is_transparent = void;
    bool operator()(const Connection* a, const Connection* b) const {
      const int order = a->user_id().compare(b->user_id());
      return order != 0 ? order < 0 : a->session_id.view() < b->session_id.view();
    }
    bool operator()(const Connection* a, std::string_view user_id) const { return a->user_id() < user_id; }
    bool operator()(std::string_view user_id, const Connection* b) const { return user_id < b->user_id(); }
    bool operator()(const UserSession& a, const Connection* b) const {
      const int order = a.user_id.compare(b->user_id());
      return order != 0 ? order < 0 : a.session_id < b->session_id.view();
    }
  };
  struct SessionHash {
    using is_transparent = void;
    // noexcept: else the set keeps the hash of each, which doubles what a connection takes there.
    std::size_t operator()(const Connection* connection) const noexcept { return (*this)(connection->session_id.view()); }
    std::size_t operator()(std::string_view session_id) const noexcept { return std::hash<std::string_view>()(session_id); }
  };
  struct SameSession {
    using is_transparent = void;
    bool operator()(const Connection* a, const Connection* b) const { return a->session_id.view() == b->session_id.view(); }
    bool operator()(const Connection* a, std::string_view session_id) const { return a->session_id.view() == session_id; }
    bool operator()(std::string_view session_id, const Connection* b) const { return session_id == b->session_id.view(); }
  };
  using Users = std::set<Connection*, ByUser>;

  /// Steps over all connections of the user at `at`.
  [[nodiscard]] UserInfo take_user(Users::const_iterator& at) const {
    const Identity& identity = *(*at)->identity;
    UserInfo user{identity.user_id, identity.name, identity.meta, 0};
    for (; at != by_user_.end() && (*at)->user_id() == user.user_id; ++at) ++user.connections;
    return user;
  }

  Users by_user_;
  std::unordered_set<Connection*, SessionHash, SameSession> by_session_;
};

}  // namespace dialogue::core
