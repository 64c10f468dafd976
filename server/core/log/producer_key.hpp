// Whose numbers a producer's are, as text: the key of a room's producer table and of its rows in a store. It says who the owner
// is and what kind of producer it is, since both decide how long it is remembered. Kept on disks: it never changes. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue::core {

enum class ProducerKind : std::uint8_t {
  plain,  ///< of a user, by a client that does not mark the publications which it sends again
  page,   ///< of a user, by one that does; its outbox ends with its page
  kept,   ///< of a user, by one that does; its outbox outlives the page
  once,   ///< an Idempotency-Key of a caller of the HTTP API, or the id of a publication: it has one number only
};

/// A client's mark on the publication that it sends.
enum class Sending : std::uint8_t {
  unsaid,  ///< no mark: the client does not support it
  later,   ///< an earlier one may be unanswered
  oldest,  ///< all earlier ones are answered
};

struct SendingMark {
  Sending sending = Sending::unsaid;
  std::uint64_t resent_s = 0;  ///< seconds since it was first sent, at most; 0: it is not a repetition
};

/// How long an idle page's producer is remembered. It continues afterwards: PUBLISH reports that nothing is missing.
inline constexpr std::uint64_t kPageProducerAgeMs = 10 * 60 * 1000;

/// The maximum transit time of a repeated publication, which is added to its age.
inline constexpr std::uint64_t kResentOnItsWayMs = 60 * 1000;

/// The key under which a room's list of producers keeps the time of the last eviction. It cannot be a producer's key, since those
/// contain a line feed.
inline constexpr std::string_view kEvictionKey = "evicted";

/// `owner` holds no line feed, `id` name bytes only.
[[nodiscard]] inline std::string producer_key(std::string_view owner, ProducerKind kind, std::string_view id) {
  std::string key;
  key.reserve(owner.size() + id.size() + 2);
  if (kind == ProducerKind::once) key += '\n';
  key.append(owner) += '\n';
  if (kind == ProducerKind::page) key += '\n';
  if (kind == ProducerKind::kept) key += '\t';
  return key.append(id);
}

[[nodiscard]] inline ProducerKind kind_of(std::string_view key) {
  const std::size_t end = key.find('\n');
  if (end == 0) return ProducerKind::once;
  if (end == std::string_view::npos || end + 1 >= key.size()) return ProducerKind::plain;
  if (key[end + 1] == '\n') return ProducerKind::page;
  return key[end + 1] == '\t' ? ProducerKind::kept : ProducerKind::plain;
}

/// The key of a user's publications with ids, over a connection or by HTTP.
[[nodiscard]] inline std::string publication_key(std::string_view user_id, std::string_view id) {
  return producer_key("user:" + std::string(user_id), ProducerKind::once, id);
}

/// Returns the number of a publication in the table: always 1 for a key of ProducerKind::once, which has only one number.
[[nodiscard]] inline std::uint64_t number_in_table(std::string_view key, std::uint64_t number) {
  return kind_of(key) == ProducerKind::once ? 1 : number;
}

/// Whether a permanently refused publication uses its number up, so that the next one is due.
[[nodiscard]] inline bool consumes_refusals(std::string_view key) { return kind_of(key) != ProducerKind::once; }

/// Returns the part with which all keys of the same owner begin, with its line feed.
[[nodiscard]] inline std::string_view owner_part(std::string_view key) {
  const std::size_t end = key.find('\n', kind_of(key) == ProducerKind::once ? 1 : 0);
  return key.substr(0, end == std::string_view::npos ? key.size() : end + 1);
}

/// Whether the client marks the publications that it sends again, so that forgetting the producer cannot duplicate one.
[[nodiscard]] inline bool says_what_is_resent(ProducerKind kind) {
  return kind == ProducerKind::page || kind == ProducerKind::kept;
}

}  // namespace dialogue::core
