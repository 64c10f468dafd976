// What one address may ask of the server: connections at once, and requests in time. An IPv6 address counts by its /64, which is
// what one customer has. Counted before anything is read. Shared by all loops; safe from any thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "server/core/rate_meter.hpp"
#include "server/net/client_address.hpp"

namespace dialogue {

/// A limit of 0 events is none.
struct AddressLimitSettings {
  std::size_t connections_max = 1000;  ///< 0: unbounded
  RateLimit handshakes{1000, 60'000};  ///< WebSockets begun
  RateLimit requests{100, 60'000};     ///< of HTTP, but /health, /ready, /metrics and static files
  RateLimit messages{30, 60'000};      ///< publications by HTTP
  RateLimit logins{10, 60'000};        ///< credentials that were refused
  bool counts_loopback = false;        ///< this machine's own programs, and what proxies on it do not tell apart
};

class AddressLimits {
 public:
  enum class Tier : std::uint8_t { handshake, request, message, login };

  explicit AddressLimits(const AddressLimitSettings& settings, std::uint64_t seed);

  /// One connection of an address, as long as it lives.
  class Connection {
   public:
    Connection() = default;
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&& other) noexcept;
    ~Connection();

   private:
    friend class AddressLimits;
    using Key = AddressBytes;
    Connection(AddressLimits& limits, const Key& key) : limits_(&limits), key_(key) {}

    AddressLimits* limits_ = nullptr;  ///< null: nothing is counted
    Key key_{};
  };

  /// Nothing where the address has as many as it may.
  [[nodiscard]] std::optional<Connection> connect(const IpAddress& address, std::uint64_t now_ms);
  /// Takes one of a tier: 0, or after how many ms there will be one.
  [[nodiscard]] std::uint64_t take(const IpAddress& address, Tier tier, std::uint64_t now_ms);
  /// The same without taking.
  [[nodiscard]] std::uint64_t wait_ms(const IpAddress& address, Tier tier, std::uint64_t now_ms);

  /// From here on; who has more connections than he may keeps them.
  void configure(const AddressLimitSettings& settings);

  [[nodiscard]] std::size_t remembered() const;

 private:
  using Key = Connection::Key;
  static constexpr std::size_t kTiers = 4;
  /// So many addresses are told apart; what is more shares one entry.
  static constexpr std::size_t kAddressesMax = 65'536;

  struct Entry {
    std::size_t connections = 0;
    std::array<RateMeter, kTiers> meters;
  };
  struct KeyHash {
    std::uint64_t seed;
    std::size_t operator()(const Key& key) const;
  };

  // All of them under the mutex.
  [[nodiscard]] bool is_counted(const IpAddress& address) const;
  [[nodiscard]] const RateLimit& limit(Tier tier) const;
  [[nodiscard]] Entry& entry(const Key& key, std::uint64_t now_ms);
  void forget_idle(std::uint64_t now_ms);
  void disconnect(const Key& key);

  mutable std::mutex mutex_;
  AddressLimitSettings settings_;
  std::unordered_map<Key, Entry, KeyHash> entries_;
  Entry rest_;  ///< of all addresses beyond kAddressesMax
};

}  // namespace dialogue
