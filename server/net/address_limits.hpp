// The limits of one address: concurrent connections, and rates of requests. An IPv6 address counts by its /64, which is the
// share of one customer, and a whole /48 together has kNetworkShare times as much. Counted before anything is read. Every check
// takes the same short time, however many addresses there are. Shared by all loops; safe from any thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "server/core/util/rate_verdict.hpp"
#include "server/net/address_range.hpp"

namespace dialogue::net {

/// A limit of 0 events means no limit.
struct AddressLimitSettings {
  std::size_t connections_max = 1000;  ///< 0: unbounded
  RateLimit handshakes{1000, 60'000};  ///< WebSockets begun; and, apart from them, TLS handshakes
  RateLimit requests{100, 60'000};     ///< of HTTP without an API key, but /health, /ready, /metrics and static files
  RateLimit messages{30, 60'000};      ///< publications by HTTP without an API key
  RateLimit logins{10, 60'000};        ///< credentials that were refused: what is_failed_login() says
  bool counts_loopback = false;        ///< this machine's own programs, and clients that proxies on it do not distinguish
};

class AddressLimits {
 public:
  using Tier = core::RateTier;

  explicit AddressLimits(const AddressLimitSettings& settings, std::uint64_t seed);

  /// The address that actions count for, valid while the limits live. A default account counts nothing.
  class Account {
   public:
    Account() = default;
    /// Counts one action of a tier. Returns 0 if it is allowed, or after how many ms it will be.
    [[nodiscard]] std::uint64_t take(Tier tier, std::uint64_t now_ms) const;

   private:
    friend class AddressLimits;
    Account(AddressLimits& limits, const AddressBytes& key) : limits_(&limits), key_(key) {}

    AddressLimits* limits_ = nullptr;
    AddressBytes key_{};
  };

  /// Counts one connection of an address while the object lives.
  class Connection {
   public:
    Connection() = default;
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&& other) noexcept;
    ~Connection();
    [[nodiscard]] const Account& account() const { return account_; }
    /// Returns a connection of this address that is not counted.
    [[nodiscard]] Connection uncounted() const {
      Connection other;
      other.account_ = account_;
      return other;
    }

   private:
    friend class AddressLimits;
    using Key = AddressBytes;
    Connection(AddressLimits& limits, const Key& key, bool holds_place) : account_(limits, key), holds_place_(holds_place) {}

    Account account_;
    bool holds_place_ = false;  ///< false: connections are not counted
  };

  /// Counts a connection. Returns nothing if the address has reached its limit.
  [[nodiscard]] std::optional<Connection> connect(const IpAddress& address);
  /// Counts one action of a tier.
  [[nodiscard]] core::RateVerdict meter(const IpAddress& address, Tier tier, std::uint64_t now_ms);
  /// Like meter(), but returns 0 if the action is allowed, or after how many ms it will be.
  [[nodiscard]] std::uint64_t take(const IpAddress& address, Tier tier, std::uint64_t now_ms);
  /// Returns after how many ms an action will be allowed, without counting one.
  [[nodiscard]] std::uint64_t wait_ms(const IpAddress& address, Tier tier, std::uint64_t now_ms);
  /// Whether actions of this address are counted.
  [[nodiscard]] bool is_counted(const IpAddress& address) const;

  /// Applies new settings. Addresses above the new limit keep their connections; if a rate has changed, its counts are reset.
  void configure(const AddressLimitSettings& settings);
  /// Evicts some addresses without a recent request, whose counts have expired, the oldest first. For a timer.
  void sweep(std::uint64_t now_ms);
  /// The limit of refused credentials, which also holds for one connection.
  [[nodiscard]] RateLimit logins() const;

  [[nodiscard]] std::size_t remembered() const;

  /// The number of addresses without a connection that are remembered; one more replaces the one that was quiet for longest.
  static constexpr std::size_t kIdleAddressesMax = 65'536;
  /// The limit of a whole IPv6 /48, as a multiple of an address's.
  static constexpr std::size_t kNetworkShare = 16;

 private:
  using Key = Connection::Key;
  static constexpr std::size_t kTiers = 5;
  static constexpr std::size_t kSweptAtOnce = 1024;

  struct Entry {
    std::size_t connections = 0;
    std::array<core::RateMeter, kTiers> meters;
    std::list<Key>::iterator place;  ///< in busy_ while there are connections, else in idle_
  };
  struct KeyHash {
    std::uint64_t seed;
    std::size_t operator()(const Key& key) const;
  };

  // All but disconnect() under the mutex.
  [[nodiscard]] RateLimit limit(Tier tier, bool is_network) const;
  [[nodiscard]] bool counts(const IpAddress& address) const;
  [[nodiscard]] Entry& entry(const Key& key);
  [[nodiscard]] core::RateVerdict meter_of(const Key& key, Tier tier, std::uint64_t now_ms);
  void hold(Entry& entry);
  void let_go(const Key& key);
  void forget_oldest();
  void disconnect(const Key& key);

  mutable std::mutex mutex_;
  AddressLimitSettings settings_;
  std::unordered_map<Key, Entry, KeyHash> entries_;
  std::list<Key> idle_, busy_;  ///< idle_: the address that was quiet for longest first
};

}  // namespace dialogue::net
