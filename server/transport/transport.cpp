// The common parts of all transports.
#include "server/transport/transport.hpp"

#include <cstddef>

namespace dialogue::transport {
namespace {

/// The part of a connection that a flush reads: this object, and the implementation's data after it.
constexpr std::size_t kPrefetchedBytes = 320, kCacheLineBytes = 64;

}  // namespace

void Transport::count_failed_login(RateLimit limit, std::uint64_t now_ms) {
  if (limit.max_events > 0) failed_logins_.take(limit, now_ms);
}

bool Transport::failed_too_often(RateLimit limit, std::uint64_t now_ms) const {
  return limit.max_events > 0 && failed_logins_.wait_ms(limit, now_ms) > 0;
}

void Transport::prefetch() const {
  const auto* const begin = reinterpret_cast<const char*>(this);
  for (std::size_t at = 0; at < kPrefetchedBytes; at += kCacheLineBytes) __builtin_prefetch(begin + at);
}

void Transport::ask_flush() {
  if (std::exchange(flush_asked_, true)) return;
  flush_list_.add(shared_from_this());
}

}  // namespace dialogue::transport
