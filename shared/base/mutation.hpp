// Faults that a test compiles in on purpose and switches on one by one, to see that the other tests would find them: in the
// validator (tests/shared/mutation), in the way of events (tests/simulation, e2e/crash) and in the client's core
// (js/simulation). In every other build the questions are constants and leave no code.
#pragma once
#include <cstdint>

namespace dialogue {

enum class Mutation : std::uint8_t {
  none,
  length_in_bytes,          ///< minLength and maxLength count bytes
  lone_surrogate_allowed,   ///< half of an escaped pair is taken for a character
  exclusive_as_inclusive,   ///< a number equal to exclusiveMaximum passes
  last_required_forgotten,  ///< the last property may be missing
  numbers_unique_by_text,   ///< 1 and 1.0 are two different items

  acknowledged_before_commit,  ///< a publisher is answered when the store is asked, not when it has answered
  delivered_before_commit,     ///< a room is notified when the store is asked; after a crash its sequences are given again
  producers_in_memory,         ///< what every other producer has published is not kept with it
  producers_apart,             ///< it is kept in a transaction of its own, after the events
  no_sync,                     ///< the database is not synced: synchronous = OFF
  skip_at_page_end_forgotten,  ///< unsubscribed events at the end of a page are not reported as skipped
  numbers_given_anew,          ///< after a reconnection an unanswered publication gets another number
  answered_is_received,        ///< what a poll was answered with counts as received, though the answer may be lost
  stream_resumes_at_head,      ///< a push stream that continues says at its beginning that it is at the head already
  repeated_is_taken,           ///< frames of a request that comes twice are taken twice

  unasked_join_is_an_answer,  ///< JOINED of the server's application ends the client's own JOIN
  leaves_at_once,             ///< LEAVE does not wait for the acknowledgements of its room
  owed_leave_is_forgotten,    ///< a leave that the server did not hear gives no place back
  hold_outlives_membership,   ///< a room that a limit held is held indefinitely once its membership has ended
};

#ifdef DIALOGUE_MUTATIONS
inline Mutation mutation = Mutation::none;
[[nodiscard]] inline bool is_mutated(Mutation bug) { return bug == mutation; }
#else
[[nodiscard]] constexpr bool is_mutated(Mutation) { return false; }
#endif

}  // namespace dialogue
