// Options of C++ authors: the types that they are for, and options that cannot be meant.
#include "shared/define/define_options.hpp"

#include <catch2/catch.hpp>

#include "shared/define/define.hpp"
#include "tests/shared/define/compiles.hpp"

namespace {

using namespace dialogue;

struct Titled {
  std::string title;
};
struct Pixel {
  int x = 0, y = 0;
};
constexpr auto retitle = define_event<Titled>("retitle", field<&Titled::title>("title"));

TEST_CASE("options go with the types that they are for") {
  using define_detail::option_fits;
  STATIC_REQUIRE(option_fits<std::string, decltype(max_length(1))>());
  STATIC_REQUIRE(option_fits<std::optional<nullable<std::string>>, decltype(max_length(1))>());
  STATIC_REQUIRE_FALSE(option_fits<int, decltype(max_length(1))>());
  STATIC_REQUIRE_FALSE(option_fits<std::string, decltype(minimum(1))>());
  STATIC_REQUIRE(option_fits<bytes, decltype(max_bytes(1))>() && !option_fits<bytes, decltype(max_length(1))>());
  STATIC_REQUIRE_FALSE(option_fits<Pixel, decltype(max_properties(1))>());
  STATIC_REQUIRE_FALSE(option_fits<int, decltype(items(minimum(1)))>());
  STATIC_REQUIRE(define_detail::json_types_of<char>() == 0);
  STATIC_REQUIRE(define_detail::json_types_of<int*>() == 0);
}

TEST_CASE("F-Y10 an option that is given twice does not compile, nor does a window that keeps nothing") {
  STATIC_REQUIRE(COMPILES(field<&Titled::title>("a", min_length(5), max_length(500), description("x"))));
  STATIC_REQUIRE_FALSE(COMPILES(field<&Titled::title>("a", max_length(5), max_length(500))));
  STATIC_REQUIRE_FALSE(COMPILES(field<&Titled::title>("a", pattern("a"), pattern("b"))));
  STATIC_REQUIRE_FALSE(COMPILES(field<&Titled::title>("a", format(Format::email), format(Format::none))));
  STATIC_REQUIRE_FALSE(COMPILES(field<&Titled::title>("a", values("a"), values("a", "b"))));
  STATIC_REQUIRE_FALSE(COMPILES(items(max_length(1), max_length(2))));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<std::vector<int>>("list", items(minimum(1)), items(maximum(1)))));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<std::string>("note", max_length(3), max_length(4))));
  STATIC_REQUIRE_FALSE(COMPILES(define_event<Titled>("m", field<&Titled::title>("title"), open(), open())));
  STATIC_REQUIRE(COMPILES(define_event<Titled>("m", field<&Titled::title>("title"), tag("kind", "x"), tag("version", "1"))));
  STATIC_REQUIRE_FALSE(COMPILES(fields(field<&Titled::title>("title"), open(), open())));
  STATIC_REQUIRE_FALSE(COMPILES(fields(field<&Titled::title>("title"), description("a"), description("b"))));
  STATIC_REQUIRE_FALSE(COMPILES(window(0)));
  STATIC_REQUIRE_FALSE(COMPILES(window(0, "1s")));
}

TEST_CASE("F-Y5 a right that is set to {} is no user's, as [] in JSON") {
  static constexpr auto closed =
      define_room("closed", {.access = {.join = {}, .publish = nobody}, .default_subscriptions = {}}, retitle);
  const Definitions definitions = define_app(closed);
  const RoomDefinition& room = definitions.rooms.at(0);
  CHECK(room.access.join == Grants());
  CHECK(room.access.publish == Grants());
  CHECK(room.default_subscriptions == std::vector<std::string>());
  CHECK_FALSE(room.access.history);
  CHECK_FALSE(room.access.manage);
  static constexpr auto call = define_call<no_value, no_value>("a.b", {.access = {}});
  CHECK(Definitions(define_app(call)).calls.at(0).access == Grants());
  STATIC_REQUIRE_FALSE(COMPILES(define_room("r", {.channels = {}}, retitle)));
}

}  // namespace
