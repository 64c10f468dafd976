// A shard's state of one connection. Small, because thousands are idle: state that only HELLO needs is freed with it. A plain
// struct, used by its shard only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/connection/allowance.hpp"
#include "server/core/connection/hello.hpp"
#include "server/core/connection/pending_hooks.hpp"
#include "server/core/connection/room_list.hpp"
#include "server/core/connection/room_token.hpp"
#include "server/core/connection/session_secret.hpp"
#include "server/core/effects/exchange_book.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/observe/decision_ring.hpp"
#include "server/core/util/inline_text.hpp"
#include "server/core/util/rate_meter.hpp"
#include "server/core/util/short_text.hpp"
#include "server/core/util/time.hpp"
#include "server/core/util/unsent.hpp"
#include "server/metrics/label_domains.hpp"

namespace dialogue::core {

struct LocalRoom;

/// A connection's way through its life. `identifying`: HELLO came, the verdict has not; frames wait for it. `unused` is a free
/// slot.
enum class SessionState : std::uint8_t { unused, awaiting_hello, identifying, ready, closing };

/// One room that a connection is in.
struct Membership {
  std::uint64_t room = 0;
  LocalRoom* local = nullptr;
  std::uint32_t place = 0;                 ///< among the room's members on this shard
  std::uint32_t ticket : kTicketBits = 0;  ///< see MembershipId
  std::uint32_t in_flight : 7 = 0;         ///< publications that its owner shard has not answered
  bool is_watched : 1 = false;             ///< PublishIntake': its owner shard owes answers, or did a moment ago
  bool has_progress : 1 = false;           ///< it has answered one since it is watched
  bool leaving : 1 = false;                ///< LEAVE is on its way to the owner shard: events still come, requests are over
  JoinFrom from : 2 = JoinFrom::tail;      ///< the start of its membership
  std::uint32_t joined_s = 0;              ///< Unix time
  std::uint32_t receipted = 0;  ///< ReceiptBook's: number of sequences after `started`; its maximum means at least that
  std::uint64_t started = 0;    ///< it is owed what is after this sequence
  std::unique_ptr<Narrowing> narrowing = nullptr;  ///< null: nothing narrows it

