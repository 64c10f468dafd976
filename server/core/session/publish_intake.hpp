// PUBLISH, from the connection's side: everything that can be judged without the room's owner shard, the payload first of all. A
// final refusal still travels to the owner shard, where it consumes its producer number. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/session/middleware_chain.hpp"
#include "server/core/util/delay_queue.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class PublishIntake {
 public:
  explicit PublishIntake(const ShardContext& context) : context_(context), middleware_(context), watched_(kRequestTimeoutMs) {}

  /// `payload` is the frame's, in the message's own bytes: it is put on one line in place. Where ext or payload could not be
  /// read, `unreadable` refuses it, and its number is consumed.
  void publish(Connection& connection, const Frame& frame, std::span<char> payload, const Error* unreadable = nullptr);
  void handle(PublishResponse&& answer);
  /// The application's answer to a publication; a ticket of anything else is ignored.
  void hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const {
    middleware_.answered(connection, ticket, std::move(verdict));
  }
  /// Calls `end(connection, fault)` if an owner shard owes answers and has sent none for kRequestTimeoutMs. The outcome of those
  /// publications is unknown, so their client reconnects and sends them again. Returns the next deadline.
  template <typename End>
  [[nodiscard]] std::uint64_t tick(const End& end) {
    const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
    while (const auto due = watched_.pop_due(now_ms)) {
      Connection* connection = context_.connections.find(due->of.connection);
      Membership* membership = connection == nullptr ? nullptr : connection->membership(due->room, due->of.ticket);
      if (connection == nullptr || connection->state != SessionState::ready) continue;
      if (membership == nullptr) {
        look_at_left(*connection, *due, end);
        continue;
      }
      membership->is_watched = false;
      if (membership->in_flight == 0) continue;
      if (membership->has_progress || waits_for_application(*connection))
        watch(*connection, *membership);
      else
        end(*connection, Error{ErrorCode::store_unavailable, {}, {}});
    }
    return watched_.next_deadline();
  }

 private:
  struct Watched {
    MembershipId of;
    std::uint64_t room = 0;
    bool has_ended = false;  ///< the membership had when it was looked at last
  };

  [[nodiscard]] static bool waits_for_application(const Connection& connection) {
    return connection.asked && !connection.asked->drafts.empty();
  }
  /// Looks at a membership that has ended: its answers have once more kRequestTimeoutMs to come.
  template <typename End>
  void look_at_left(Connection& connection, const Watched& watched, const End& end) {
    const LeftPublications* const left = connection.left_in(watched.room);
    if (left == nullptr || left->ticket != watched.of.ticket) return;
    if (!watched.has_ended || waits_for_application(connection))
      watched_.push({watched.of, watched.room, true}, context_.effects.now().monotonic_ms);
    else
      end(connection, Error{ErrorCode::store_unavailable, {}, {}});
  }
  /// Watches a membership with publications on their way, by one entry for all of them.
  void watch(const Connection& connection, Membership& membership) {
    if (membership.is_watched) return;
    membership.is_watched = true;
    membership.has_progress = false;
    watched_.push({{connection.id, membership.ticket}, membership.room}, context_.effects.now().monotonic_ms);
  }
  /// Counts a publication against the limits of its user and returns 0; if one is used up, counts nothing and returns the time in
  /// ms until it is allowed.
  [[nodiscard]] std::uint64_t limited_for_ms(const Connection& connection, const Membership& membership, std::size_t bytes) const;
  /// Returns the trace of a publication; null if `traceparent` is empty.
  [[nodiscard]] PublicationTracePtr trace_of(std::string traceparent, const LocalRoom& room, std::uint64_t event) const;
  [[nodiscard]] std::optional<Error> refusal(const Identity& identity, const LocalRoom& room, std::uint64_t event,
                                             std::span<char> payload) const;
  void answer(Connection& connection, const PublishResponse& answer);
  void count_refused(ErrorCode code) const;
  /// Sends a refusal that consumes no number. If the publication has no number, the refusal waits for earlier answers in this
  /// room, which clients identify by their order; beyond kPublishInFlightMax it is producer_in_flight, at once.
  void refuse_in_turn(Connection& connection, Membership* membership, PublishResponse&& refusal);

  const ShardContext& context_;
  MiddlewareChain middleware_;
  DelayQueue<Watched> watched_;  ///< memberships that publish, each once
};

}  // namespace dialogue::core
