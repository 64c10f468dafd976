// A table and two lists through its entries: of those who have a connection, which sockets bound, and of those who have none, in
// the order of their last request, which kIdleAddressesMax bounds.
#include "server/net/address_limits.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dialogue::net {
namespace {

constexpr std::size_t kSiteBytes = 8, kNetworkBytes = 6;  ///< of an IPv6 address: its /64 and its /48

/// The first bytes of an IPv6 address, and how many they are, so that a /48 is no /64.
AddressBytes prefix_of(AddressBytes bytes, std::size_t count) {
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end(), 0);
  bytes.back() = static_cast<unsigned char>(count);
  return bytes;
}

AddressBytes key_of(const IpAddress& address) {
  const IpAddress plain = unmapped(address);
  return plain.is_v6() ? prefix_of(bytes_of(plain), kSiteBytes) : bytes_of(plain);
}

/// Whether it is what prefix_of() makes; the form of an IPv4 address never is.
bool has_prefix(const AddressBytes& key, std::size_t count) {
  return key.back() == count && std::all_of(key.begin() + static_cast<std::ptrdiff_t>(count), key.end() - 1,
                                            [](unsigned char byte) { return byte == 0; });
}

/// The /48 around a /64; nothing for an IPv4 address.
std::optional<AddressBytes> network_of(const AddressBytes& key) {
  return has_prefix(key, kSiteBytes) ? std::optional(prefix_of(key, kNetworkBytes)) : std::nullopt;
}

}  // namespace

AddressLimits::Connection::Connection(Connection&& other) noexcept
    : account_(std::exchange(other.account_, {})), holds_place_(std::exchange(other.holds_place_, false)) {}

AddressLimits::Connection& AddressLimits::Connection::operator=(Connection&& other) noexcept {
  std::swap(account_, other.account_);
  std::swap(holds_place_, other.holds_place_);
  return *this;
}

AddressLimits::Connection::~Connection() {
  if (holds_place_) account_.limits_->disconnect(account_.key_);
}

std::uint64_t AddressLimits::Account::take(Tier tier, std::uint64_t now_ms) const {
  if (limits_ == nullptr) return 0;
  const std::lock_guard lock(limits_->mutex_);
  return limits_->meter_of(key_, tier, now_ms).wait_ms;
}

/// FNV-1a over seed and bytes: an attacker who does not know the seed cannot choose addresses that collide.
std::size_t AddressLimits::KeyHash::operator()(const Key& key) const {
  constexpr std::uint64_t kPrime = 0x100000001B3;
  std::uint64_t hash = seed;
  for (const unsigned char byte : key) hash = (hash ^ byte) * kPrime;
  return hash ^ hash >> 32;
}

AddressLimits::AddressLimits(const AddressLimitSettings& settings, std::uint64_t seed)
    : settings_(settings), entries_(0, KeyHash{seed}) {}

bool AddressLimits::counts(const IpAddress& address) const { return settings_.counts_loopback || !is_loopback_address(address); }

RateLimit AddressLimits::logins() const {
  const std::lock_guard lock(mutex_);
  return settings_.logins;
}

bool AddressLimits::is_counted(const IpAddress& address) const {
  const std::lock_guard lock(mutex_);
  return counts(address);
}

RateLimit AddressLimits::limit(Tier tier, bool is_network) const {
  const RateLimit& one = tier == Tier::message   ? settings_.messages
                         : tier == Tier::login   ? settings_.logins
                         : tier == Tier::request ? settings_.requests
                                                 : settings_.handshakes;
  return {one.max_events * (is_network ? kNetworkShare : 1), one.window_ms};
}

AddressLimits::Entry& AddressLimits::entry(const Key& key) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    Entry& known = found->second;
    if (known.connections == 0) idle_.splice(idle_.end(), idle_, known.place);
    return known;
  }
  if (idle_.size() >= kIdleAddressesMax) forget_oldest();
  Entry& made = entries_[key];
  made.place = idle_.insert(idle_.end(), key);
  return made;
}

void AddressLimits::forget_oldest() {
  entries_.erase(idle_.front());
  idle_.pop_front();
}

void AddressLimits::hold(Entry& entry) {
  if (entry.connections++ == 0) busy_.splice(busy_.end(), idle_, entry.place);
}

