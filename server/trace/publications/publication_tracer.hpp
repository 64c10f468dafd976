// Has publications with a `traceparent` followed: each becomes a trace that continues its client's, with the spans accept,
// validate, hooks, append and fan-out. Any thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "server/core/messages/publication_trace.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::trace {

/// The maximum of concurrently followed publications; beyond it, only the events carry the context on.
inline constexpr std::size_t kFollowedMax = 1024;
/// For this number per second, the client's flag decides whether their traces are sent; beyond, only failures are. Browsers set
/// the flag, and one of them must not fill the receiver.
inline constexpr std::uint32_t kWantedPerSecondMax = 100;

class PublicationTracer : public core::PublicationWatch {
 public:
  explicit PublicationTracer(std::shared_ptr<const Tracer> tracer);
  [[nodiscard]] std::unique_ptr<core::PublicationSteps> follow(std::string_view traceparent, std::string_view room,
                                                               std::string_view event, std::uint64_t received_ns) override;
  [[nodiscard]] std::size_t followed() const { return followed_->load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool take_wanted(std::uint64_t now_ns);

  const std::shared_ptr<const Tracer> tracer_;
  const std::shared_ptr<std::atomic<std::size_t>> followed_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::mutex mutex_;
  std::uint64_t second_ = 0;  ///< under the mutex, with the next one
  std::uint32_t wanted_ = 0;  ///< in this second
};

}  // namespace dialogue::trace
