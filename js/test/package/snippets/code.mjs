// What the guides' code in other languages than TypeScript and JavaScript needs to be tried: the files that a reader has, what
// stands around a piece of C++, and what rests, with the reason.

/** Fences of these languages are tried elsewhere, or are no code. */
export const restingLanguages = {
  nginx: "e2e/conformance/proxies.test.mjs runs them",
  haproxy: "e2e/conformance/proxies.test.mjs runs them",
  "haproxy-tcp": "e2e/conformance/proxies.test.mjs runs them",
  yaml: "tests/server/app/metrics/prometheus.test.mjs has Prometheus scrape by such a file",
  cmake: "tests/install_test.sh builds a project of these lines",
  http: "the head of a request, with its signature shortened",
  text: "frames of a connection, with numbers that differ each time",
};

/** Blocks that are not tried here: { language, match, reason }. */
export const resting = [
  { language: "sh", match: /^npm (start|test)/, reason: "they build everything, and this test is part of the second" },
  { language: "sh", match: /npm pack|npm install \/path\/to/, reason: "package.test.mjs packs the client and installs the file" },
  {
    language: "sh",
    match: /npm create vite|npm run dev/,
    reason: "it fetches a project template; vite.test.mjs runs the plugin",
  },
  { language: "sh", match: /127\.0\.0\.1:8080\/api/, reason: "e2e/conformance/api_guide.test.mjs runs them" },
  { language: "sh", match: /127\.0\.0\.1:8080\/events/, reason: "tests/server/app/push_guide.test.mjs runs them" },
  { language: "sh", match: /createuser/, reason: "tests/server/app/operator/postgres_store.test.mjs serves on PostgreSQL" },
  { language: "sh", match: /store copy/, reason: "tests/server/app/operator/store_copy.test.mjs copies between all kinds" },
  { language: "sh", match: /--cluster/, reason: "tests/server/app/cluster/cluster.test.mjs serves a cluster" },
  { language: "sh", match: /REDISCLI_AUTH/, reason: "tests/server/app/operator/redis_store.test.mjs serves on Redis" },
  { language: "python", match: /API_KEY_FILE/, reason: "e2e/conformance/api_guide.test.mjs runs it" },
];

/** What is run in a guide's directory before its first line. */
export const prepared = {
  "docs/guides/stores.md": "dialogue serve app.json; finish",
  "docs/guides/flight-recorder.md": "mkdir -p tests/server/core/recordings",
};

const user = "struct Found { std::string id, name; };";

const described = (type, ...members) =>
  `template <> inline constexpr auto dialogue::describe<${type}> = fields(` +
  `${members.map((name) => `field<&${type}::${name}>("${name}")`).join(", ")});\n`;
const orders =
  "#include <dialogue/async_calls.hpp>\nusing namespace dialogue;\n" +
  "struct NewOrder { std::string sku; int quantity; };\nstruct Order { std::string id; };\nstruct Stock { int left; };\n" +
  "struct LogQuery { std::string service; };\nstruct LogRow { std::string line; };\n" +
  described("NewOrder", "sku", "quantity") +
  described("Order", "id") +
  described("Stock", "left") +
  described("LogQuery", "service") +
  described("LogRow", "line");

/** Around a piece of C++: `outside` stands before the function that it is put in, `given` are that function's parameters. */
export const around = [
  { match: /\.token_id = "t-42"/, given: "dialogue::Instance& server, std::int64_t leak_s" },
  {
    match: /config\.auth\.keys/,
    given: "dialogue::Config& config, dialogue::Instance& server, const std::string& pem",
  },
  {
    match: /config\.authenticator =/,
    outside: `${user} struct Sessions { const Found* find(std::string_view token) const; }; extern Sessions sessions;`,
    given: "dialogue::Config& config",
  },
  {
    match: /config\.async_authenticator =/,
    outside:
      `${user} struct Database { boost::asio::awaitable<std::optional<Found>> user_of(std::string token); };\n` +
      "extern Database my_database;",
    given: "dialogue::Config& config",
  },
  {
    match: /greet\(dialogue::Instance/,
    outside:
      "#include <iostream>\nstruct Message { std::string text; };\n" +
      'constexpr auto message = dialogue::define_event<Message>("message", dialogue::field<&Message::text>("text"));\n' +
      'constexpr auto chat = dialogue::define_room("chat", {}, message);',
  },
  {
    match: /server\.adopt/,
    outside: "#include <boost/beast.hpp>\n#include <boost/asio.hpp>",
    given:
      "dialogue::Instance& server, boost::asio::ip::tcp::socket socket, boost::beast::flat_buffer buffer, " +
      "const boost::beast::http::request<boost::beast::http::string_body>& request",
  },
  {
    match: /server\.use\(stage/,
    outside:
      "struct Note { std::string text; };\n" +
      'constexpr auto note = dialogue::define_event<Note>("note", dialogue::field<&Note::text>("text"));\n' +
      'constexpr auto stage = dialogue::define_room("stage", {}, note);\nstd::size_t quota_of(std::string_view user);',
    given: "dialogue::Instance& server",
  },
  {
    match: /database\.is_member/,
    outside:
      "struct Database { boost::asio::awaitable<bool> is_member(std::string user, std::string room); };\n" +
      "extern Database database;\n" +
      "boost::asio::awaitable<dialogue::HookVerdict> moderate(dialogue::HookQuestion question);",
    given: "dialogue::Instance& server, boost::asio::any_io_executor executor",
  },
  { match: /JournalStore/, outside: '#include "journal_store.hpp"', given: "dialogue::Config& config" },
  {
    match: /run_app\(argc/,
    outside:
      "#include <dialogue/run_app.hpp>\nstruct Note { std::string text; };\n" +
      'constexpr auto note = dialogue::define_event<Note>("note", dialogue::field<&Note::text>("text"));\n' +
      'constexpr auto app = dialogue::define_app(dialogue::define_room("board", {}, note));',
  },
  { match: /define_call<NewOrder/, outside: orders },
  {
    match: /define_presence<Cursor>/,
    outside:
      "#include <dialogue/dialogue.hpp>\nusing namespace dialogue;\nstruct Cursor { double x, y; };\n" +
      described("Cursor", "x", "y") +
      'constexpr auto edit = define_event<Cursor>("edit");',
  },
  {
    match: /server\.handle\(create_order/,
    outside:
      orders +
      'constexpr auto out_of_stock = call_error<Stock>("out_of_stock");\n' +
      'constexpr auto create_order = define_call<NewOrder, Order>("orders.create", {}, out_of_stock);\n' +
      'constexpr auto follow_logs = define_stream<LogQuery, LogRow>("logs.follow");\n' +
      "std::string next_id(const std::string& user);\nboost::asio::awaitable<LogRow> next_row(const LogQuery& query);",
    given: "dialogue::Instance& server",
  },
  {
    match: /TEST_CASE/,
    outside: '#include <catch2/catch.hpp>\n#include "tests/server/core/recording_kit.hpp"\nusing namespace dialogue::testing;',
  },
];
