// The steps of traced calls at their owner shard, measured around the core, which knows nothing of traces: when a publication is
// handed to it, when something is to be appended or it is done with it, when it answers, and when the turn's output was offered.
// Used by its loop's thread. Where nothing is traced, it is empty, and costs a comparison for each answered call.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "server/core/messages/application_calls.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::loop {

/// The maximum of concurrently followed calls of a loop. Beyond it, the oldest has no steps in its trace.
inline constexpr std::size_t kTracedCallsMax = 1024;

class CallTraces {
 public:
  /// The call's message is the next one from its sender.
  void expect(core::CallId call, trace::TracePtr traced, bool is_publication);
  /// Whether the core need not be watched.
  [[nodiscard]] bool is_empty() const { return calls_.empty(); }
  /// The message of this publication is handed to the core, up to judged().
  void begin(core::CallId call) { in_hand_ = call; }
  /// The publication in hand, if there is one, was found good or refused: what comes next is its append.
  void judged();
  void answered(core::CallId call, const core::CallResult& result);
  /// What was decided in this turn was offered to the transports and the other shards.
  void finish_turn() {
    if (!accepted_.empty()) end_fan_out();
  }

  [[nodiscard]] std::size_t size() const { return calls_.size(); }

 private:
  struct Call {
    trace::TracePtr traced;
    bool is_publication = false;
    std::uint64_t begin_ns = 0, judged_ns = 0;  ///< 0: not judged yet
  };
  struct Accepted {
    trace::TracePtr traced;
    std::uint64_t begin_ns = 0;
    std::uint32_t members = 0;
  };

  void add_publication(const Call& call, const core::CallResult& result, std::uint64_t now_ns);
  void end_fan_out();

  std::map<core::CallId, Call> calls_;  ///< about in the order of their coming
  core::CallId in_hand_ = 0;
  std::vector<Accepted> accepted_;  ///< in this turn
};

}  // namespace dialogue::loop
