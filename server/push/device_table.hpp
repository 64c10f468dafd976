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
  /// Returns the device with this id; null if there is none.
  [[nodiscard]] const Device* find(const std::string& id) const;
  /// Returns a user's devices, the most recently seen first.
  [[nodiscard]] std::vector<const Device*> of_user(const std::string& user_id) const;
  [[nodiscard]] std::size_t size() const { return devices_.size(); }

  struct Registration {
    bool is_full = false;                      ///< refused: the device is new, and the table has the maximum of devices
    bool is_created = false;                   ///< the device is new, or was another user's
    std::vector<store::KeptChange> changes{};  ///< empty: the device is stored unchanged, and was seen recently
    std::vector<std::string> replaced{};       ///< ids of the user's devices that make room
    Device device{};                           ///< as it is from now on
  };
  /// Returns what a registration changes. The caller writes it, then calls put() and remove().
  [[nodiscard]] Registration registered(Device device, std::uint64_t now_s) const;
  /// Removes the devices that no page has renewed, and returns their number. The store forgets their entries by itself.
  std::size_t forget_expired(std::uint64_t now_s);

 private:
  const DeviceLimits limits_;
  std::map<std::string, Device> devices_;
  std::map<std::string, std::set<std::string>> ids_of_users_;
};

}  // namespace dialogue::push
