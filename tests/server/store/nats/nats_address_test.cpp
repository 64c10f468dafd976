// Which addresses of NATS are understood, and what is said of others.
#include "server/store/nats/nats_address.hpp"

#include <catch2/catch.hpp>

#include "server/store/factory/open_store.hpp"

namespace dialogue::testing {

using namespace store;

TEST_CASE("an address of NATS has a host, a port, a login and TLS") {
  const NatsAddress plain = parse_nats_address("nats://bus");
  CHECK(plain.host == "bus");
  CHECK(plain.port == kNatsPort);
  CHECK_FALSE(plain.is_secure);
  const NatsAddress full = parse_nats_address("tls://ann:a%40b@[::1]:7000/");
  CHECK(full.host == "::1");
  CHECK(full.port == 7000);
  CHECK(full.user == "ann");
  CHECK(full.password == "a@b");
  CHECK(full.is_secure);
  CHECK(full.shown.find("a%40b") == std::string::npos);
  CHECK(parse_nats_address("nats://s3cr3t@bus").token == "s3cr3t");
}

TEST_CASE("a wrong address of NATS is refused without its password") {
  const auto fault_of_url = [](const char* url) -> std::string {
    try {
      static_cast<void>(parse_nats_address(url));
    } catch (const StoreError& error) {
      CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
      return error.fault();
    }
    return {};
  };
  CHECK(fault_of_url("redis://bus") == "this is not a URL of NATS.");
  CHECK(fault_of_url("nats") == "this is not a URL of NATS.");
  CHECK(fault_of_url("nats://") == "its host is missing.");
  CHECK(fault_of_url("nats://ann:s3cr3t@bus:0") == "its port is not a number from 1 to 65535.");
  CHECK(fault_of_url("nats://ann:s3cr3t@bus:70000") == "its port is not a number from 1 to 65535.");
  CHECK(fault_of_url("nats://[::1") == "a bracket of its host is missing.");
  CHECK(fault_of_url("nats://ann:s3cr3t%4@bus") == "its user or password has a % without two hexadecimal digits.");
  CHECK(fault_of_url("nats://:s3cr3t@bus") == "its user or token is empty.");
  CHECK(fault_of_url("nats://bus/a") == "it has a path, and there is none.");
  CHECK(fault_of_url("nats://bus?x=s3cr3t") == "it has an option, and there is none.");
  CHECK(fault_of_url("nats://a,b") == "it has several servers; write one.");
}

TEST_CASE("a store that announces by itself takes no bus") {
  StoreOptions options;
  options.bus = "nats://bus";
  CHECK_THROWS_WITH(open_store("redis://127.0.0.1:1", options), Catch::Contains("a bus is for PostgreSQL"));
  CHECK_THROWS_WITH(open_store("memory:", options), Catch::Contains("a bus is for PostgreSQL"));
}

}  // namespace dialogue::testing
