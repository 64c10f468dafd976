// A notification on its way to the devices that have not got it, and its text in the kept state. Plain values and pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::push {

/// A device that has not got it yet.
struct JobTarget {
  std::string device_id;
  std::uint32_t tries = 0;
  std::uint64_t due_ms = 0;  ///< in Unix time, like all times of a job
  friend bool operator==(const JobTarget&, const JobTarget&) = default;
};

struct Job {
  std::string id;
  std::string user_id;
  std::string text;                               ///< JSON for the service worker
  std::string urgency;                            ///< as Web Push names it
  std::string topic;                              ///< empty: none
  std::uint64_t accepted_ms = 0, expires_ms = 0;  ///< `accepted_ms`: from when on it may be sent
  bool only_offline = false;                      ///< not to a user who is connected when it is due
  std::vector<JobTarget> targets;
  std::string owner;           ///< the node that sends it
  std::uint64_t lease_ms = 0;  ///< until then no other node takes it over
  friend bool operator==(const Job&, const Job&) = default;
};

[[nodiscard]] std::string job_text(const Job& job);
/// Reads a text of job_text(); returns no value for any other text.
[[nodiscard]] std::optional<Job> read_job(std::string_view text);

/// An Idempotency-Key that was used: what for, and the answer.
struct UsedKey {
  std::string content;  ///< a hash of the notification
  std::string job_id;
  std::size_t devices = 0;
  std::uint64_t expires_s = 0;
};
[[nodiscard]] std::string used_key_text(const UsedKey& used);
[[nodiscard]] std::optional<UsedKey> read_used_key(std::string_view text, std::uint64_t expires_s);

}  // namespace dialogue::push
