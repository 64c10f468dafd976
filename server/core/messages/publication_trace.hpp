// The trace that a publication belongs to, as it goes with it from shard to shard and on to members. Where there is none it is
// a null pointer, and costs a comparison. The core hands it on and says what happens; it decides nothing by it, so a replay does
// without those who follow it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue::core {

enum class PublicationStep : std::uint8_t { accept, validate, hooks };

/// Follows the steps of one publication. Called during inputs: by the shard that has the publication, then by all shards with
/// members, concurrently. Must not block. Destroyed with its last reference.
class PublicationSteps {
 public:
  PublicationSteps() = default;
  PublicationSteps(const PublicationSteps&) = delete;
  PublicationSteps& operator=(const PublicationSteps&) = delete;
  virtual ~PublicationSteps() = default;

  /// A step has ended that began with the end of the previous one. `code`: its outcome.
  virtual void ended(PublicationStep step, ErrorCode code) = 0;
  /// The publication was accepted, or refused permanently. `is_logged`: it is in the log, or should have been.
  virtual void answered(ErrorCode code, bool is_logged, bool is_duplicate) = 0;
  /// The publication was offered to the transports of all members on one shard, of which there are `members`.
  virtual void offered(std::size_t members) = 0;
  /// Returns a `traceparent` of the followed trace, for requests that are made meanwhile.
  [[nodiscard]] virtual std::string context() const = 0;
};

struct PublicationTrace {
  std::string traceparent;                  ///< well-formed; members get it with the event
  std::unique_ptr<PublicationSteps> steps;  ///< null: not followed
};

/// The trace's id, as log lines have it.
[[nodiscard]] inline std::string_view trace_id_of(std::string_view traceparent) {
  constexpr std::size_t kVersion = 3, kDigits = 32;  // "00-", then the id
  return traceparent.substr(kVersion, kDigits);
}

using PublicationTracePtr = std::shared_ptr<const PublicationTrace>;

/// Decides which publications are followed.
class PublicationWatch {
 public:
  PublicationWatch() = default;
  PublicationWatch(const PublicationWatch&) = delete;
  PublicationWatch& operator=(const PublicationWatch&) = delete;
  virtual ~PublicationWatch() = default;

  /// Begins to follow a publication with a well-formed `traceparent` by a member of its room, or returns null. `room` and
  /// `event`: names in the definitions. `received_ns`: Time::monotonic_ns. Called on the threads of all shards, concurrently.
  [[nodiscard]] virtual std::unique_ptr<PublicationSteps> follow(std::string_view traceparent, std::string_view room,
                                                                 std::string_view event, std::uint64_t received_ns) = 0;
};

/// Notifies the follower, if there is one.
inline void end_step(const PublicationTracePtr& trace, PublicationStep step, ErrorCode code = ErrorCode::ok) {
  if (trace && trace->steps) trace->steps->ended(step, code);
}

}  // namespace dialogue::core
