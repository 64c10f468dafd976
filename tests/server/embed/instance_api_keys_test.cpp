// API keys of a running instance: others take their place while it serves, and what is wrong changes nothing.
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>

#include "tests/server/embed/test_app.hpp"

namespace dialogue::test {
namespace {

const std::string kOld(32, 'o'), kNew(32, 'n');

/// The status of a request with this key.
unsigned ask(const Instance& server, const std::string& key) {
  boost::asio::ip::tcp::iostream stream("127.0.0.1", std::to_string(server.port()));
  stream << "GET /api/v1/info HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer " << key << "\r\n\r\n"
         << std::flush;
  std::string version;
  unsigned status = 0;
  stream >> version >> status;
  return status;
}

}  // namespace

TEST_CASE("F-N11 the keys of a running server are replaced, and a set with a fault leaves them as they are") {
  Config config = test_config();
  config.api_keys = {"one read " + kOld};
  Instance server = create_dialogue(Config(config));
  server.listen();
  CHECK(ask(server, kOld) == 200);
  CHECK(ask(server, kNew) == 401);
  config.api_keys = {"one read " + kNew};
  server.reload(config);
  CHECK(ask(server, kOld) == 401);
  CHECK(ask(server, kNew) == 200);
  config.api_keys = {"one read " + kOld, "two nonsense " + kNew};
  CHECK_THROWS_AS(server.reload(config), SetupError);
  CHECK(ask(server, kNew) == 200);
  config.api_keys = {};
  server.reload(config);
  CHECK(ask(server, kNew) == 403);
}

}  // namespace dialogue::test
