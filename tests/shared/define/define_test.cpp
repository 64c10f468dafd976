// What C++ authors write (shared/define/define.hpp): constants, the definitions they become, and what does not compile.
#include "shared/define/define.hpp"

#include <catch2/catch.hpp>

#include "shared/catalogue/catalogue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"
#include "tests/shared/define/compiles.hpp"

namespace {

using namespace dialogue;

struct Message {
  std::string text;
  std::optional<std::string> reply_to;
};
constexpr auto message = define_event<Message>("message", field<&Message::text>("text", min_length(1), max_length(2000)),
                                               field<&Message::reply_to>("reply_to"));
constexpr auto move = define_event<any_json>("game.move");
constexpr auto chat = define_room("chat", {.name = "Support chat", .max_size = 50}, message);
constexpr auto game = define_room("game-{id}", {.name = "Game", .max_size = 4}, move);
constexpr auto app = define_app(chat, game);

enum class Color { red, green };
struct Point {
  double x = 0, y = 0;
};
struct Tree {
  std::string name;
  std::vector<Tree> children;
};
struct Circle {
  double radius = 0;
};
struct Square {
  double side = 0;
};

}  // namespace

template <>
inline constexpr auto dialogue::describe<Color> = values("red", "green");
template <>
inline constexpr auto dialogue::describe<Point> = fields(field<&Point::x>("x"), field<&Point::y>("y"), description("A place."));
template <>
inline constexpr auto dialogue::describe<Tree> = fields(field<&Tree::name>("name"), field<&Tree::children>("children"));
template <>
inline constexpr auto dialogue::describe<Circle> = fields(tag("kind", "circle"), field<&Circle::radius>("radius", minimum(0)));
template <>
inline constexpr auto dialogue::describe<Square> = fields(tag("kind", "square"), field<&Square::side>("side"));

namespace {

struct Everything {
  std::string text;
  int whole = 0;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  double real = 0;
  bool flag = false;
  Color color = Color::red;
  Color named = Color::red;
  std::vector<std::string> list;
  std::array<int, 2> pair{};
  std::deque<bool> flags;
  std::map<std::string, int> counts;
  std::optional<int> maybe;
  nullable<std::string> title;
  nullable<Point> place;
  std::unique_ptr<Point> owned;
  std::variant<Circle, Square> shape;
  bytes raw;
  any_json any;
  Point inlined;
};
constexpr auto everything = define_event<Everything>(
    "everything", field<&Everything::text>("text"), field<&Everything::whole>("whole", minimum(-5), maximum(5)),
    field<&Everything::small>("small"), field<&Everything::large>("large"),
    field<&Everything::real>("real", exclusive_maximum(10)), field<&Everything::flag>("flag"), field<&Everything::color>("color"),
    field<&Everything::named>("named", values("R", "G")),
    field<&Everything::list>("list", max_items(3), unique_items(), items(max_length(3))), field<&Everything::pair>("pair"),
    field<&Everything::flags>("flags"), field<&Everything::counts>("counts", max_properties(2), items(minimum(0))),
    field<&Everything::maybe>("maybe", multiple_of(2)), field<&Everything::title>("title", pattern("^[A-Z]")),
    field<&Everything::place>("place"), field<&Everything::owned>("owned"), field<&Everything::shape>("shape"),
    field<&Everything::raw>("raw"), field<&Everything::any>("any"),
    field<&Everything::inlined>("inlined", fields(field<&Point::x>("left"), field<&Point::y>("top"))));

/// The catalogue of one event, and the verdict on a payload of it.
template <class Event>
class Checked {
 public:
  explicit Checked(const Event& event) : catalogue_(make_catalogue(define_app_of(event))) {
    INFO(catalogue_.faults.size());
    for (const DefinitionError& fault : catalogue_.faults) FAIL(fault.where + " " + fault.message);
  }
  ErrorCode operator()(std::string_view payload) const {
    Verdict verdict;
    validate(*CatalogueView::parse(catalogue_.bytes), 0, payload, verdict);
    return verdict.code;
  }

