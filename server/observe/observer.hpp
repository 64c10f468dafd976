// The state of the server as a whole, from readings of its metrics: one sample every five seconds in a fixed ring, and a fresh
// reading on request, at most once a second. Answers are JSON texts, as the HTTP API returns them. Safe from any thread;
// outlives the readings that it requested.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/metrics/reading.hpp"
#include "server/observe/change_log.hpp"
#include "server/observe/sample.hpp"

namespace dialogue::observe {

inline constexpr std::uint64_t kSampleIntervalMs = 5000, kFreshMs = 1000;
inline constexpr std::size_t kSamplesKept = 180;  ///< of 15 minutes

/// What stays the same while the server runs.
struct ServerFacts {
  std::string version, catalogue, store_address, hooks_url;
  std::vector<std::pair<std::string, std::string>> pairs{};  ///< room's pattern and event, as metrics have them
  bool is_durable = false, is_dev = false;
};

class Observer : public std::enable_shared_from_this<Observer> {
 public:
  /// Asks for a reading; `done` is called once, on any thread, or never.
  using Read = std::function<void(std::function<void(metrics::Reading)> done)>;
  using Done = std::function<void(std::string json)>;

  explicit Observer(ServerFacts facts);

  /// Enables queries. Before this call, and after end(), queries return existing data.
  void begin(Read read);
  void end();
  /// A sample for the ring.
  void take(const metrics::Reading& reading);

  /// Each calls `done` once, within the call or on another thread; never if the server ends.
  void overview(Done done);
  void store(Done done);
  void hooks(Done done);
  /// The array of events with the most publications.
  void top_events(Done done);

  [[nodiscard]] ChangeLog& changes() { return changes_; }

 private:
  using Report = std::string (Observer::*)() const;
  void answer(Report report, Done done);
  void keep(Sample sample, bool is_for_ring);
  // With the mutex held.
  [[nodiscard]] std::string overview_text() const;
  [[nodiscard]] std::string store_text() const;
  [[nodiscard]] std::string hooks_text() const;
  [[nodiscard]] std::string top_text() const;
  [[nodiscard]] std::string samples_text() const;
  [[nodiscard]] const Sample& oldest() const { return ring_.empty() ? newest_ : ring_.front(); }

  const ServerFacts facts_;
  const std::uint64_t started_unix_ms_, started_ns_;
  ChangeLog changes_;
  mutable std::mutex mutex_;
  Read read_;
  std::deque<Sample> ring_;
  Sample newest_;
};

}  // namespace dialogue::observe
