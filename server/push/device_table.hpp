// All devices, by id and by user. Decides which one makes room for another. Pure: time is an argument, and what has to be written
// is a result. Used by one thread.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/push/device.hpp"

namespace dialogue::push {

inline constexpr std::size_t kDevicesPerUserMax = 25, kDevicesMax = 100'000;

struct DeviceLimits {
  std::size_t per_user = kDevicesPerUserMax, all = kDevicesMax;
};

class DeviceTable {
 public:
  explicit DeviceTable(DeviceLimits limits = {}) : limits_(limits) {}

  /// Puts a device in the place of the one with its id.
  void put(Device device);
  void remove(const std::string& id);
  void clear();
  /// Null: none.
  [[nodiscard]] const Device* find(const std::string& id) const;
  /// Of a user, the one that was seen last first.
  [[nodiscard]] std::vector<const Device*> of_user(const std::string& user_id) const;
  [[nodiscard]] std::size_t size() const { return devices_.size(); }

  struct Registration {
    bool is_full = false;                      ///< there are too many devices of all users, and this is a new one
    bool is_created = false;                   ///< it was not there, or another user's
    std::vector<store::KeptChange> changes{};  ///< empty: it is there as it is, and was seen lately
    std::vector<std::string> replaced{};       ///< ids of the user's devices that make room
    Device device{};                           ///< as it is from now on
  };
  /// What a registration changes. put() and remove() follow once that is written.
  [[nodiscard]] Registration registered(Device device, std::uint64_t now_s) const;
  /// Removes those that no page has renewed; the store forgets their entries by itself. How many those were.
  std::size_t forget_expired(std::uint64_t now_s);

 private:
  const DeviceLimits limits_;
  std::map<std::string, Device> devices_;
  std::map<std::string, std::set<std::string>> ids_of_users_;
};

}  // namespace dialogue::push
