// Accounts: register, log in, and what others see of a user.
#include <boost/json/array.hpp>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/sessions.hpp"
#include "apps/chat/domain/accounts.hpp"
#include "apps/chat/security/password_hash.hpp"
#include "apps/chat/security/random.hpp"

namespace chat {
namespace {

constexpr std::size_t kNameBytesMax = 1024, kDeviceCharsMax = 64, kUsersAskedMax = 100, kUsersFoundMax = 20;
constexpr std::uint32_t kRegistrationsPerHour = 20, kLoginsPerHour = 300;
constexpr std::string_view kUnknownDevice = "Unknown device";

void check(const std::optional<Fault>& fault) {
  if (fault) throw Refused(*fault);
}

std::string device_in(Fields& fields) {
  const auto device = fields.optional_text("device", kNameBytesMax);
  return device ? visible_line(*device, "device", kDeviceCharsMax) : std::string(kUnknownDevice);
}

[[noreturn]] void refuse_name() {
  refuse(FaultCode::name_taken, "This name, or one that looks like it, is taken. Choose another one.", "name");
}

Answer register_account(Service& service, const Caller&, const boost::json::object& request) {
  Fields fields(request);
  const std::string name = fields.text("name", kNameBytesMax), password = fields.text("password", kPasswordBytesMax + 1);
  const auto shown = fields.optional_text("displayName", kNameBytesMax);
  const std::string device = device_in(fields);
  fields.finish();
  check(fault_in_user_name(name));
  check(fault_in_password(password, name));
  const std::string display_name = shown ? visible_line(*shown, "displayName", kDisplayNameCharsMax) : name;
  if (service.store.read([&](Database& db) { return find_user_by_name(db, name).has_value(); })) refuse_name();
  const NewUser user{random_uuid(), name, display_name, hash_password(password), static_cast<std::int64_t>(service.unix_ms())};
  if (!service.store.write([&](Database& db) { return insert_user(db, user); })) refuse_name();
  return begin_session(service, {user.id, user.name, user.display_name}, device);
}

/// Refuses while there were too many wrong passwords for this account from this address.
void check_throttle(Service& service, const std::string& account, const std::string& address) {
  const std::lock_guard lock(service.throttle_mutex);
  const std::uint64_t wait_s = service.throttle.wait_s(account, address, service.now_s());
  if (wait_s == 0) return;
  throw Refused({FaultCode::rate_limited,
                 "There were too many wrong passwords. Try again in " + std::to_string(wait_s) + " s.",
                 {},
                 wait_s});
}

/// Whether it is the user's password; a name that does not exist takes as long. Counts failures.
bool is_password_right(Service& service, const std::optional<User>& user, const std::string& account, const std::string& address,
                       std::string_view password) {
  const auto hash = user ? service.store.read([&](Database& db) { return password_hash_of(db, user->id); }) : std::nullopt;
  const bool is_right = fits_password(password, hash ? *hash : hash_of_nobody()) && hash;
  const std::lock_guard lock(service.throttle_mutex);
  if (is_right)
    service.throttle.succeeded(account, address);
  else
    service.throttle.failed(account, address, service.now_s());
  return is_right;
}

Answer login(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string name = fields.text("name", kNameBytesMax), password = fields.text("password", kPasswordBytesMax + 1);
  const std::string device = device_in(fields);
  fields.finish();
  const std::string account = key_of_user_name(name).substr(0, kUserNameCharsMax);
  check_throttle(service, account, caller.address);
  const auto user = service.store.read([&](Database& db) { return find_user_by_name(db, name); });
  if (!is_password_right(service, user, account, caller.address, password))
    refuse(FaultCode::invalid_credentials, "The user name or the password is wrong.");
  return begin_session(service, *user, device);
}

Answer change_password(Service& service, const Caller& caller, const boost::json::object& request) {
  Fields fields(request);
  const std::string old_one = fields.text("oldPassword", kPasswordBytesMax + 1);
  const std::string new_one = fields.text("password", kPasswordBytesMax + 1);
  fields.finish();
  check(fault_in_password(new_one, caller.user.name));
  const std::string account = key_of_user_name(caller.user.name);
  check_throttle(service, account, caller.address);
  if (!is_password_right(service, caller.user, account, caller.address, old_one))
    refuse(FaultCode::invalid_credentials, "The old password is wrong.", "oldPassword");
  const std::string hash = hash_password(new_one);
  std::vector<std::string> ended;
  service.store.write([&](Database& db) {
    set_password_hash(db, caller.user.id, hash);
    for (const Session& session : sessions_of(db, caller.user.id, service.now_s()))
      if (session.id != caller.session_id && end_session(db, session.id, service.now_s())) ended.push_back(session.id);
  });
  for (const auto& id : ended) service.realtime.end_session(id);
  return {boost::json::object{{"endedSessions", ended.size()}}};
}

Answer get_users(Service& service, const Caller&, const boost::json::object& request) {
  Fields fields(request);
  const auto ids = fields.ids("ids", kUsersAskedMax);
  fields.finish();
  boost::json::array users;
  service.store.read([&](Database& db) {
    for (const auto& id : ids)
      if (const auto user = find_user(db, id)) users.push_back(json_of(*user));
  });
  return {boost::json::object{{"users", std::move(users)}}};
}

Answer find_users_like(Service& service, const Caller&, const boost::json::object& request) {
  Fields fields(request);
  const std::string text = fields.text("text", kNameBytesMax);
  fields.finish();
  boost::json::array users;
  for (const auto& user : service.store.read([&](Database& db) { return find_users(db, text, kUsersFoundMax); }))
    users.push_back(json_of(user));
  return {boost::json::object{{"users", std::move(users)}}};
}

}  // namespace

std::vector<Call> account_calls() {
  return {
      {"account.register", Needs::nothing, Pace::password, kRegistrationsPerHour, "Makes an account and signs in.",
       register_account},
      {"account.login", Needs::nothing, Pace::password, kLoginsPerHour, "Begins a session.", login},
      {"account.password", Needs::session, Pace::password, kLoginsPerHour, "Sets a new password, and ends all other sessions.",
       change_password},
      {"users.find", Needs::session, Pace::quick, 0, "Up to 20 users by a part of their names.", find_users_like},
      {"users.get", Needs::session, Pace::quick, 0, "What others see of up to 100 users.", get_users},
  };
}

}  // namespace chat
