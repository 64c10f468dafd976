// Devices: whose they are, how many, and for how long.
#include "server/push/device_table.hpp"

#include <catch2/catch.hpp>

namespace dialogue::push {
namespace {

constexpr std::uint64_t kTodayS = 1'700'000'000, kDayS = 86'400;

Device browser(const std::string& user, const std::string& name) {
  const std::string endpoint = "https://fcm.googleapis.com/fcm/send/" + name;
  return {device_id(endpoint), user, endpoint, "p", "a", "key", 0, 0};
}

/// As the service does it: planned, written, put.
DeviceTable::Registration register_in(DeviceTable& table, const Device& device, std::uint64_t now_s) {
  auto planned = table.registered(device, now_s);
  for (const std::string& id : planned.replaced) table.remove(id);
  if (!planned.is_full && !planned.changes.empty()) table.put(planned.device);
  return planned;
}

}  // namespace

TEST_CASE("a device is written when it is new, changed, or was not seen for a day") {
  DeviceTable table;
  CHECK(register_in(table, browser("ann", "a"), kTodayS).is_created);
  CHECK(register_in(table, browser("ann", "a"), kTodayS + kDayS - 1).changes.empty());
  Device changed = browser("ann", "a");
  changed.vapid_key = "another";
  const auto again = register_in(table, changed, kTodayS + 1);
  CHECK(again.changes.size() == 1);
  CHECK_FALSE(again.is_created);
  const auto later = register_in(table, changed, kTodayS + kDayS + 1);
  CHECK(later.changes.size() == 1);
  CHECK(later.changes.front().expires_s == kTodayS + kDayS + 1 + kDeviceLifeS);
  CHECK(table.find(changed.id)->created_s == kTodayS);
}

TEST_CASE("a user has at most 25 devices: another device replaces the device that was seen longest ago") {
  DeviceTable table;
  for (std::uint64_t i = 0; i < kDevicesPerUserMax; ++i)
    CHECK(register_in(table, browser("ann", std::to_string(i)), kTodayS + i).replaced.empty());
  CHECK(register_in(table, browser("bob", "bob"), kTodayS).is_created);
  const auto more = register_in(table, browser("ann", "more"), kTodayS + kDayS);
  CHECK(more.replaced == std::vector{browser("ann", "0").id});
  CHECK(more.changes.size() == 2);
  CHECK_FALSE(more.changes.front().value);
  CHECK(table.of_user("ann").size() == kDevicesPerUserMax);
  CHECK(table.of_user("ann").front()->id == browser("ann", "more").id);
  CHECK(table.of_user("bob").size() == 1);
}

TEST_CASE("a browser is one user's: another user's registration moves it") {
  DeviceTable table;
  register_in(table, browser("ann", "a"), kTodayS);
  const auto moved = register_in(table, browser("bob", "a"), kTodayS + 5);
  CHECK(moved.is_created);
  CHECK(moved.device.created_s == kTodayS + 5);
  CHECK(table.of_user("ann").empty());
  CHECK(table.of_user("bob").size() == 1);
  CHECK(table.size() == 1);
}

TEST_CASE("all users together have a number of devices, too, and known ones are renewed beyond it") {
  DeviceTable table({.per_user = 25, .all = 2});
  register_in(table, browser("ann", "a"), kTodayS);
  register_in(table, browser("bob", "b"), kTodayS);
  CHECK(register_in(table, browser("cid", "c"), kTodayS).is_full);
  CHECK_FALSE(register_in(table, browser("ann", "a"), kTodayS + 2 * kDayS).is_full);
  CHECK(table.size() == 2);
}

TEST_CASE("a device that no page renews ends after 90 days") {
  DeviceTable table;
  register_in(table, browser("ann", "a"), kTodayS);
  register_in(table, browser("ann", "b"), kTodayS + kDayS);
  CHECK(table.forget_expired(kTodayS + kDeviceLifeS - 1) == 0);
  CHECK(table.forget_expired(kTodayS + kDeviceLifeS) == 1);
  CHECK(table.of_user("ann").front()->id == browser("ann", "b").id);
}

TEST_CASE("an entry gives its device back, and no other text does") {
  Device device = browser("ann", "a");
  device.created_s = kTodayS;
  device.seen_s = kTodayS + 3;
  const auto change = kept_change(device);
  store::KeptEntry entry{change.kind, change.key, *change.value, 1, change.expires_s};
  CHECK(device_of(entry) == device);
  CHECK(change.key.find("ann") == std::string::npos);
  CHECK(kept_removal(device).key == change.key);
  entry.is_removed = true;
  CHECK_FALSE(device_of(entry));
  for (const char* text : {"", "{}", "[]", "{\"user\":7}", "{\"user\":\"ann\"}"})
    CHECK_FALSE(device_of({store::KeptKind::push_device, "id", text, 1}));
  CHECK(device_of({store::KeptKind::push_device, "id", R"({"user":"ann","endpoint":"e","later":[1]})", 1}));
}

}  // namespace dialogue::push
