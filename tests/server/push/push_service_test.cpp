// The service against a real HTTP server: what arrives there, what is kept, and what becomes of devices by each answer.
#include "server/push/push_service.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/auth/base64url.hpp"
#include "server/push/device.hpp"
#include "server/push/web/content_cipher.hpp"
#include "server/push/web/web_message.hpp"
#include "tests/patience.hpp"
#include "tests/server/http_client/http_backend.hpp"
#include "tests/server/push/kept_map.hpp"

namespace dialogue::push {
namespace {

using namespace std::string_literals;
using test::BackendReply;
using test::BackendRequest;
using test::HttpBackend;
using test::KeptMap;

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

struct Browser {
  auth::OpensslKeyPointer pair = auth::generate_pair(auth::KeyAlgorithm::es256);
  std::string secret = auth::random_secret(kWebAuthBytes);
  std::string endpoint{};

  [[nodiscard]] std::string read(const std::string& body) const {
    const std::string salt = body.substr(0, kWebSaltBytes), point = body.substr(kWebSaltBytes + 5, kPointBytes);
    const auto agreed = auth::agreed_secret(*pair, *pair_of_point(point)).value();
    const std::string input = hkdf_sha256(secret, agreed, "WebPush: info\0"s + point_of(*pair) + point, 32);
    const auto record = decrypt_aes128gcm(hkdf_sha256(salt, input, "Content-Encoding: aes128gcm\0"s, 16),
                                          hkdf_sha256(salt, input, "Content-Encoding: nonce\0"s, 12),
                                          body.substr(kWebSaltBytes + 5 + kPointBytes));
    return record ? record->substr(0, record->find_last_not_of('\0')) : "";
  }
};

/// A push service, and services of ours that send to it.
struct Pushing {
  Pushing() : backend([this](const BackendRequest& request) { return answer(request); }) {
    settings.host = {origin()};
    settings.subject = "mailto:ops@example.com";
    settings.retry_first_ms = 50;
    settings.suspension_ms = 300;
  }

  [[nodiscard]] std::string origin() const {
    const std::string url = backend.url();
    return url.substr(0, url.find('/', std::string("http://").size()));
  }

  BackendReply answer(const BackendRequest& request) {
    const std::lock_guard lock(mutex);
    requests.push_back(request);
    changed.notify_all();
    std::string status = "201 Created";
    if (const auto found = answers.find(request.target); found != answers.end() && !found->second.empty()) {
      status = found->second.front();
      if (found->second.size() > 1 || !stays) found->second.erase(found->second.begin());
    }
    return test::json_reply("{}", status);
  }

  /// Waits for so many requests with this path.
  std::vector<BackendRequest> sent(const std::string& path, std::size_t count) {
    std::unique_lock lock(mutex);
    std::vector<BackendRequest> found;
    const bool came = changed.wait_for(lock, testing::kPatience, [&] {
      found.clear();
      for (const BackendRequest& each : requests)
        if (each.target == path) found.push_back(each);
      return found.size() >= count;
    });
    CHECK(came);
    return found;
  }

  std::unique_ptr<PushService> start(bool is_shared = false) {
    PushSetup setup;
    setup.settings = settings;
    setup.keys = {key};
    setup.store = store;
    setup.is_shared = is_shared;
    setup.log = [this](const core::LogLine& line) {
      const std::lock_guard lock(mutex);
      log += line.event + " " + line.fields + "\n";
    };
    setup.unix_ms = [this] {
      const std::uint64_t stopped_ms = clock_ms;
      return stopped_ms == 0 ? now_ms() : stopped_ms;
    };
    setup.find_online = [this](const std::string&, const auto& done) { done(is_online); };
    auto service = std::make_unique<PushService>(std::move(setup), store->list(store::KeptKind::push_device),
                                                 store->list(store::KeptKind::push_job));
    service->start();
    return service;
  }

