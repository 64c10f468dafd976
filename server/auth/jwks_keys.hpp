// The keys behind a JWKS URL, on a separate thread: fetched at the start, refetched as JwksSchedule decides, and kept through
// outages and invalid answers. Any thread may call; answers arrive on the caller's thread or on this one's.
//
//   JwksKeys keys(url, log);
//   keys.snapshot();                       // what is known now
//   keys.refetch([](bool is_new) { ... }); // a token named a key that is not among them
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "server/auth/key_set.hpp"
#include "server/core/messages/actions.hpp"
#include "server/http_client/http_url.hpp"

namespace dialogue::auth {

class JwksKeys {
 public:
  /// `log` is called on this object's thread, and must be thread-safe. `fixed`: keys that are valid besides the fetched keys.
  JwksKeys(http_client::HttpUrl url, KeySet fixed, std::function<void(const core::LogLine&)> log);
  JwksKeys(const JwksKeys&) = delete;
  JwksKeys& operator=(const JwksKeys&) = delete;
  /// stop() was called before, or no refetch() is pending.
  ~JwksKeys();

  /// Ends the thread, and answers all waiting requests on the calling thread, so their callbacks must still be valid. Afterwards,
  /// refetch() is not permitted. A name server that does not answer may delay it. Must not be called on its own thread.
  void stop();

  /// Returns all keys, fetched and fixed. Never null.
  [[nodiscard]] std::shared_ptr<const KeySet> snapshot() const;
  /// Whether any fetch has succeeded.
  [[nodiscard]] bool has_fetched() const;
  /// How many fetches have succeeded.
  [[nodiscard]] std::uint64_t fetches() const;
  /// Fetches the URL again if permitted, and then calls `done(true)`; calls `done(false)` immediately if it is not permitted.
  void refetch(std::function<void(bool)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dialogue::auth
