// The order of refusals and the answers of the API without a network: letters are noted instead of posted.
#include "server/api/api.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "server/api/api_keys.hpp"

using namespace dialogue;
using namespace dialogue::calls;
using namespace dialogue::api;
using namespace dialogue::core;

namespace {

const std::string kKey(kApiKeyBytesMin, 'k');

/// One API, one caller, and what becomes of his requests.
struct Office {
  explicit Office(bool has_key = true, const std::string& line = kKey, std::uint32_t requests_max = 4) {
    ApiSettings settings{.version = "1.2.3", .keys = {}, .callers = {}, .revoke = {}};
    if (has_key)
      settings.keys = std::make_shared<ApiKeyRing>(RateLimit{requests_max, 60'000}, std::get<ApiKeySet>(ApiKeySet::of({line})));
    api = std::make_unique<Api>(std::move(settings), CatalogueView());
  }
  [[nodiscard]] ApiHost host() {
    return {.run = [](const std::function<void()>& task) { task(); },
            .log = [this](const LogLine& line) { log.push_back(line.event + " " + line.fields); },
            .ask = [this](std::string_view room, ApplicationCall asked,
                          CallDone done) { posted.emplace_back(room, std::move(asked)), waiting.push_back(std::move(done)); },
            .take =
                [this](RateTier tier) {
                  return taken.push_back(tier), RateVerdict{.wait_ms = tier == limited ? 1500u : 0u, .limit = 9, .left = 5};
                },
            .now_ms = [] { return std::uint64_t{0}; },
            .connection_count = [] { return std::size_t{3}; },
            .address = "203.0.113.7",
            .peer = "127.0.0.1"};
  }
  /// Has a token, of a user ann who may do everything, in place of keys.
  void let_in_a_token() {
    ApiSettings settings{.version = "1.2.3", .keys = {}, .callers = {}, .revoke = {}};
    settings.callers = [](const std::string&, const std::function<void(CallerVerdict)>& done) {
      done(Caller{"user:ann", [](Right, std::string_view) { return true; }});
    };
    api = std::make_unique<Api>(std::move(settings), CatalogueView());
  }
  /// The status of a request, with its answer kept; 0: letters were posted, and no answer came yet.
  unsigned ask(ApiRequest request, std::string body = {}) {
    answer = {};
    answer.status = 0;
    caller.clear();
    request.match = match_route(request.method, request.path);
    api->admit(request, host(), [&](ApiAdmission admission) {
      if (auto* refused = std::get_if<ApiRefusal>(&admission))
        return answer = std::move(refused->answer), void(caller = std::move(refused->caller));
      api->answer(std::get<AdmittedRequest>(std::move(admission)), std::move(body), host(),
                  [&](HttpResponse found) { answer = std::move(found); });
    });
    return answer.status;
  }
  [[nodiscard]] std::string field(std::string_view name) const {
    for (const auto& [key, value] : answer.fields)
      if (key == name) return value;
    return {};
  }
  [[nodiscard]] bool says(std::string_view text) const { return answer.body && answer.body->find(text) != std::string::npos; }

  std::unique_ptr<Api> api;
  std::optional<RateTier> limited;
  std::vector<RateTier> taken;
  std::vector<std::string> log;
  std::vector<std::pair<std::string, ApplicationCall>> posted;
  std::vector<CallDone> waiting;  ///< for the answers; an unanswered call writes into the log when this goes
  HttpResponse answer;
  std::string caller;  ///< of a refusal
};

ApiRequest get(std::string path) { return {.method = "GET", .path = std::move(path), .authorization = "Bearer " + kKey}; }

ApiRequest post(std::string path) {
  return {.method = "POST", .path = std::move(path), .authorization = "Bearer " + kKey, .content_type = "application/json"};
}

}  // namespace

TEST_CASE("a request with the key is answered") {
  Office office;
  CHECK(office.ask(get("/info")) == 200);
  CHECK(office.says(R"("version":"1.2.3")"));
  CHECK(office.says(R"("connections":3)"));
  CHECK(office.field("Content-Type") == "application/json");
}

TEST_CASE("F-K13 one room and its members are queried at its owner shard, and lists for one entry more than the page") {
  Office office(true, kKey, 5);
  CHECK(office.ask(get("/rooms/chat")) == 0);
  CHECK(office.ask(get("/rooms/chat/members")) == 0);
  ApiRequest page = get("/rooms/chat/members");
  page.query = "limit=7&after=ann";
  CHECK(office.ask(page) == 0);
  CHECK(office.ask(get("/rooms")) == 0);
  CHECK(office.ask(get("/users")) == 0);
  REQUIRE(office.posted.size() == 5);
  for (std::size_t i = 0; i < 3; ++i) CHECK(office.posted[i].first == "chat");
  CHECK(std::get<HistoryQuery>(office.posted[0].second).limit == 0);
  CHECK(std::get<MembersQuery>(office.posted[1].second).page.limit == kListEntriesUsual + 1);
  CHECK(std::get<MembersQuery>(office.posted[2].second).page.limit == 8);
  CHECK(std::get<MembersQuery>(office.posted[2].second).page.after == "ann");
  CHECK(std::get<RoomsQuery>(office.posted[3].second).page.limit == kListEntriesUsual + 1);
  CHECK(std::get<UsersQuery>(office.posted[4].second).page.limit == kListEntriesUsual + 1);
  CHECK(office.posted[3].first.empty());  // any shard: that of the request
}

TEST_CASE("a draining server answers 503 with a time, to callers with the key") {
  Office office;
  ApiRequest request = get("/info");
  request.draining = true;
  CHECK(office.ask(request) == 503);
  CHECK(office.says(R"("code":"draining")"));
  CHECK(office.field("Retry-After") == "2");
  request.authorization.clear();
  CHECK(office.ask(request) == 401);
}

TEST_CASE("without a key there is no API, but its document") {
  Office office(false);
  CHECK(office.ask(get("/info")) == 403);
  CHECK(office.says("--api-key-file"));
  CHECK(office.ask(get("/openapi.json")) == 200);
}

TEST_CASE("each limit of an address is answered with 429, in whole seconds") {
  Office office(false);
  office.let_in_a_token();
  ApiRequest request = post("/rooms/chat/events");
  request.authorization = "Bearer token";
  for (const RateTier tier : {RateTier::request, RateTier::message}) {
    office.limited = tier;
    CHECK(office.ask(request, R"({"event":"a","data":1})") == 429);
    CHECK(office.field("Retry-After") == "2");
  }
  CHECK(office.posted.empty());
}

TEST_CASE("F-N18 a key has its own limit, independent of its address, and the answer has the rest") {
  Office office;
  for (const RateTier tier : {RateTier::request, RateTier::login, RateTier::message}) {
    office.limited = tier;
    CHECK(office.ask(get("/info")) == 200);
  }
  CHECK(office.taken.empty());
  CHECK(office.field("RateLimit-Limit") == "4");
  CHECK(office.field("RateLimit-Remaining") == "1");
  CHECK(office.field("RateLimit-Reset") == "45");
  CHECK(office.ask(get("/nothing")) == 404);
  CHECK(office.field("RateLimit-Remaining") == "0");
  CHECK(office.ask(get("/info")) == 429);
  CHECK(office.field("Retry-After") == "15");
}

TEST_CASE("F-N18 a stranger's fields are those of the limit that ends first") {
  Office office;
  ApiRequest request = get("/openapi.json");
  request.authorization.clear();
  CHECK(office.ask(request) == 200);
  CHECK(office.field("RateLimit-Limit") == "9");
  CHECK(office.field("RateLimit-Remaining") == "5");
}

TEST_CASE("F-N11 the refusal of a key without the scope names the missing scope") {
  Office office(true, "reader read " + kKey);
  CHECK(office.ask(get("/info")) == 200);
  CHECK(office.ask(post("/rooms/chat/events"), R"({"event":"a","data":1})") == 403);
  CHECK(office.says(R"("scope":"publish")"));
  CHECK(office.caller == "key:reader");
  CHECK(office.field("WWW-Authenticate") == R"(Bearer error="insufficient_scope", scope="publish")");
  CHECK(office.posted.empty());
}

TEST_CASE("F-N11 a call that writes has one line in the log, also if the server stops before it has an answer") {
  Office office;
  const std::string begin =
      R"(api_write {"operation":"publishEvent","caller":"key:default","address":"203.0.113.7","peer":"127.0.0.1",)"
      R"("room":"chat","eventName":"move","from":"system",)";
  static_cast<void>(office.ask(post("/rooms/chat/events"), R"({"event":"move","data":"secret"})"));
  CHECK(office.log.empty());
  PublishResult published;
  published.position = {5, 6, 7};
  office.waiting.front()(published);
  REQUIRE(office.log.size() == 1);
  CHECK(office.log.back() == begin + R"("seq":6,"status":200})");
  static_cast<void>(office.ask(post("/rooms/chat/events"), R"({"event":"move","data":"secret"})"));
  office.waiting.clear();
  REQUIRE(office.log.size() == 2);
  CHECK(office.log.back() == begin + R"("outcome":"unknown"})");
  CHECK(office.ask(get("/info")) == 200);
  CHECK(office.log.size() == 2);
}

TEST_CASE("only a wrong key counts as a login") {
  Office office;
  CHECK(office.ask(get("/info")) == 200);
  CHECK(office.taken.empty());
  ApiRequest request = get("/info");
  request.authorization = "Bearer wrong";
  CHECK(office.ask(request) == 401);
  CHECK(office.taken == std::vector{RateTier::request, RateTier::login});
}

TEST_CASE("F-N05 beyond the limit of failed logins an invalid key is 429, and a valid one is accepted") {
  Office office;
  office.limited = RateTier::login;
  ApiRequest wrong = get("/info");
  wrong.authorization = "Bearer wrong";
  CHECK(office.ask(wrong) == 429);
  CHECK(office.field("Retry-After") == "2");
  CHECK(office.ask(get("/info")) == 200);
  wrong.authorization = "";
  CHECK(office.ask(wrong) == 401);
  office.let_in_a_token();
  CHECK(office.ask(get("/info")) == 200);
}

TEST_CASE("F-N06 a token whose key cannot be had counts as a failure, one that has expired does not") {
  Office office;
  const auto taken_by = [&](ErrorCode code) {
    ApiSettings settings{.version = "1", .keys = {}, .callers = {}, .revoke = {}};
    settings.callers = [code](const std::string&, const std::function<void(CallerVerdict)>& done) { done(Refusal{code, "no"}); };
    office.api = std::make_unique<Api>(std::move(settings), CatalogueView());
    office.taken.clear();
    static_cast<void>(office.ask(get("/info")));
    return office.taken.back();
  };
  CHECK(taken_by(ErrorCode::identity_unavailable) == RateTier::login);
  CHECK(taken_by(ErrorCode::token_invalid) == RateTier::login);
  CHECK(taken_by(ErrorCode::token_expired) == RateTier::request);
}

TEST_CASE("F-N07 a caller with a token publishes as himself or as system, and only what he may") {
  Office office;
  ApiSettings settings{.version = "1", .keys = {}, .callers = {}, .revoke = {}};
  settings.callers = [](const std::string&, const std::function<void(CallerVerdict)>& done) {
    done(Caller{"user:ann",
                [](Right, std::string_view) { return true; },
                {std::make_shared<const Identity>(Identity{"ann", {}, {}, "editor"}),
                 [](std::string_view room, std::string_view event) { return room == "chat" && event == "move"; }}});
  };
  office.api = std::make_unique<Api>(std::move(settings), CatalogueView());
  CHECK(office.ask(post("/rooms/chat/events"), R"({"from":"bob","event":"move","data":1})") == 403);
  CHECK(office.says("its own sub"));
  CHECK(office.ask(post("/rooms/chat/events"), R"({"from":"ann","event":"kick","data":1})") == 403);
  CHECK(office.ask(post("/users/bob/publish"), R"({"event":"move","data":1})") == 403);
  CHECK(office.ask(post("/publish"), R"({"items":[{"room":"chat","from":"bob","event":"move","data":1}]})") == 200);
  CHECK(office.says(R"("code":"forbidden")"));
  CHECK(office.posted.empty());
  CHECK(office.ask(post("/rooms/chat/events"), R"({"from":"ann","event":"move","data":1})") == 0);
  CHECK(office.ask(post("/rooms/chat/events"), R"({"from":"system","event":"move","data":1})") == 0);
  CHECK(office.ask(post("/rooms/chat/events"), R"({"event":"move","data":1})") == 0);
  REQUIRE(office.posted.size() == 3);
  CHECK(std::get<ServerPublish>(office.posted[0].second).from == "ann");
  CHECK(std::get<ServerPublish>(office.posted[0].second).as->role == "editor");  // as a connection with the token
  CHECK(std::get<ServerPublish>(office.posted[2].second).from == "system");
  CHECK_FALSE(std::get<ServerPublish>(office.posted[2].second).as);
  CHECK(office.ask(post("/rooms/chat/events"), R"({"as":{"userId":"ann"},"event":"move","data":1})") == 403);
}

TEST_CASE("a publication becomes a letter to its room, and its receipt the answer") {
  Office office;
  CHECK(office.ask(post("/rooms/chat/events"), R"({"from":"ann","data": [1, 2],"event":"move"})") == 0);
  REQUIRE(office.posted.size() == 1);
  CHECK(office.posted.front().first == "chat");
  const auto& message = std::get<ServerPublish>(office.posted.front().second);
  CHECK(message.event == "move");
  CHECK(message.from == "ann");
  CHECK(message.payload == "[1, 2]");
  CHECK(message.producer == nullptr);
  PublishResult published;
  published.position = {5, 6, 7};
  office.waiting.front()(published);
  CHECK(*office.answer.body == R"({"room":"chat","seq":6,"epoch":5,"timestamp":7,"duplicate":false})");
}

TEST_CASE("an error of the store is answered with its status and a time") {
  Office office;
  static_cast<void>(office.ask(post("/rooms/chat/events"), R"({"event":"move","data":1})"));
  PublishResult refused;
  refused.fault = {ErrorCode::store_full, {}, {}};
  refused.retry_after_ms = 2500;
  office.waiting.front()(refused);
  CHECK(office.answer.status == 503);
  CHECK(office.field("Retry-After") == "3");
  CHECK(office.says(R"("code":"store_full")"));
}

TEST_CASE("a call that the shards do not answer is refused with its error, whatever the operation") {
  for (const char* path : {"/rooms", "/rooms/chat", "/rooms/chat/members", "/rooms/chat/history", "/users"}) {
    Office office;
    CHECK(office.ask(get(path)) == 0);
    office.waiting.front()(Error{ErrorCode::store_unavailable, {}, {}});
    CHECK(office.answer.status == 503);
    CHECK(office.says(R"("code":"store_unavailable")"));
  }
  Office office;
  CHECK(office.ask(post("/rooms/chat/events"), R"({"event":"move","data":1})") == 0);
  office.waiting.front()(Error{ErrorCode::rate_limited, {}, {}});
  CHECK(office.answer.status == 429);
  CHECK(office.ask(post("/publish"), R"({"items":[{"room":"chat","event":"move","data":1}]})") == 0);
  office.waiting.back()(Error{ErrorCode::store_unavailable, {}, {}});
  CHECK(office.answer.status == 200);
  CHECK(office.says(R"("code":"store_unavailable")"));
}

TEST_CASE("pages of a listed origin may see an answer, others are refused") {
  ApiRequest request = get("/info");
  request.origin = "https://app.example";
  Office office;
  request.page = PageOrigin::foreign;
  CHECK(office.ask(request) == 403);
  Api::add_origin_fields(request, office.answer);
  CHECK(office.field("Access-Control-Allow-Origin").empty());
  request.page = PageOrigin::listed;
  CHECK(office.ask(request) == 200);
  Api::add_origin_fields(request, office.answer);
  CHECK(office.field("Access-Control-Allow-Origin") == "https://app.example");
}

TEST_CASE("every code of the table of errors has a status that fits its kind") {
  for (const ErrorRow& row : kErrors) {
    if (row.code == ErrorCode::ok) continue;
    const unsigned status = status_of(row.code);
    CHECK((status >= 400 && status <= 504));
  }
  CHECK(status_of(ErrorCode::too_long) == 422);
  CHECK(status_of(ErrorCode::room_unknown) == 404);
  CHECK(status_of(ErrorCode::producer_conflict) == 409);
}

TEST_CASE("house 9.1 the detail of every verdict on a payload begins with its place, and of nothing else") {
  for (const ErrorRow& row : kErrors) {
    if (row.code == ErrorCode::ok) continue;
    const std::string detail = problem_of({row.code, "7", "$.text"}).detail;
    CHECK(detail.starts_with("$.text: ") == (field_of(row) == ErrorField::path));
  }
  CHECK(problem_of({ErrorCode::too_few_bytes, "7", "$.picture"}).detail.starts_with("$.picture: "));
  CHECK(problem_of({ErrorCode::too_many_bytes, "7", "$.picture"}).detail.starts_with("$.picture: "));
}

TEST_CASE("F-E19 the items of a batch are known again in another order: a room remembers them by their place among its own") {
  const auto producers = [](std::vector<std::string> rooms) {
    Office office;
    ApiRequest request = post("/publish");
    request.idempotency_key = "once";
    std::string items;
    for (const std::string& room : rooms)
      items += std::string(items.empty() ? "" : ",") + R"({"room":")" + room + R"(","event":"message","data":1})";
    CHECK(office.ask(request, R"({"items":[)" + items + "]}") == 0);
    std::vector<std::string> keys;
    for (const auto& [room, message] : office.posted) keys.push_back(room + *std::get<ServerPublish>(message).producer);
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  const std::vector<std::string> keys = producers({"a", "b", "a"});
  REQUIRE(keys.size() == 3);
  CHECK(producers({"a", "a", "b"}) == keys);
  CHECK(producers({"b", "a", "a"}) == keys);
  CHECK(keys[0] != keys[1]);
}
