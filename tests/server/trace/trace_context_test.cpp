// What of a request's fields counts as a trace's context, and what hostile ones come to.
#include "server/trace/context/trace_context.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "server/trace/context/sampler.hpp"

namespace dialogue::trace {
namespace {

const std::string kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

}  // namespace

TEST_CASE("the example of the specification is read, and written as it was") {
  const auto context = parse_traceparent(kGood);
  REQUIRE(context);
  CHECK(trace_id_text(context->trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(span_id_text(context->span) == "00f067aa0ba902b7");
  CHECK(context->is_sampled);
  CHECK(traceparent_of(*context) == kGood);
}

TEST_CASE("of the flags only the lowest bit counts, and it alone is written") {
  for (const auto& [flags, is_sampled] : {std::pair{"00", false}, {"01", true}, {"02", false}, {"ff", true}}) {
    const auto context = parse_traceparent(kGood.substr(0, 53) + flags);
    REQUIRE(context);
    CHECK(context->is_sampled == is_sampled);
    CHECK(traceparent_of(*context) == kGood.substr(0, 53) + (is_sampled ? "01" : "00"));
  }
}

TEST_CASE("a traceparent that is not exactly version 00 is ignored") {
  std::string all_zero_trace = kGood, all_zero_span = kGood;
  all_zero_trace.replace(3, 32, 32, '0');
  all_zero_span.replace(36, 16, 16, '0');
  for (const std::string& text :
       {std::string(), std::string("00"), all_zero_trace, all_zero_span, "01" + kGood.substr(2), "ff" + kGood.substr(2),
        kGood + "-00", kGood + " ", " " + kGood, kGood.substr(0, 54), kGood.substr(0, 53) + "0g",
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), kGood + ", " + kGood})
    CHECK_FALSE(parse_traceparent(text));
}

TEST_CASE("no other byte at any place of a traceparent is taken for a digit or a dash") {
  for (std::size_t place = 0; place < kGood.size(); ++place)
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = kGood;
      text[place] = static_cast<char>(byte);
      const auto context = parse_traceparent(text);
      if (!context) continue;
      const bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
      REQUIRE((is_digit || text == kGood));
      REQUIRE(traceparent_of(*context).substr(0, 53) == text.substr(0, 53));
    }
}

TEST_CASE("random bytes are not a context, and are harmless") {
  std::mt19937_64 chance(316);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(chance() % 80, '\0');
    for (char& c : text) c = static_cast<char>(chance());
    REQUIRE_FALSE(parse_traceparent(text));
    if (is_tracestate(text))
      for (const char c : text) REQUIRE(((c >= ' ' && c <= '~') || c == '\t'));
  }
}

TEST_CASE("a tracestate is a list of keys with values, of at most 512 bytes and 32 members") {
  CHECK(is_tracestate("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
  CHECK(is_tracestate("fw529a3039@dt=FfffffFF , ,a/b*-_=x y"));
  CHECK(is_tracestate("1a=" + std::string(509, 'x')));
  CHECK_FALSE(is_tracestate("1a=" + std::string(510, 'x')));
  std::string many = "a=1";
  for (int i = 1; i < 32; ++i) many += ",a=1";
  CHECK(is_tracestate(many));
  CHECK_FALSE(is_tracestate(many + ",a=1"));
  for (const char* text : {"", ",", " ", "a", "=b", "a=", "A=b", "a=b=c", "a b=c", "a=b\r\nx: y", "a=\x7f", "@a=b", "a=\xc3\xa9"})
    CHECK_FALSE(is_tracestate(text));
  CHECK_FALSE(is_tracestate(std::string("a=b\0c", 5)));
  CHECK(is_tracestate(std::string(256, 'k') + "=v"));
  CHECK_FALSE(is_tracestate(std::string(257, 'k') + "=v"));
}

TEST_CASE("the share of traces that are chosen is the ratio, and a higher ratio chooses the same ones and more") {
  std::mt19937_64 chance(1);
  int tenth = 0, half = 0;
  constexpr int kTraces = 100'000;
  for (int i = 0; i < kTraces; ++i) {
    const TraceId id{chance(), chance()};
    const bool is_tenth = is_in_sample(id, 0.1), is_half = is_in_sample(id, 0.5);
    REQUIRE((!is_tenth || is_half));
    REQUIRE(is_in_sample(id, 1));
    REQUIRE_FALSE(is_in_sample(id, 0));
    tenth += is_tenth ? 1 : 0;
    half += is_half ? 1 : 0;
  }
  CHECK(std::abs(tenth - kTraces / 10) < kTraces / 100);
  CHECK(std::abs(half - kTraces / 2) < kTraces / 100);
  CHECK(is_in_sample({0, ~std::uint64_t{0}}, 1));
  CHECK_FALSE(is_in_sample({0, 0}, 0));
}

}  // namespace dialogue::trace
