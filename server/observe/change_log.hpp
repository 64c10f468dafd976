// The recent changes, for people: the log lines that report them. A ring. Safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/messages/actions.hpp"

namespace dialogue::observe {

inline constexpr std::size_t kChangesKept = 50, kChangeDetailBytesMax = 256;

struct Change {
  std::uint64_t unix_ms = 0;
  std::string name, detail;
  std::uint64_t count = 1;  ///< in a row
};

class ChangeLog {
 public:
  /// Whether it is one of the lines that report a change.
  [[nodiscard]] static bool is_change(const core::LogLine& line);
  /// Keeps such a line.
  void note(const core::LogLine& line, std::uint64_t unix_ms);
  [[nodiscard]] std::vector<Change> newest_first() const;
  /// Forgets changes whose detail names the user.
  void forget_user(const std::string& user_id);

 private:
  mutable std::mutex mutex_;
  std::deque<Change> kept_;
};

}  // namespace dialogue::observe