  Browser add(const PushService& service, const std::string& user, const std::string& path) {
    Browser browser;
    browser.endpoint = origin() + path;
    std::promise<api::RegisteredDevice> promise;
    service.api().put_device({user, browser.endpoint, auth::encode_base64url(point_of(*browser.pair)),
                              auth::encode_base64url(browser.secret), key.public_text},
                             [&](api::RegisteredDevice registered) { promise.set_value(std::move(registered)); });
    const auto registered = promise.get_future().get();
    CHECK(registered.fault.code == ErrorCode::ok);
    CHECK(registered.id == device_id(browser.endpoint));
    return browser;
  }

  static api::NotifyAnswer notify(const PushService& service, api::Notification note) {
    std::promise<api::NotifyAnswer> promise;
    service.api().notify(std::move(note), [&](api::NotifyAnswer answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }

  static std::size_t devices(const PushService& service, const std::string& user) {
    std::promise<std::size_t> promise;
    service.api().list_devices(user, [&](const std::vector<api::OwnDevice>& own) { promise.set_value(own.size()); });
    return promise.get_future().get();
  }

  /// Notifications that the store has.
  std::size_t waiting() {
    std::size_t count = 0;
    for (const auto& entry : store->list(store::KeptKind::push_job).entries)
      count += entry.key.front() == 's' && !entry.value.empty();
    return count;
  }

  template <typename Holds>
  static void until(const Holds& holds) {
    const auto end = std::chrono::steady_clock::now() + testing::kPatience;
    while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(holds());
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<BackendRequest> requests;
  std::map<std::string, std::vector<std::string>> answers;
  bool stays = false;
  std::string log;
  std::atomic<bool> is_online{false};
  std::atomic<std::uint64_t> clock_ms{0};  ///< the clock where it is stopped; 0: it goes
  PushSettings settings;
  std::shared_ptr<KeptMap> store = std::make_shared<KeptMap>();
  VapidKey key = std::get<VapidKey>(VapidKey::of_pem(auth::private_pem(*auth::generate_pair(auth::KeyAlgorithm::es256))));
  HttpBackend backend;
};

api::Notification note_to(const std::string& user, const std::string& title = "Hello") {
  api::Notification note;
  note.user_id = user;
  note.title = title;
  note.url = "/";
  return note;
}

}  // namespace

TEST_CASE("a notification reaches each device of its user, and its slot is empty then") {
  Pushing pushing;
  const auto service = pushing.start();
  const Browser one = pushing.add(*service, "ann", "/one"), two = pushing.add(*service, "ann", "/two");
  pushing.add(*service, "bob", "/bob");
  CHECK(Pushing::notify(*service, note_to("ann", "Grüße")).devices == 2);
  CHECK(one.read(pushing.sent("/one", 1).front().body).starts_with(R"({"title":"Grüße","body":"","url":"/","tag":")"));
  CHECK(two.read(pushing.sent("/two", 1).front().body).find("Grüße") != std::string::npos);
  Pushing::until([&] { return pushing.waiting() == 0; });
  CHECK(pushing.sent("/bob", 0).empty());
  CHECK(Pushing::notify(*service, note_to("cid")).devices == 0);
}

TEST_CASE("410 removes that device only, and 503 is tried again") {
  Pushing pushing;
  const auto service = pushing.start();
  pushing.add(*service, "ann", "/gone");
  pushing.add(*service, "ann", "/busy");
  pushing.answers["/gone"] = {"410 Gone"};
  pushing.answers["/busy"] = {"503 Unavailable", "429 Slow"};
  Pushing::notify(*service, note_to("ann"));
  pushing.sent("/busy", 3);
  Pushing::until([&] { return pushing.waiting() == 0; });
  CHECK(Pushing::devices(*service, "ann") == 1);
  CHECK(pushing.store->list(store::KeptKind::push_device).entries.size() == 1);
}

TEST_CASE("refusals of devices of three users suspend the push service, remove none, and end with a success") {
  Pushing pushing;
  const auto service = pushing.start();
  pushing.stays = true;
  for (const char* user : {"a", "b", "c"}) {
    pushing.add(*service, user, "/"s + user);
    pushing.answers["/"s + user] = {"403 Forbidden"};
  }
  for (const char* user : {"a", "b", "c"}) Pushing::notify(*service, note_to(user));
  const auto logged = [&](const char* event) {
    const std::lock_guard lock(pushing.mutex);
    return pushing.log.find(event) != std::string::npos;
  };
  Pushing::until([&] { return logged("push_suspended"); });
  CHECK(pushing.waiting() == 3);
  for (const char* user : {"a", "b", "c"}) CHECK(Pushing::devices(*service, user) == 1);
  {
    const std::lock_guard lock(pushing.mutex);
    pushing.answers.clear();
  }
  Pushing::until([&] { return pushing.waiting() == 0; });
  CHECK(logged("push_resumed"));
  const std::lock_guard lock(pushing.mutex);
  CHECK(pushing.log.find(pushing.origin()) == std::string::npos);
  CHECK(pushing.log.find(pushing.key.public_text) == std::string::npos);
}

TEST_CASE("one user's refusals suspend no service") {
  Pushing pushing;
  const auto service = pushing.start();
  pushing.add(*service, "bad", "/bad");
  pushing.add(*service, "good", "/good");
  pushing.answers["/bad"] = std::vector<std::string>(5, "403 Forbidden");
  for (int i = 0; i < 5; ++i) Pushing::notify(*service, note_to("bad"));
  pushing.sent("/bad", 5);
  Pushing::notify(*service, note_to("good"));
  pushing.sent("/good", 1);
  const std::lock_guard lock(pushing.mutex);
  CHECK(pushing.log.find("push_suspended") == std::string::npos);
}

TEST_CASE("a service that begins where another one ended sends what is left, and knows devices and keys") {
  Pushing pushing;
  auto first = pushing.start();
  const Browser browser = pushing.add(*first, "ann", "/ann");
  pushing.stays = true;
  pushing.answers["/ann"] = {"503 Unavailable"};
  api::Notification note = note_to("ann", "Kept");
  note.key = "key:office\norder-7";
  const auto sent = Pushing::notify(*first, note);
  pushing.sent("/ann", 1);
  first.reset();
  CHECK(pushing.waiting() == 1);
  {
    const std::lock_guard lock(pushing.mutex);
    pushing.answers.clear();
    pushing.requests.clear();
  }
  const auto second = pushing.start();
  CHECK(browser.read(pushing.sent("/ann", 1).front().body).find("Kept") != std::string::npos);
  const auto again = Pushing::notify(*second, note);
  CHECK(again.is_duplicate);
  CHECK(again.id == sent.id);
  note.title = "Other";
  CHECK(Pushing::notify(*second, note).fault.code == ErrorCode::producer_conflict);
  Pushing::until([&] { return pushing.waiting() == 0; });
}

TEST_CASE("a notification for users who are away is dropped if its user is connected when it is due, and merged before") {
  constexpr std::uint64_t kDelayMs = 300;
  Pushing pushing;
  pushing.clock_ms = now_ms();
  const auto service = pushing.start();
  const Browser browser = pushing.add(*service, "ann", "/ann");
  api::Notification note = note_to("ann", "One");
  note.only_offline = true;
  note.delay_ms = kDelayMs;
  note.collapse = "room";
  Pushing::notify(*service, note);
  note.title = "Two";
  CHECK(Pushing::notify(*service, note).devices == 1);
  CHECK(pushing.waiting() == 1);
  pushing.clock_ms += kDelayMs;
  CHECK(browser.read(pushing.sent("/ann", 1).front().body).starts_with(R"({"title":"Two","body":"","url":"/","tag":"room"})"));
  Pushing::until([&] { return pushing.waiting() == 0; });
  pushing.is_online = true;
  Pushing::notify(*service, note);
  pushing.clock_ms += kDelayMs;
  Pushing::until([&] { return pushing.waiting() == 0; });
  CHECK(pushing.sent("/ann", 1).size() == 1);
}

TEST_CASE("erasing a user removes devices and notifications, also from the store") {
  Pushing pushing;
  const auto service = pushing.start();
  pushing.stays = true;
  pushing.add(*service, "ann", "/ann");
  pushing.add(*service, "bob", "/bob");
  pushing.answers["/ann"] = {"503 Unavailable"};
  Pushing::notify(*service, note_to("ann"));
  pushing.sent("/ann", 1);
  CHECK(service->erase_user("ann", [] { return false; }));
  CHECK(pushing.waiting() == 0);
  CHECK((Pushing::devices(*service, "ann") == 0 && Pushing::devices(*service, "bob") == 1));
  for (const auto kind : {store::KeptKind::push_device, store::KeptKind::push_job})
    for (const auto& entry : pushing.store->list(kind).entries) CHECK((entry.key + entry.value).find("ann") == std::string::npos);
}

TEST_CASE("what cannot be taken is refused: a full queue, a text that is too long, devices that are none") {
  Pushing pushing;
  pushing.settings.waiting_max = 1;
  const auto service = pushing.start();
  pushing.stays = true;
  pushing.add(*service, "ann", "/ann");
  pushing.answers["/ann"] = {"503 Unavailable"};
  CHECK(Pushing::notify(*service, note_to("ann")).fault.code == ErrorCode::ok);
  CHECK(Pushing::notify(*service, note_to("ann")).fault.code == ErrorCode::rate_limited);
  CHECK(Pushing::notify(*service, note_to("ann", std::string(4'000, 'x'))).fault.code == ErrorCode::payload_too_large);
  for (const char* endpoint : {"https://evil.example/a", "http://127.0.0.1:1/a", "http://10.0.0.1/a"}) {
    std::promise<ErrorCode> promise;
    service->api().put_device({"ann", endpoint, "p", "a", pushing.key.public_text},
                              [&](const api::RegisteredDevice& registered) { promise.set_value(registered.fault.code); });
    CHECK(promise.get_future().get() == ErrorCode::request_invalid);
  }
}

TEST_CASE("a used key is remembered until its time is over, and the number of remembered keys is limited") {
  Pushing pushing;
  pushing.settings.keys_max = 2;
  const auto service = pushing.start();
  pushing.add(*service, "ann", "/ann");
  api::Notification note = note_to("ann");
  for (const char* key : {"one", "two", "one"}) {
    note.key = key;
    CHECK(Pushing::notify(*service, note).fault.code == ErrorCode::ok);
  }
  note.key = "three";
  CHECK(Pushing::notify(*service, note).fault.code == ErrorCode::rate_limited);
}

TEST_CASE("nodes share devices, and none sends what another one has") {
  Pushing pushing;
  const auto first = pushing.start(true), second = pushing.start(true);
  pushing.add(*first, "ann", "/ann");
  pushing.add(*second, "bob", "/bob");
  for (int i = 0; i < 5; ++i) {
    CHECK(Pushing::notify(*first, note_to("ann")).devices == 1);
    CHECK(Pushing::notify(*second, note_to("bob")).devices == 1);
  }
  Pushing::until([&] { return pushing.waiting() == 0; });
  for (const char* path : {"/ann", "/bob"}) CHECK(pushing.sent(path, 5).size() == 5);
  CHECK(Pushing::devices(*first, "bob") == 1);
}

TEST_CASE("after the end everything is refused as draining") {
  Pushing pushing;
  const auto service = pushing.start();
  const api::PushApi api = service->api();
  service->stop();
  std::promise<ErrorCode> promise;
  api.notify(note_to("ann"), [&](const api::NotifyAnswer& answer) { promise.set_value(answer.fault.code); });
  CHECK(promise.get_future().get() == ErrorCode::draining);
  CHECK_FALSE(service->erase_user("ann", [] { return false; }));
}

}  // namespace dialogue::push