  /// Returns the token that its JOIN had; null: JOIN had no token.
  [[nodiscard]] RoomToken* token() const { return narrowing && narrowing->token ? &*narrowing->token : nullptr; }
  [[nodiscard]] std::uint64_t history_from() const { return narrowing ? narrowing->history_from : 0; }
};

/// Publications of a membership that ended before their answers.
struct LeftPublications {
  std::uint64_t room = 0;
  std::uint32_t ticket = 0, count = 0;
};

inline constexpr std::size_t kSessionIdDigits = 32;
inline constexpr std::size_t kAddressBytesKept = 39;  ///< the longest IPv6 address

/// All connections of a user end, for this reason.
struct Kick {
  std::string user_id, reason;
};

/// Verdicts that a connection waits for: of a token, of a room's owner shard, or of its shard on its rights. One that waits for
/// none holds no such object. Publications of a membership are counted in it, until it ends.
struct PendingVerdicts {
  std::uint64_t refresh_req = 0;              ///< the REFRESH that is not answered; 0: none
  std::vector<std::string> joins;             ///< ids of rooms whose JOIN has no answer
  std::size_t releases = 0;                   ///< places that are being given back
  std::vector<LeftPublications> left;         ///< by membership, in the order of their ends; each counts at least one
  std::vector<Revocation> revoked_meanwhile;  ///< that may be older than what is judged
  std::vector<Kick> kicked_meanwhile;         ///< while it is not known whose the connection is
  /// The identity by which its rights were judged last, if it has another one since; null: it has not.
  std::shared_ptr<const Identity> judged;
  [[nodiscard]] bool is_empty() const { return refresh_req == 0 && joins.empty() && releases == 0 && left.empty() && !judged; }
};

struct Connection {
  ConnectionId id = 0;
  SessionState state = SessionState::unused;
  bool ping_outstanding = false;
  TransportKind transport{};
  metrics::ClientKind client = metrics::ClientKind::other;  ///< from WELCOME on
  Unsent unsent;                                            ///< in the first cache line: a delivery looks at nothing else
  std::uint64_t ping_sent_ms = 0, last_heard_ms = 0;
  std::uint64_t opened_ns = 0;          ///< Time::monotonic_ns
  std::uint64_t watched_ms = kNever;    ///< Liveness': when it is looked at next
  std::uint64_t last_sent_ms = 0;       ///< answers and pings; events of rooms are not counted, so at worst a ping comes early
  std::unique_ptr<PeerFacts> peer;      ///< until HELLO
  std::unique_ptr<WaitingHello> hello;  ///< while identifying
  std::unique_ptr<PendingVerdicts> verdicts;    ///< null: none is waited for
  std::uint64_t expires_at_ms = kNever;         ///< monotonic: when its token, and the time of grace behind it, have run out
  std::uint64_t rooms_due_ms = kNever;          ///< monotonic: when the first of its rooms' tokens needs looking at
  std::shared_ptr<const Identity> identity;     ///< from WELCOME on, changed by become(); its user stays the same
  InlineText<kSessionIdDigits> session_id;      ///< from HELLO on
  InlineText<kSessionSecretDigits> secret;      ///< from HELLO on: a client that presents it may resume this session
  bool is_counted = false;                      ///< among its user's connections
  bool keeps_places : 1 = true;                 ///< in its rooms, when it is lost
  bool said_goodbye : 1 = false;                ///< the peer closed in order: no place is kept
  bool has_returned : 1 = false;                ///< the previous server's drain ended the session that it resumes
  std::uint32_t tickets : kTicketBits = 0;      ///< memberships so far
  std::unique_ptr<HelloFacts> hello_facts;      ///< null: HELLO had none of them
  std::shared_ptr<const std::string> producer;  ///< key of producer tables; null: publications are not counted
  std::shared_ptr<Allowance> allowance;         ///< of its user on this shard; null: nothing limits publications
  RateMeter joined, reads;                      ///< against the definitions' limits of each client
  std::vector<Membership> memberships;          ///< in the order of joining
  std::unique_ptr<PendingHooks> asked;          ///< of the application; null: nothing
  std::unique_ptr<ExchangeBook> exchanges;      ///< its calls and streams; null: none yet
  std::unique_ptr<ListState> list;              ///< what is kept of its LISTs; null: nothing
  std::uint8_t history_pages = 0;               ///< HISTORY requests that are not answered
  bool draining = false;                        ///< the server is going: it ends when its publications are answered
  bool awaits_drain = false;                    ///< pages of logs wait until what was sent has left
  bool rooms_wait = false;                      ///< rooms that owe it a page wait for their turn
  std::uint8_t pages_reading = 0;               ///< pages that are on their way to it
  std::uint8_t next_room = 0;                   ///< whose turn it is to have a page, among its memberships
  ShortText<kAddressBytesKept> address;         ///< of the peer, for operators
  std::unique_ptr<DecisionRing> decisions;      ///< for operators; null: nothing happened but joins