void AddressLimits::let_go(const Key& key) {
  Entry& entry = entries_.find(key)->second;
  if (--entry.connections > 0) return;
  if (idle_.size() >= kIdleAddressesMax) forget_oldest();
  idle_.splice(idle_.end(), busy_, entry.place);
}

std::optional<AddressLimits::Connection> AddressLimits::connect(const IpAddress& address) {
  const std::lock_guard lock(mutex_);
  const std::size_t most = settings_.connections_max;
  if (!counts(address)) return Connection();
  const Key key = key_of(address);
  if (most == 0) return Connection(*this, key, false);
  const auto network = network_of(key);
  Entry& own = entry(key);
  Entry* const all = network ? &entry(*network) : nullptr;
  if (own.connections >= most || (all != nullptr && all->connections >= most * kNetworkShare)) return {};
  hold(own);
  if (all != nullptr) hold(*all);
  return Connection(*this, key, true);
}

void AddressLimits::disconnect(const Key& key) {
  const std::lock_guard lock(mutex_);
  let_go(key);
  if (const auto network = network_of(key)) let_go(*network);
}

core::RateVerdict AddressLimits::meter(const IpAddress& address, Tier tier, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return counts(address) ? meter_of(key_of(address), tier, now_ms) : core::RateVerdict{};
}

core::RateVerdict AddressLimits::meter_of(const Key& key, Tier tier, std::uint64_t now_ms) {
  const RateLimit one = limit(tier, false), all = limit(tier, true);
  if (one.max_events == 0) return {};
  core::RateMeter& own = entry(key).meters[static_cast<std::size_t>(tier)];
  const auto network = network_of(key);
  if (!network) return core::take_one(own, one, now_ms);
  core::RateMeter& around = entry(*network).meters[static_cast<std::size_t>(tier)];
  // Only where both allow it, it is taken of both.
  if (own.wait_ms(one, now_ms) > 0) return core::take_one(own, one, now_ms);
  const core::RateVerdict verdict = core::take_one(around, all, now_ms);
  return verdict.wait_ms > 0 ? verdict : core::scarcer(core::take_one(own, one, now_ms), verdict);
}

std::uint64_t AddressLimits::take(const IpAddress& address, Tier tier, std::uint64_t now_ms) {
  return meter(address, tier, now_ms).wait_ms;
}

std::uint64_t AddressLimits::wait_ms(const IpAddress& address, Tier tier, std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (limit(tier, false).max_events == 0 || !counts(address)) return 0;
  const auto wait_of = [&](const Key& key, bool is_network) {
    const auto found = entries_.find(key);
    return found == entries_.end()
               ? 0
               : found->second.meters[static_cast<std::size_t>(tier)].wait_ms(limit(tier, is_network), now_ms);
  };
  const Key key = key_of(address);
  const auto network = network_of(key);
  return std::max(wait_of(key, false), network ? wait_of(*network, true) : 0);
}

// What a meter has counted is in units of its limit.
void AddressLimits::configure(const AddressLimitSettings& settings) {
  const std::lock_guard lock(mutex_);
  const auto rates_of = [](const AddressLimitSettings& its) {
    std::array<std::uint64_t, 2 * 4> rates{};
    std::size_t at = 0;
    for (const RateLimit& rate : {its.handshakes, its.requests, its.messages, its.logins}) {
      rates[at++] = rate.max_events;
      rates[at++] = rate.window_ms;
    }
    return rates;
  };
  const bool has_other_rates = rates_of(settings) != rates_of(settings_);
  settings_ = settings;
  if (!has_other_rates) return;
  for (auto& [key, entry] : entries_) entry.meters = {};
}

void AddressLimits::sweep(std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  for (std::size_t count = 0; count < kSweptAtOnce && !idle_.empty(); ++count) {
    const Key& key = idle_.front();
    const bool is_network = has_prefix(key, kNetworkBytes);
    const Entry& entry = entries_.find(key)->second;
    for (std::size_t tier = 0; tier < kTiers; ++tier)
      if (!entry.meters[tier].is_fresh(limit(static_cast<Tier>(tier), is_network), now_ms)) return;
    forget_oldest();
  }
}

std::size_t AddressLimits::remembered() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace dialogue::net
