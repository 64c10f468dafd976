// Devices of users: registration, their end, and what other nodes did to them.
#include <algorithm>
#include <set>
#include <utility>

#include "server/push/push_state.hpp"
#include "server/push/web/web_message.hpp"

namespace dialogue::push {
namespace {

using core::LogLevel;

core::Error bad_request(std::string words, std::string path) {
  return {ErrorCode::request_invalid, std::move(words), std::move(path)};
}

}  // namespace

void PushService::State::put_device(api::DeviceRegistration what, const Done<api::RegisteredDevice>& done) {
  const auto endpoint = context.rules.endpoint_of(what.endpoint);
  if (!endpoint)
    return done({.fault = bad_request("this server sends to the push services of browsers and of --push-host only, over https",
                                      "$.endpoint")});
  if (!Recipient::of(what.p256dh, what.auth))
    return done({.fault = bad_request("p256dh is a point on P-256 and auth 16 bytes, both in base64url", "$.keys")});
  if (!context.signer.knows(what.key))
    return done({.fault = bad_request("the subscription was made with a key that this server does not have: subscribe again with "
                                      "the key of GET /push/key",
                                      "$.key")});
  Device device;
  device.id = device_id(what.endpoint);
  device.user_id = std::move(what.user_id);
  device.endpoint = std::move(what.endpoint);
  device.p256dh = std::move(what.p256dh);
  device.auth = std::move(what.auth);
  device.vapid_key = std::move(what.key);
  auto planned = std::make_shared<DeviceTable::Registration>();
  const auto changes = [this, device, planned] {
    *planned = context.devices.registered(device, context.now_s());
    return planned->changes;
  };
  const auto written = [this, planned, done, service = endpoint->url.host](core::StoreStatus status) {
    if (planned->is_full) return done({.fault = {ErrorCode::rate_limited, {}, {}}});
    if (status != core::StoreStatus::ok) {
      note_store_fault(status);
      return done({.fault = fault_of(status)});
    }
    for (const std::string& id : planned->replaced) context.devices.remove(id);
    if (!planned->changes.empty()) context.devices.put(planned->device);
    const std::string& user = planned->device.user_id;
    if (planned->is_created)
      context.write(LogLevel::info, "push_device_added",
                    std::move(JsonText().text("user", user).text("device", planned->device.id).text("service", service)));
    count_devices();
    done({.id = planned->device.id, .is_created = planned->is_created, .devices = context.devices.of_user(user).size()});
  };
  writer.submit({changes, written});
}

std::vector<api::OwnDevice> PushService::State::devices_of(const std::string& user_id) const {
  std::vector<api::OwnDevice> own;
  for (const Device* device : context.devices.of_user(user_id)) {
    const auto endpoint = context.rules.endpoint_of(device->endpoint);
    own.push_back({device->id, endpoint ? endpoint->url.host : std::string(), device->created_s, device->seen_s,
                   device->vapid_key == context.signer.current().public_text});
  }
  return own;
}

void PushService::State::remove_device(const std::string& user_id, const std::string& id,
                                       const std::function<void(core::Error, bool)>& done) {
  const Device* const device = context.devices.find(id);
  if (device == nullptr || device->user_id != user_id) return done({}, false);
  const auto written = [this, id, done](core::StoreStatus status) {
    if (status != core::StoreStatus::ok) {
      note_store_fault(status);
      return done(fault_of(status), false);
    }
    context.devices.remove(id);
    count_devices();
    done({}, true);
  };
  writer.submit({[change = kept_removal(*device)] { return std::vector{change}; }, written});
}

// The push service says that the subscription has ended. It is gone for this node at once; an entry that stays in the store is
// found gone again.
void PushService::State::drop_device(const std::string& id) {
  const Device* const device = context.devices.find(id);
  if (device == nullptr) return;
  context.write(LogLevel::info, "push_device_gone", std::move(JsonText().text("user", device->user_id).text("device", id)));
  const auto change = kept_removal(*device);
  context.devices.remove(id);
  count_devices();
  writer.submit({[change] { return std::vector{change}; },
                 [this](core::StoreStatus status) {
                   if (status != core::StoreStatus::ok) note_store_fault(status);
                 }});
}

void PushService::State::erase(const std::string& user_id, const Done<bool>& done) {
  const auto devices = std::make_shared<std::vector<std::string>>();
  const auto slots = std::make_shared<std::vector<std::size_t>>();
  const auto changes = [this, user_id, devices, slots] {
    std::vector<store::KeptChange> all;
    devices->clear();
    for (const Device* device : context.devices.of_user(user_id)) {
      devices->push_back(device->id);
      all.push_back(kept_removal(*device));
    }
    *slots = context.slots.of_user(user_id);
    for (const std::size_t slot : *slots) all.push_back(context.slots.emptied(slot));
    return all;
  };
  const auto written = [this, user_id, devices, slots, done](core::StoreStatus status) {
    if (status == core::StoreStatus::stale) return erase(user_id, done);  // another node was faster; its changes are known now
    if (status != core::StoreStatus::ok) {
      note_store_fault(status);
      return done(false);
    }
    forget(*devices, *slots);
    done(true);
  };
  writer.submit({changes, written});
}

void PushService::State::forget(const std::vector<std::string>& devices, const std::vector<std::size_t>& slots) {
  for (const std::string& id : devices) context.devices.remove(id);
  for (const std::size_t slot : slots) context.slots.free(slot);
  count_devices();
  count_waiting();
}

void PushService::State::take_devices(const store::KeptList& list) {
  if (list.is_whole) context.devices.clear();
  for (const store::KeptEntry& entry : list.entries) {
    if (auto device = device_of(entry))
      context.devices.put(*std::move(device));
    else
      context.devices.remove(entry.key);
  }
  context.devices.forget_expired(context.now_s());
  count_devices();
}

}  // namespace dialogue::push
