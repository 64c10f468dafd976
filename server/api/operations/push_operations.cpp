// Notifications: a user's own devices, and sending to a user.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "server/api/api_call.hpp"
#include "server/api/operations/idempotency_key.hpp"
#include "server/api/table/areas.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

/// Whether the server has notifications; refuses the call if not.
bool has_push(const ApiCallPtr& call) {
  if (!call->api.settings().push.public_key.empty()) return true;
  call->refuse({422, ErrorCode::not_supported, "This server has no notifications: it was started without --push-vapid."});
  return false;
}

/// Returns the calling user's id. Only for routes that take a user's token, and no key.
const std::string& caller_of(const ApiCall& call) { return call.request.publishes.identity->user_id; }

/// Reads a body that fits its schema. Returns nothing if one of its texts contains NUL.
std::optional<DeviceRegistration> read_registration(std::string_view body) {
  DeviceRegistration read;
  JsonReader reader(body);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key != "keys") {
      static_cast<void>(reader.read_string(key == "endpoint" ? read.endpoint : read.key));
      continue;
    }
    static_cast<void>(reader.enter_object());
    while (reader.next_key(key)) static_cast<void>(reader.read_string(key == "auth" ? read.auth : read.p256dh));
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

std::optional<Notification> read_notification(std::string_view body) {
  Notification read;
  read.url = "/";
  JsonReader reader(body);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  const auto text_of = [&read](std::string_view name) -> std::string& {
    if (name == "title") return read.title;
    if (name == "body") return read.body;
    if (name == "url") return read.url;
    return name == "urgency" ? read.urgency : read.collapse;
  };
  while (reader.next_key(key))
    static_cast<void>(key == "ttl" ? reader.read_integer(read.ttl_s) : reader.read_string(text_of(key)));
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

/// A path of the page's own origin: "//host" and "/\host" are of another one.
bool is_own_path(std::string_view url) {
  const auto is_odd = [](char c) { return c == '\\' || static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  return url.starts_with('/') && !url.starts_with("//") && std::none_of(url.begin(), url.end(), is_odd);
}

void get_push_key(const ApiCallPtr& call) {
  if (!has_push(call)) return;
  call->done(json_answer(200, JsonText().text("key", call->api.settings().push.public_key).take()));
}

void put_device(const ApiCallPtr& call) {
  if (!has_push(call)) return;
  auto what = read_registration(call->body);
  if (!what) return call->refuse({ErrorCode::request_invalid, "a text contains a NUL", {}});
  what->user_id = caller_of(*call);
  call->api.settings().push.put_device(*std::move(what), [call](const RegisteredDevice& registered) {
    if (registered.fault.code != ErrorCode::ok) return call->refuse(registered.fault);
    call->done(json_answer(200, JsonText()
                                    .text("id", registered.id)
                                    .flag("created", registered.is_created)
                                    .number("devices", registered.devices)
                                    .take()));
  });
}

std::string own_device_text(const OwnDevice& device) {
  return JsonText()
      .text("id", device.id)
      .text("service", device.service)
      .number("created", device.created_s)
      .number("seen", device.seen_s)
      .flag("current", device.is_current)
      .take();
}

void list_devices(const ApiCallPtr& call) {
  if (!has_push(call)) return;
  call->api.settings().push.list_devices(caller_of(*call), [call](const std::vector<OwnDevice>& devices) {
    call->done(json_answer(200, JsonText().raw("devices", json_array(devices, own_device_text)).take()));
  });
}

void remove_device(const ApiCallPtr& call) {
  if (!has_push(call)) return;
  call->api.settings().push.remove_device(caller_of(*call), call->request.parameters.front(),
                                          [call](const core::Error& fault, bool was_there) {
                                            if (fault.code != ErrorCode::ok) return call->refuse(fault);
                                            call->done(json_answer(200, JsonText().flag("removed", was_there).take()));
                                          });
}

void notify_user(const ApiCallPtr& call) {
  if (!has_push(call)) return;
  const std::string& user = call->request.parameters.front();
  if (!core::is_user_id(user)) return call->refuse({ErrorCode::request_invalid, "this is not a user id", {}});
  auto what = read_notification(call->body);
  if (!what) return call->refuse({ErrorCode::request_invalid, "a text contains a NUL", {}});
  if (!is_own_path(what->url))
    return call->refuse({ErrorCode::request_invalid, "url is a path on the page's own origin, such as /rooms/7", "$.url"});
  const std::string& key = call->request.idempotency_key;
  const auto read = parse_idempotency_key(key);
  if (!key.empty() && (!read || read->number > 0))
    return call->refuse({ErrorCode::request_invalid, "Idempotency-Key is " + std::string(kKeyForms), {}});
  if (!key.empty()) what->key = call->request.caller + '\n' + key;
  what->user_id = user;
  call->api.settings().push.notify(*std::move(what), [call](const NotifyAnswer& answer) {
    if (answer.fault.code != ErrorCode::ok) return call->refuse(answer.fault);
    call->note("notification", answer.id);
    call->note("devices", answer.devices);
    call->done(json_answer(
        200, JsonText().text("id", answer.id).number("devices", answer.devices).flag("duplicate", answer.is_duplicate).take()));
  });
}

constexpr std::array kPushRoutes = {
    Route{.run = get_push_key,
          .operation_id = "getPushKey",
          .method = "GET",
          .path = "/push/key",
          .summary = "Returns the key that pages subscribe with.",
          .right = std::nullopt,
          .scope = ApiScope::none,
          .answer = "PushKey",
          .refusals = "422"},
    Route{.run = list_devices,
          .operation_id = "listDevices",
          .method = "GET",
          .path = "/push/devices",
          .summary = "Lists the devices of the calling user that notifications are sent to.",
          .right = core::Right::manage,
          .scope = ApiScope::none,
          .is_own = true,
          .answer = "DeviceList",
          .refusals = "422"},
    Route{
        .run = put_device,
        .operation_id = "putDevice",
        .method = "PUT",
        .path = "/push/devices",
        .summary = "Registers the calling user's browser for notifications, or confirms it. It is no other user's from then on.",
        .right = core::Right::manage,
        .scope = ApiScope::none,
        .is_own = true,
        .body = "Device",
        .answer = "DeviceReceipt",
        .refusals = "413 415 422"},
    Route{.run = remove_device,
          .operation_id = "removeDevice",
          .method = "DELETE",
          .path = "/push/devices/{device}",
          .summary = "Removes a device of the calling user.",
          .right = core::Right::manage,
          .scope = ApiScope::none,
          .is_own = true,
          .answer = "DeviceRemoved",
          .refusals = "422"},
    Route{.run = notify_user,
          .operation_id = "notifyUser",
          .method = "POST",
          .path = "/users/{user}/notifications",
          .summary =
              "Sends a notification to all devices of a user, connected or not. It is kept until each has it or its time is "
              "over.",
          .right = core::Right::manage,
          .scope = ApiScope::publish,
          .is_message = true,
          .takes_key = true,
          .body = "Notification",
          .answer = "Notified",
          .refusals = "409 413 415 422"},
};

}  // namespace

std::span<const Route> push_routes() { return kPushRoutes; }

}  // namespace dialogue::api