 private:
  static Definitions define_app_of(const Event& event) {
    App<Event> one{{}, {event}};
    return one;
  }
  CatalogueResult catalogue_;
};

Everything sample() {
  Everything value;
  value.text = "a\"\n\xC3\xA9";
  value.whole = -5;
  value.small = 255;
  value.large = -9007199254740991;
  value.real = 0.1;
  value.flag = true;
  value.color = Color::green;
  value.named = Color::green;
  value.list = {"a", "b"};
  value.pair = {1, 2};
  value.flags = {true, false};
  value.counts = {{"one", 1}, {"two", 2}};
  value.maybe = 4;
  value.title = std::string("Title");
  value.place = Point{1, 2};
  value.owned = std::make_unique<Point>(Point{3, 4});
  value.shape = Square{2};
  value.raw.data = {0, 255, 16};
  value.any.text = "{\"a\":[1]}";
  value.inlined = {5, 6};
  return value;
}

TEST_CASE("an app of constants becomes definitions") {
  const Definitions definitions = app;
  REQUIRE(definitions.events.size() == 2);
  CHECK(definitions.events[0].name == "message");
  CHECK(definitions.events[0].delivery == Delivery::reliable);
  REQUIRE(definitions.rooms.size() == 2);
  CHECK(definitions.rooms[0].id == "chat");
  CHECK(definitions.rooms[0].name == "Support chat");
  CHECK(definitions.rooms[0].max_size == 50u);
  CHECK(definitions.rooms[0].events == std::vector<std::string>{"message"});
  CHECK(definitions.rooms[1].id == "game-{id}");
  const SchemaNode& payload = definitions.schemas.nodes[definitions.events[0].schema];
  REQUIRE(payload.properties.size() == 2);
  CHECK(payload.properties[0].required);
  CHECK_FALSE(payload.properties[1].required);
  CHECK(payload.type_name == "Message");
  CHECK(definitions.schemas.nodes[*payload.additional_properties].types == 0);
  const SchemaNode& text = definitions.schemas.nodes[*payload.properties[0].schema];
  CHECK(text.types == kString);
  CHECK(text.min_length == 1u);
  CHECK(text.max_length == 2000u);
}

TEST_CASE("a room's options become its rules") {
  static constexpr auto secret = define_event<any_json>("secret", volatile_);
  static constexpr auto room =
      define_room("staff",
                  {.description = "For staff",
                   .retention = keep(1000, "7d"),
                   .durability = Durability::memory,
                   .presence = false,
                   .access = {.join = {"role:staff", "user:ann"}, .manage = nobody, .publish_event = {{"secret", {"user:ann"}}}},
                   .default_subscriptions = {"secret"},
                   .channels = {"websocket"},
                   .rate_limit = limit(10, "1s")},
                  secret, message);
  static constexpr auto limited = define_app({.rate_limit = limit(100, "1m")}, room, move);
  const Definitions definitions = limited;
  REQUIRE(definitions.rooms.size() == 1);
  const RoomDefinition& rules = definitions.rooms[0];
  CHECK(rules.description == "For staff");
  CHECK(rules.retention.max_events == 1000u);
  CHECK(rules.retention.max_age_ms == 604'800'000u);
  CHECK(rules.durability == Durability::memory);
  CHECK_FALSE(rules.sends_presence);
  CHECK(rules.access.join == Grants{"role:staff", "user:ann"});
  CHECK(rules.access.manage == Grants{});
  CHECK_FALSE(rules.access.publish.has_value());
  CHECK(rules.access.publish_event.at("secret") == Grants{"user:ann"});
  CHECK(rules.default_subscriptions == std::vector<std::string>{"secret"});
  CHECK(rules.channels == std::vector<std::string>{"websocket"});
  CHECK(definitions.rate_limit_per_room.at("staff").window_ms == 1000);
  CHECK(definitions.rate_limit_global->max_events == 100);
  CHECK(definitions.events.size() == 3);  // "game.move" is in no room and still defined
  CHECK(Definitions(app).rooms[0].retention.max_events == 100u);
}

namespace {
struct Order {
  std::string region;
  int total = 0;
};
constexpr auto placed = define_event<Order>("order", field<&Order::region>("region"), field<&Order::total>("total"),
                                            filterable("region", "total"), reliable);
constexpr auto orders = define_room("orders", {}, placed);
}  // namespace

TEST_CASE("an event names the properties by which members may filter") {
  CHECK(Definitions(define_app(orders)).events.front().filterable == std::vector<std::string>{"region", "total"});
}

TEST_CASE("delivery policies are written as one word") {
  struct Position {
    std::string user;
    int x = 0;
  };
  static constexpr auto position =
      define_event<Position>("position", field<&Position::user>("user"), field<&Position::x>("x"), latest("user"));
  static constexpr auto typing = define_event<any_json>("typing", window(50, "10s"));
  static constexpr auto cursor = define_event<any_json>("cursor", latest());
  static constexpr auto all = define_app(position, typing, cursor);
  const Definitions definitions = all;
  CHECK(definitions.events[0].delivery == Delivery::latest);
  CHECK(definitions.events[0].latest_key == "user");
  CHECK(definitions.events[1].delivery == Delivery::window);
  CHECK(definitions.events[1].window_events == 50u);
  CHECK(definitions.events[1].window_age_ms == 10'000u);
  CHECK(definitions.events[2].latest_key.empty());
}

TEST_CASE("a typed payload is encoded as its schema demands, and decoded to the same") {
  const std::string text = to_json(everything, sample());
  CHECK(text ==
        R"({"text":"a\"\u000aé","whole":-5,"small":255,"large":-9007199254740991,"real":0.1,"flag":true,"color":"green",)"
        R"("named":"G","list":["a","b"],"pair":[1,2],"flags":[true,false],"counts":{"one":1,"two":2},"maybe":4,"title":"Title",)"
        R"("place":{"x":1,"y":2},"owned":{"x":3,"y":4},"shape":{"kind":"square","side":2},"raw":"AP8Q","any":{"a":[1]},)"
        R"("inlined":{"left":5,"top":6}})");
  CHECK(Checked(everything)(text) == ErrorCode::ok);
  const auto decoded = from_json(everything, text);
  REQUIRE(decoded);
  CHECK(to_json(everything, *decoded) == text);
  CHECK(std::get<Square>(decoded->shape).side == 2);
  CHECK(decoded->owned->y == 4);
  CHECK(decoded->raw == sample().raw);
}

TEST_CASE("what is absent or null is encoded and decoded so") {
  Everything value = sample();
  value.maybe.reset();
  value.owned.reset();
  value.title = nullptr;
  value.place = nullptr;
  const std::string text = to_json(everything, value);
  CHECK(text.find("maybe") == std::string::npos);
  CHECK(text.find("owned") == std::string::npos);
  CHECK(text.find("\"title\":null,\"place\":null") != std::string::npos);
  CHECK(Checked(everything)(text) == ErrorCode::ok);
  const auto decoded = from_json(everything, text);
  REQUIRE(decoded);
  CHECK_FALSE(decoded->maybe);
  CHECK_FALSE(decoded->title);
  CHECK_FALSE(decoded->place);
}

TEST_CASE("C++ types bound what the validator accepts") {
  const Checked check(everything);
  const auto with = [](std::string_view from, std::string_view to) {
    std::string text = to_json(everything, sample());
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  CHECK(check(with("\"whole\":-5", "\"whole\":-6")) == ErrorCode::too_small);
  CHECK(check(with("\"whole\":-5", "\"whole\":1.5")) == ErrorCode::wrong_type);
  CHECK(check(with("\"small\":255", "\"small\":256")) == ErrorCode::too_large);
  CHECK(check(with("\"small\":255", "\"small\":-1")) == ErrorCode::too_small);
  CHECK(check(with("-9007199254740991", "-9007199254740992")) == ErrorCode::too_small);
  CHECK(check(with("\"real\":0.1", "\"real\":10")) == ErrorCode::too_large);
  CHECK(check(with("\"green\"", "\"blue\"")) == ErrorCode::not_in_enum);
  CHECK(check(with("[\"a\",\"b\"]", "[\"a\",\"a\"]")) == ErrorCode::items_not_unique);
  CHECK(check(with("[\"a\",\"b\"]", "[\"abcd\"]")) == ErrorCode::too_long);
  CHECK(check(with("[1,2]", "[1]")) == ErrorCode::too_few_items);
  CHECK(check(with("\"one\":1", "\"one\":-1")) == ErrorCode::too_small);
  CHECK(check(with("\"two\":2", "\"two\":2,\"three\":3")) == ErrorCode::too_many_properties);
  CHECK(check(with("\"maybe\":4", "\"maybe\":3")) == ErrorCode::not_multiple);
  CHECK(check(with("\"maybe\":4", "\"maybe\":null")) == ErrorCode::wrong_type);
  CHECK(check(with("\"Title\"", "\"title\"")) == ErrorCode::pattern_mismatch);
  CHECK(check(with("\"kind\":\"square\"", "\"kind\":\"line\"")) == ErrorCode::variant_unknown);
  CHECK(check(with("\"AP8Q\"", "\"AP8\"")) == ErrorCode::format_mismatch);
  CHECK(check(with("\"flag\":true,", "")) == ErrorCode::required_missing);
  CHECK(check(with("\"flag\":true,", "\"flag\":true,\"other\":1,")) == ErrorCode::property_unknown);
}

TEST_CASE("decoding refuses what does not fit the types, whatever the bytes") {
  CHECK_FALSE(from_json(message, ""));
  CHECK_FALSE(from_json(message, "{}"));
  CHECK_FALSE(from_json(message, R"({"text":1})"));
  CHECK_FALSE(from_json(message, R"({"text":"a"} x)"));
  CHECK_FALSE(from_json(message, R"({"text":"a",})"));
  CHECK_FALSE(from_json(message, "{\"text\":\"\xFF\"}"));
  CHECK_FALSE(from_json<Point>(R"({"x":1e999,"y":0})"));
  CHECK_FALSE(from_json<std::uint8_t>("256"));
  CHECK_FALSE(from_json<std::uint8_t>("-1"));
  CHECK_FALSE(from_json<std::int64_t>("9007199254740993"));
  CHECK_FALSE(from_json<int>("1.5"));
  CHECK_FALSE(from_json<Color>("\"blue\""));
  CHECK_FALSE((from_json<std::array<int, 2>>("[1,2,3]")));
  CHECK_FALSE((from_json<std::variant<Circle, Square>>(R"({"kind":"line"})")));
  std::string deep;
  for (std::size_t i = 0; i <= kJsonDepthMax; ++i) deep += R"({"name":"","children":[)";
  CHECK_FALSE(from_json<Tree>(deep));
}

TEST_CASE("decoding takes what JSON allows") {
  CHECK(from_json(message, " { \"text\" : \"a\\u0000\\ud83d\\ude00\" , \"extra\" : [1] } ")->text ==
        std::string("a\0\xF0\x9F\x98\x80", 6));
  CHECK(from_json(message, R"({"text":"first","text":"last"})")->text == "last");
  CHECK(from_json<int>("1.0") == 1);
  CHECK(from_json<int>("12e1") == 120);
  CHECK((*from_json<std::map<std::string, int>>(R"({"a":1,"a":2})")).at("a") == 2);
  CHECK(std::get<Circle>(*from_json<std::variant<Circle, Square>>(R"({"radius":3,"kind":"circle"})")).radius == 3);
}

TEST_CASE("numbers keep their value in both directions") {
  for (const double value : {0.1, -0.0, 1e300, 5e-324, 123456789.125, 1.0 / 3}) {
    const auto back = from_json<double>(to_json(value));
    REQUIRE(back);
    CHECK(*back == value);
  }
  CHECK(to_json(std::numeric_limits<double>::infinity()) == "null");  // the validator then says wrong_type
}

TEST_CASE("a recursive struct is a cycle in the schema") {
  static constexpr auto tree = define_event<Tree>("tree");
  const Checked check(tree);
  CHECK(check(to_json(tree, Tree{"root", {{"leaf", {}}, {"branch", {{"twig", {}}}}}})) == ErrorCode::ok);
  CHECK(check(R"({"name":"root","children":[{"name":"leaf","children":[{"name":1,"children":[]}]}]})") == ErrorCode::wrong_type);
}

TEST_CASE("payloads need not be structs") {
  static constexpr auto note = define_event<std::string>("note", max_length(3));
  CHECK(Checked(note)("\"abc\"") == ErrorCode::ok);
  CHECK(Checked(note)("\"abcd\"") == ErrorCode::too_long);
  CHECK(to_json(note, std::string("abc")) == "\"abc\"");
  static constexpr auto shape = define_event<std::variant<Circle, Square>>("shape");
  CHECK(Checked(shape)(R"({"kind":"circle","radius":1})") == ErrorCode::ok);
  CHECK(Checked(shape)(R"({"kind":"circle","radius":-1})") == ErrorCode::too_small);
  static constexpr auto choice = define_event<std::string>("choice", values("yes", "no"));
  CHECK(Checked(choice)("\"maybe\"") == ErrorCode::not_in_enum);
}

TEST_CASE("open() lets undeclared properties pass") {
  static constexpr auto open_message = define_event<Message>("message", field<&Message::text>("text"), open());
  CHECK(Checked(open_message)(R"({"text":"a","more":1})") == ErrorCode::ok);
  CHECK(from_json(open_message, R"({"text":"a","more":1})")->text == "a");
}

TEST_CASE("invalid definitions do not compile") {
  STATIC_REQUIRE(COMPILES(define_event<any_json>("domain.action")));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<any_json>("")));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<Order>("order", field<&Order::region>("region"), filterable("price"))));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<any_json>("two words")));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<any_json>("__proto__")));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<any_json>("dialogue.open")));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<Message>("m", field<&Message::text>("a"), field<&Message::reply_to>("a"))));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<Message>("m", field<&Message::text>("a"), latest("b"))));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<Message>("m", field<&Message::reply_to>("a"), latest("a"))));
  STATIC_REQUIRE_FALSE(COMPILES(window(5, "soon")));
  STATIC_REQUIRE_FALSE(COMPILES(multiple_of(0)));
  STATIC_REQUIRE_FALSE(COMPILES(values("a", "a")));
  STATIC_REQUIRE(COMPILES(define_room("game-{id}", {}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("game-{id}-{n}", {}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("chat", {.max_size = 0}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("chat", {.access = {.join = {"staff"}}}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("chat", {.channels = {"carrier-pigeon"}}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("chat", {.default_subscriptions = {"message"}}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("chat", {.access = {.publish_event = {{"message", {"*"}}}}}, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_room("chat", {}, move, move)));
  STATIC_REQUIRE_FALSE(COMPILES(define_app(chat, chat)));
  STATIC_REQUIRE_FALSE(COMPILES(define_app(game, define_room("game-{n}", {}, move))));
  STATIC_REQUIRE_FALSE(COMPILES(define_app(chat, define_event<any_json>("message"))));
  STATIC_REQUIRE(COMPILES(define_app(chat, define_room("other", {}, message))));
}

}  // namespace
