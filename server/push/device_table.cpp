// See device_table.hpp.
#include "server/push/device_table.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dialogue::push {

void DeviceTable::put(Device device) {
  remove(device.id);
  ids_of_users_[device.user_id].insert(device.id);
  std::string id = device.id;
  devices_.emplace(std::move(id), std::move(device));
}

void DeviceTable::remove(const std::string& id) {
  const auto found = devices_.find(id);
  if (found == devices_.end()) return;
  const auto ids = ids_of_users_.find(found->second.user_id);
  ids->second.erase(id);
  if (ids->second.empty()) ids_of_users_.erase(ids);
  devices_.erase(found);
}

void DeviceTable::clear() {
  devices_.clear();
  ids_of_users_.clear();
}

const Device* DeviceTable::find(const std::string& id) const {
  const auto found = devices_.find(id);
  return found == devices_.end() ? nullptr : &found->second;
}

std::vector<const Device*> DeviceTable::of_user(const std::string& user_id) const {
  std::vector<const Device*> found;
  if (const auto ids = ids_of_users_.find(user_id); ids != ids_of_users_.end())
    for (const std::string& id : ids->second) found.push_back(find(id));
  std::sort(found.begin(), found.end(),
            [](const Device* a, const Device* b) { return std::tie(b->seen_s, a->id) < std::tie(a->seen_s, b->id); });
  return found;
}

DeviceTable::Registration DeviceTable::registered(Device device, std::uint64_t now_s) const {
  Registration result;
  const Device* const there = find(device.id);
  const bool is_own = there != nullptr && there->user_id == device.user_id;
  device.created_s = is_own ? there->created_s : now_s;
  device.seen_s = is_own ? there->seen_s : 0;
  const bool is_equal = is_own && *there == device;
  if (is_equal && now_s < there->seen_s + kDeviceRenewalS) {
    result.device = std::move(device);
    return result;
  }
  device.seen_s = now_s;
  result.is_created = !is_own;
  if (there == nullptr && devices_.size() >= limits_.all) {
    result.is_full = true;
    return result;
  }
  const auto own = of_user(device.user_id);
  for (std::size_t i = own.size(); !is_own && i > 0 && i >= limits_.per_user; --i) {
    result.replaced.push_back(own[i - 1]->id);
    result.changes.push_back(kept_removal(*own[i - 1]));
  }
  result.changes.push_back(kept_change(device));
  result.device = std::move(device);
  return result;
}

std::size_t DeviceTable::forget_expired(std::uint64_t now_s) {
  std::vector<std::string> ended;
  for (const auto& [id, device] : devices_)
    if (device.seen_s + kDeviceLifeS <= now_s) ended.push_back(id);
  for (const std::string& id : ended) remove(id);
  return ended.size();
}

}  // namespace dialogue::push
