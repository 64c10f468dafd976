// Which endpoints the server connects to: clients choose them.
#include "server/push/web/endpoint.hpp"

#include <catch2/catch.hpp>

namespace dialogue::push {

TEST_CASE("endpoints are of the browsers' push services, over https") {
  const EndpointRules rules({});
  for (const char* good : {"https://fcm.googleapis.com/fcm/send/abc", "https://updates.push.services.mozilla.com/wpush/v2/abc",
                           "https://web.push.apple.com/QL1", "https://wns2-par02p.notify.windows.com/w/?token=a",
                           "https://FCM.googleapis.com:443/fcm/send/abc"})
    CHECK(rules.endpoint_of(good));
  for (const char* bad :
       {"http://fcm.googleapis.com/fcm/send/abc", "https://fcm.googleapis.com:8443/a",
        "https://fcm.googleapis.com.evil.example/a", "https://evilfcm.googleapis.com/a", "https://push.apple.com/a",
        "https://user@fcm.googleapis.com/a", "https://127.0.0.1/a", "https://[::1]/a", "https://169.254.169.254/latest",
        "https://localhost/a", "ftp://fcm.googleapis.com/a", "", "fcm.googleapis.com", "https://push.services.mozilla.com/a",
        "https://evil.example/?fcm.googleapis.com", "https://evil.example/#.push.apple.com"})
    CHECK_FALSE(rules.endpoint_of(bad));
  CHECK_FALSE(rules.endpoint_of("https://fcm.googleapis.com/" + std::string(kEndpointBytesMax, 'a')));
}

TEST_CASE("the operator adds hosts, and for tests an origin of this machine") {
  const EndpointRules rules({"push.example.com", "*.ntfy.example", "http://127.0.0.1:9000"});
  CHECK(rules.endpoint_of("https://push.example.com/a"));
  CHECK(rules.endpoint_of("https://a.ntfy.example/a"));
  CHECK_FALSE(rules.endpoint_of("https://ntfy.example/a"));
  CHECK_FALSE(rules.endpoint_of("https://sub.push.example.com/a"));
  const auto local = rules.endpoint_of("http://127.0.0.1:9000/a?b");
  REQUIRE(local);
  CHECK(local->is_of_test);
  CHECK(local->origin == "http://127.0.0.1:9000");
  CHECK(local->url.target == "/a?b");
  CHECK_FALSE(rules.endpoint_of("http://127.0.0.1:9001/a"));
  CHECK_FALSE(rules.endpoint_of("https://127.0.0.1:9000/a"));
  CHECK_FALSE(rules.endpoint_of("https://push.example.com/a")->is_of_test);
}

TEST_CASE("a host of the settings is a name, or an origin of this machine") {
  for (const char* good :
       {"push.example.com", "*.example.com", "http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"})
    CHECK(fault_of_push_host(good).empty());
  for (const char* bad : {"", "com", "*", "*.com.", "Push.example.com", "https://push.example.com", "http://push.example.com",
                          "http://127.0.0.1:9000/", "http://10.0.0.1:9000", "push.example.com:443", "a b.example.com"})
    CHECK_FALSE(fault_of_push_host(bad).empty());
}

}  // namespace dialogue::push