  /// The membership of a room number, or null.
  [[nodiscard]] Membership* membership(std::uint64_t room) {
    const auto found =
        std::find_if(memberships.begin(), memberships.end(), [room](const Membership& m) { return m.room == room; });
    return found == memberships.end() ? nullptr : &*found;
  }
  /// Returns the membership with this room number and ticket; null if it has ended.
  [[nodiscard]] Membership* membership(std::uint64_t room, std::uint32_t ticket) {
    Membership* const found = membership(room);
    return found != nullptr && found->ticket == ticket ? found : nullptr;
  }
  [[nodiscard]] Membership* membership_in(std::string_view room_id);
  /// Returns its identity in one of its rooms, where a token may restrict its rights.
  [[nodiscard]] const std::shared_ptr<const Identity>& identity_in(const Membership& membership) const {
    return membership.token() != nullptr ? membership.token()->identity : identity;
  }
  /// Notes for operators what was decided about it. The first time, the joins before it are noted, too.
  void note(const Decided& decided, std::uint64_t unix_ms);
  /// Sets the identity, in all of its rooms. The session's rights must be judged again afterwards (Sessions::judge()).
  void become(std::shared_ptr<const Identity> who);
  /// Narrows one of its memberships to what a token for that room leaves.
  void narrow(Membership& membership, std::shared_ptr<const TokenFacts> token, Time now);
  /// Returns the code by which a revocation that arrived while this token was judged refuses it; no value: none covers it.
  [[nodiscard]] std::optional<ErrorCode> revoked_meanwhile(std::string_view user, const TokenFacts* judged) const;
  /// Returns the code by which a revocation that arrived while an identity was judged refuses it: by the session's token, or a
  /// guest by its user id. No value: none covers it.
  [[nodiscard]] std::optional<ErrorCode> revoked_meanwhile(const Identity& judged) const;
  /// Whether a verdict is awaited that a revocation may overtake.
  [[nodiscard]] bool awaits_verdict() const { return state == SessionState::identifying || (verdicts && !verdicts->is_empty()); }
  /// Returns the awaited verdicts; creates the object if there is none.
  [[nodiscard]] PendingVerdicts& pending_verdicts() {
    if (!verdicts) verdicts = std::make_unique<PendingVerdicts>();
    return *verdicts;
  }
  [[nodiscard]] std::span<const std::string> pending_joins() const {
    return verdicts ? std::span<const std::string>(verdicts->joins) : std::span<const std::string>();
  }
  /// The REFRESH that is not answered; 0: none.
  [[nodiscard]] std::uint64_t refresh_req() const { return verdicts ? verdicts->refresh_req : 0; }
  /// Called when a verdict was used: deletes what arrived while it was awaited, unless another verdict is.
  void verdict_used() {
    if (!awaits_verdict()) verdicts.reset();
  }
  /// The membership ends; the answers to its publications are still owed.
  void leave_in_flight(const Membership& membership);
  /// Returns the publications without an answer of the newest membership that has ended in this room; null: there are none.
  [[nodiscard]] LeftPublications* left_in(std::uint64_t room);
  /// One of them was answered.
  void answered_left(std::uint64_t room, std::uint32_t ticket);
  /// Returns the number of publications without an answer of all memberships that have ended.
  [[nodiscard]] std::size_t left_in_flight() const;
  /// Whether publications or calls of the connection are not answered.
  [[nodiscard]] bool has_in_flight() const {
    return (verdicts && !verdicts->left.empty()) || (exchanges && exchanges->calls > 0) ||
           std::any_of(memberships.begin(), memberships.end(), [](const Membership& m) { return m.in_flight > 0; });
  }
  /// Whether it may have places in rooms: memberships, or a JOIN that may be granted.
  [[nodiscard]] bool may_have_places() const { return !memberships.empty() || !pending_joins().empty(); }
  /// The secret that HELLO came with; empty: none.
  [[nodiscard]] std::string_view resumes() const {
    return hello_facts ? std::string_view(hello_facts->resumed) : std::string_view();
  }
  /// Whether it receives this event outside of rooms.
  [[nodiscard]] bool wants_direct(std::string_view event) const;
  void heard(std::uint64_t now_ms) {
    last_heard_ms = now_ms;
    ping_outstanding = false;
  }
  /// The peer accepted bytes, and some are still queued: a ping follows them, and its time counts from now.
  void took(std::uint64_t now_ms, std::size_t queued_bytes) {
    unsent.report(queued_bytes);
    if (ping_outstanding) ping_sent_ms = std::max(ping_sent_ms, now_ms);
  }
  [[nodiscard]] std::string_view user_id() const { return identity ? std::string_view(identity->user_id) : std::string_view(); }
};

}  // namespace dialogue::core
