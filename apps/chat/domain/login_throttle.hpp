// Slows down those who guess passwords. After a few failures each further one doubles the wait, for this account from this
// address only, so that the owner elsewhere is never locked out. Bounded: where the table is full, the oldest entry goes. Not
// thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace chat {

class LoginThrottle {
 public:
  static constexpr std::size_t kEntriesMax = 10'000;
  static constexpr std::uint32_t kFreeFailures = 5;
  static constexpr std::uint64_t kWaitMaxS = 300, kForgetS = 3600;

  /// Seconds until this account may be tried from this address; 0: now.
  [[nodiscard]] std::uint64_t wait_s(const std::string& account, const std::string& address, std::uint64_t now_s) const;
  void failed(const std::string& account, const std::string& address, std::uint64_t now_s);
  void succeeded(const std::string& account, const std::string& address);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    std::uint32_t failures = 0;
    std::uint64_t last_s = 0;
  };
  std::list<Entry> entries_;  ///< the newest failure last
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace chat
