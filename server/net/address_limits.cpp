// See address_limits.hpp.
#include "server/net/address_limits.hpp"

#include <algorithm>
#include <utility>

#include "server/net/origin.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kNetworkBytes = 8;  ///< of an IPv6 address: its /64

AddressBytes key_of(const IpAddress& address) {
  const IpAddress plain = unmapped(address);
  AddressBytes bytes = bytes_of(plain);
  if (plain.is_v6()) std::fill(bytes.begin() + kNetworkBytes, bytes.end(), 0);
  return bytes;
}

}  // namespace

AddressLimits::Connection::Connection(Connection&& other) noexcept
    : limits_(std::exchange(other.limits_, nullptr)), key_(other.key_) {}

AddressLimits::Connection& AddressLimits::Connection::operator=(Connection&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(key_, other.key_);
  return *this;
}

AddressLimits::Connection::~Connection() {
  if (limits_ != nullptr) limits_->disconnect(key_);
}

/// FNV-1a over seed and bytes: who does not know the seed cannot choose addresses that collide.
std::size_t AddressLimits::KeyHash::operator()(const Key& key) const {
  constexpr std::uint64_t kPrime = 0x100000001B3;
  std::uint64_t hash = seed;
  for (const unsigned char byte : key) hash = (hash ^ byte) * kPrime;
  return hash ^ hash >> 32;
}

AddressLimits::AddressLimits(const AddressLimitSettings& settings, std::uint64_t seed)
    : settings_(settings), entries_(0, KeyHash{seed}) {}

void AddressLimits::configure(const AddressLimitSettings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
}

bool AddressLimits::is_counted(const IpAddress& address) const {
  return settings_.counts_loopback || !is_loopback_address(address);
}

const RateLimit& AddressLimits::limit(Tier tier) const {
  switch (tier) {
    case Tier::handshake:
      return settings_.handshakes;
    case Tier::message:
      return settings_.messages;
    case Tier::login:
      return settings_.logins;
    default:
      return settings_.requests;
  }
}

AddressLimits::Entry& AddressLimits::entry(const Key& key, std::uint64_t now_ms) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second;
  if (entries_.size() >= kAddressesMax) forget_idle(now_ms);
  return entries_.size() >= kAddressesMax ? rest_ : entries_[key];
}

void AddressLimits::forget_idle(std::uint64_t now_ms) {
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    if (entry.connections > 0) return false;
    for (std::size_t tier = 0; tier < kTiers; ++tier)
      if (!entry.meters[tier].is_fresh(limit(static_cast<Tier>(tier)), now_ms)) return false;
    return true;
  });
}

std::optional<AddressLimits::Connection> AddressLimits::connect(const IpAddress& address, std::uint64_t now_ms) {
  const Key key = key_of(address);
  const std::lock_guard lock(mutex_);
  if (settings_.connections_max == 0 || !is_counted(address)) return Connection();
  Entry& its = entry(key, now_ms);
  if (its.connections >= settings_.connections_max) return {};
  ++its.connections;
  return Connection(*this, &its == &rest_ ? Key{} : key);
}

void AddressLimits::disconnect(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  --(found != entries_.end() ? found->second : rest_).connections;
}

std::uint64_t AddressLimits::take(const IpAddress& address, Tier tier, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!is_counted(address) || limit(tier).max_events == 0) return 0;
  RateMeter& meter = entry(key_of(address), now_ms).meters[static_cast<std::size_t>(tier)];
  const std::uint64_t wait_ms = meter.wait_ms(limit(tier), now_ms);
  if (wait_ms == 0) meter.take(limit(tier), now_ms);
  return wait_ms;
}

std::uint64_t AddressLimits::wait_ms(const IpAddress& address, Tier tier, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!is_counted(address) || limit(tier).max_events == 0) return 0;
  return entry(key_of(address), now_ms).meters[static_cast<std::size_t>(tier)].wait_ms(limit(tier), now_ms);
}

std::size_t AddressLimits::remembered() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace dialogue
