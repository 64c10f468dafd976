// The bus over a real NATS server: messages between two, losses and returns of the server, logins, TLS.
#include "server/store/nats/nats_bus.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdlib>

#include "tests/patience.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/nats_server.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

constexpr const char* kEverything = "*,";

/// A bus, and what it has heard.
class Listener {
 public:
  explicit Listener(const std::string& url, const std::string& subject = "dialogue.test")
      : bus_({parse_nats_address(url), kEverything, [this](const auto& messages) { add(messages); },
              [this](const std::string& text) { add({"warned: " + text}); }}) {
    bus_.start(subject);
  }
  NatsBus* operator->() { return &bus_; }
  /// Once so many like it were heard; throws when they are not.
  void wait_for(const std::string& message, std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    const auto has_come = [&] {
      std::size_t found = 0;
      for (const std::string& each : heard_) found += each.starts_with(message) ? 1 : 0;
      return found >= times;
    };
    if (!changed_.wait_for(lock, kPatience, has_come)) throw std::runtime_error("not heard: " + message);
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  void add(const std::vector<std::string>& messages) {
    const std::lock_guard lock(mutex_);
    heard_.insert(heard_.end(), messages.begin(), messages.end());
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> heard_;
  NatsBus bus_;  ///< last: its thread uses the others
};

std::string fault_of_login(const std::string& url) {
  Listener listener(url);
  listener.wait_for("warned: ");
  CHECK_FALSE(listener->state().is_connected);
  return listener->state().fault;
}

}  // namespace

TEST_CASE("what one server publishes others hear, in order, and itself does not") {
  const std::string url = NatsServer::shared().url();
  Listener ann(url), bob(url), other(url, "dialogue.other");
  for (Listener* each : {&ann, &bob, &other}) each->wait_for(kEverything);
  ann->publish("first,");
  ann->publish("second,");
  bob.wait_for("second,");
  bob->publish("third,");
  ann.wait_for("third,");
  other->publish("apart,");
  CHECK(ann->state().is_connected);
  CHECK(ann->state().sent == 2);
  CHECK(ann->state().received >= 1);
  std::vector<std::string> heard = bob.heard();
  std::erase(heard, kEverything);
  CHECK(heard == std::vector<std::string>{"first,", "second,"});
  for (const std::string& each : ann.heard()) CHECK((each == kEverything || each == "third,"));
  for (const std::string& each : other.heard()) CHECK(each == kEverything);
}

TEST_CASE("a bus whose server is away loses what is published, connects again, and says that something was lost") {
  NatsServer server;
  Listener ann(server.url()), bob(server.url());
  ann.wait_for(kEverything);
  bob.wait_for(kEverything);
  server.stop();
  ann.wait_for("warned: the bus nats://127.0.0.1");
  bob.wait_for("warned: ");
  CHECK_FALSE(ann->state().is_connected);
  CHECK_FALSE(ann->state().fault.empty());
  for (std::size_t i = 0; i < 2 * NatsBus::kWaitingMax; ++i) ann->publish("lost,");
  const auto count = [](Listener& each) {
    const std::vector<std::string> heard = each.heard();
    return static_cast<std::size_t>(std::count(heard.begin(), heard.end(), kEverything));
  };
  const std::size_t of_ann = count(ann), of_bob = count(bob);
  server.start();
  ann.wait_for(kEverything, of_ann + 1);
  bob.wait_for(kEverything, of_bob + 1);
  bob->publish("again,");
  ann.wait_for("again,");
  for (const std::string& each : bob.heard()) CHECK(each != "lost,");
}

TEST_CASE("a bus connects to a server that comes later") {
  NatsServer server;
  server.stop();
  Listener ann(server.url());
  ann.wait_for("warned: ");
  server.start();
  ann.wait_for(kEverything);
  CHECK(ann->state().is_connected);
}

TEST_CASE("more messages than may wait become one that stands for all") {
  NatsServer server;
  Listener bob(server.url());
  bob.wait_for(kEverything);
  Listener ann(server.url());
  bob.wait_for(kEverything, 2);
  const std::string some(16 << 10, 'x');
  constexpr std::size_t kMessages = 3 * NatsBus::kWaitingMax;  // more than may wait here and in the sockets together
  server.freeze();
  for (std::size_t i = 0; i < kMessages; ++i) ann->publish(some);
  server.resume();
  bob.wait_for(kEverything, 3);
  const std::vector<std::string> heard = bob.heard();
  CHECK(static_cast<std::size_t>(std::count(heard.begin(), heard.end(), some)) < kMessages);
}

TEST_CASE("a login is sent, and a refused one is named without the password") {
  NatsServer server({"--user", "ann", "--pass", "s3cr3t"});
  Listener ann(server.url("ann:s3cr3t@"));
  ann.wait_for(kEverything);
  CHECK(fault_of_login(server.url("ann:wr0ng@")).find("Authorization Violation") != std::string::npos);
  CHECK(fault_of_login(server.url()).find("Authorization Violation") != std::string::npos);
  NatsServer by_token({"--auth", "s3cr3t"});
  Listener bob(by_token.url("s3cr3t@"));
  bob.wait_for(kEverything);
}

TEST_CASE("by TLS the server's certificate and name are checked, and a server that demands TLS is not spoken to without") {
  const test::TemporaryDirectory directory;
  const std::string key = directory.path() + "/key.pem", certificate = directory.path() + "/certificate.pem";
  const std::string make =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=nats -addext subjectAltName=IP:127.0.0.1 "
      "-keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  REQUIRE(std::system(make.c_str()) == 0);
  NatsServer server({"--tls", "--tlscert", certificate, "--tlskey", key});
  const std::string url = "tls://127.0.0.1:" + std::to_string(server.port());
  CHECK(fault_of_login(url).find("certificate") != std::string::npos);
  CHECK(fault_of_login(server.url()) == "the server demands TLS: use tls://");
  ::setenv("SSL_CERT_FILE", certificate.c_str(), 1);
  {
    Listener ann(url), bob(url);
    ann.wait_for(kEverything);
    bob.wait_for(kEverything);
    ann->publish("secret,");
    bob.wait_for("secret,");
    CHECK(fault_of_login("tls://localhost:" + std::to_string(server.port())).find("mismatch") != std::string::npos);
  }
  ::unsetenv("SSL_CERT_FILE");
}

}  // namespace dialogue::testing
