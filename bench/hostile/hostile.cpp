// What a byte of payload costs the validator under definitions that are written to make it slow: `bench_hostile ROUNDS`. Each
// case is a schema that is accepted and a payload of up to 64 KiB that hits its worst; time is the thread's CPU time. Prints one
// line of JSON for each: {"what": ..., "bytes": ..., "verdict": ..., "ns": [...]}, ns for each byte, one figure for each round.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "server/definitions/definitions_json.hpp"
#include "shared/base/limits.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/json/json_scanner.hpp"
#include "shared/json/json_text.hpp"
#include "shared/validate/validator.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;

constexpr double kNsPerS = 1'000'000'000;

double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * kNsPerS + static_cast<double>(time.tv_nsec);
}

struct Case {
  std::string what, schema, payload;
};

std::string joined(std::size_t count, const std::function<std::string(std::size_t)>& each) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + each(i);
  return out;
}
std::string list(std::size_t count, const std::function<std::string(std::size_t)>& each) {
  return '[' + joined(count, each) + ']';
}

/// An array of this item as long as a message can be.
std::string filled(const std::string& item) {
  const std::string unit = item.size() < 60'000 ? item : "0";
  return list((kMessageBytesMax - 600) / (unit.size() + 1), [&](std::size_t) { return unit; });
}

std::string items(const std::string& schema) { return R"({"type":"array","items":)" + schema + '}'; }
std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string many(std::size_t count, char c) { return std::string(count, c); }

/// Around `inner`, `levels` times.
std::string nested(std::size_t levels, const std::string& before, const std::string& inner, const std::string& after) {
  std::string out = inner;
  for (std::size_t i = 0; i < levels; ++i) out = before + out + after;
  return out;
}

/// Every other code point of the planes without surrogates: a class of so many ranges.
std::string class_of(std::size_t ranges) {
  std::string out = "[";
  for (std::uint32_t c = 0x10000; ranges > 0; c += 2, --ranges) {
    char bytes[4];
    out.append(bytes, encode_utf8(static_cast<std::int32_t>(c), bytes));
  }
  return out + "a]";
}

std::string pattern(const std::string& text) { return items(R"({"type":"string","pattern":)" + json_string(text) + '}'); }

std::string wide_object(std::size_t keys, std::size_t value) {
  return '{' + joined(keys, [&](std::size_t i) { return quoted("k" + std::to_string(i)) + ':' + std::to_string(value); }) + '}';
}

std::string properties(std::size_t count, const std::string& prefix, const std::string& more) {
  const auto property = [&](std::size_t i) { return quoted(prefix + std::to_string(i)) + ":true"; };
  return R"({"type":"object","properties":{)" + joined(count, property) + '}' + more + '}';
}

std::string variants(std::size_t count) {
  return R"({"oneOf":)" +
         list(count,
              [](std::size_t i) {
                return R"({"type":"object","properties":{"k":{"const":")" + many(100, 'v') + std::to_string(i) +
                       R"("}},"required":["k"]})";
              }) +
         '}';
}

std::vector<Case> cases() {
  const auto number = [](std::size_t i) { return std::to_string(i); };
  static const std::string large = list(8'000, [](std::size_t) { return "1"; });
  const std::string long_number = "1." + many(60'000, '7');
  std::vector<Case> out = {
      {"enum of 249 codes",
       items(R"({"enum":)" +
             list(249,
                  [](std::size_t i) {
                    return quoted({static_cast<char>('A' + i / 26), static_cast<char>('A' + i % 26)});
                  }) +
             '}'),
       filled(quoted("JO"))},
      {"enum of 50,000 numbers", items(R"({"enum":)" + list(50'000, number) + '}'), filled("9")},
      {"enum of strings with one beginning",
       items(R"({"enum":)" + list(2'000, [](std::size_t i) { return quoted(many(200, 'a') + std::to_string(i)); }) + '}'),
       filled(quoted(many(200, 'a') + "1999"))},
      {"enum of 3,000 arrays",
       items(R"({"enum":)" + list(3'000, [](std::size_t i) { return "[1,2," + std::to_string(i) + ']'; }) + '}'),
       filled("[1,2,2999]")},
      {"enum of 1,000 objects", items(R"({"enum":)" + list(1'000, [](std::size_t i) { return wide_object(8, i); }) + '}'),
       filled(wide_object(8, 999))},
      {"const object of 30 properties", items(R"({"const":)" + wide_object(30, 1) + '}'), filled(wide_object(30, 1))},
      {"enum within enum, 30 deep",
       R"({"items":{"$ref":"#"},"enum":[1,)" + joined(30, [](std::size_t i) { return nested(i, "[", large, "]"); }) + "]}",
       nested(29, "[", large, "]")},
      {"five bounds on small numbers",
       items(R"({"minimum":-1.7976931348623157e308,"exclusiveMinimum":-1.6976931348623157e308,)"
             R"("maximum":1.7976931348623157e308,"exclusiveMaximum":1.6976931348623157e308,)"
             R"("multipleOf":1.2345678901234567e-300})"),
       filled("0")},
      {"multipleOf on a long number", R"({"type":"number","multipleOf":0.0012345678901234567})", long_number},
      {"pattern, all of whose steps are alive", pattern("a{120}b"), filled(quoted(many(4'000, 'a')))},
      {"pattern of many choices", pattern("(?:a?){80}b"), filled(quoted(many(4'000, 'a')))},
      {"pattern that explodes as a table", pattern("(?:a|b)*a(?:a|b){50}c"), filled(quoted(many(4'000, 'a')))},
      {"pattern with a class of 30,000 ranges", pattern('^' + class_of(30'000) + "*$"), filled(quoted(many(59'000, 'a')))},
      {"pattern with many large classes", pattern("(?:" + class_of(300) + "){100}b"), filled(quoted(many(4'000, 'a')))},
      {"pattern with nested repetitions", pattern("^(?:(?:a*)*)*(?:b|$)"), filled(quoted(many(50'000, 'a')))},
      {"pattern with 60 steps alive", pattern("a{59}b|$"), filled(quoted(many(10'000, 'a')))},
      {"pattern with 60 steps alive, on short strings", pattern("a{59}b|$"), filled(quoted(many(70, 'a')))},
      {"pattern with optional steps alive", pattern("(?:a?){29}b|$"), filled(quoted(many(10'000, 'a')))},
      {"pattern with classes alive", pattern("[a-cx-z]{19}b|$"), filled(quoted(many(10'000, 'a')))},
      {"a tree that is unique at each level",
       R"({"type":"object","properties":{"c":{"type":"array","uniqueItems":true,"items":{"$ref":"#"}},)"
       R"("n":{"type":"array","uniqueItems":true}}})",
       nested(14, R"({"c":[)", R"({"n":)" + list(1'000, number) + '}', "]}")},
      {"format uri", R"({"type":"string","format":"uri"})", quoted("http://" + many(60'000, 'a'))},
      {"format email", items(R"({"type":"string","format":"email"})"),
       filled(quoted(many(60, 'a') + "@" + many(60, 'b') + ".com"))},
      {"format hostname", items(R"({"type":"string","format":"hostname"})"), filled(quoted(many(60, 'a') + "." + many(60, 'b')))},
      {"2,000 variants", items(variants(2'000)), filled(R"({"k":")" + many(100, 'v') + R"(1999"})")},
      {"variants, tag last, 30 deep",
       R"({"oneOf":[{"type":"object","properties":{"k":{"const":"a"},"n":{"$ref":"#"}},"required":["k"]},{"type":"array"}]})",
       nested(30, R"({"n":)", filled("1"), R"(,"k":"a"})")},
      {"256 optional properties of empty objects", items(properties(256, "property-", "")), filled("{}")},
      {"256 properties with one beginning", items(properties(256, many(100, 'p'), "")),
       filled('{' + quoted(many(100, 'p') + "255") + ":1}")},
      {"256 short properties", items(properties(256, "", "")), filled(R"({"9":1,"99":1,"255":1})")},
      {"unique numbers", items(R"({"type":"array","uniqueItems":true})"), filled(list(1'024, number))},
      {"unique objects of 60 properties", R"({"type":"array","uniqueItems":true})",
       list(120, [](std::size_t i) { return wide_object(60, i); })},
      {"unique objects of 1,000 properties", R"({"type":"array","uniqueItems":true})",
       list(5, [](std::size_t i) { return wide_object(1'000, i); })},
      {"a unique object that repeats its keys", R"({"type":"array","uniqueItems":true})",
       list(1,
            [](std::size_t) {
              return '{' + joined(1'000, [](std::size_t i) { return quoted(std::to_string(i % 500)) + ":1"; }) + '}';
            })},
      {"two equal objects of 500 properties", R"({"type":"array","uniqueItems":true})",
       list(2, [](std::size_t) { return wide_object(500, 1); })},
      {"unique at 30 levels", R"({"uniqueItems":true,"items":{"$ref":"#"}})", nested(30, "[", list(1'000, number), "]")},
      {"unique strings, escaped", R"({"type":"array","uniqueItems":true})",
       list(1'000, [](std::size_t i) { return quoted("\\u0061\\u0062" + std::to_string(i)); })},
      {"1,000 different keys", items(R"({"type":"object","minProperties":1000})"), filled(wide_object(1'000, 1))},
      {"nested 31 deep", R"({"items":{"$ref":"#"}})", nested(31, "[", joined(30'000, [](std::size_t) { return "1"; }), "]")},
      {"anything", "true", filled("1")},
  };
  return out;
}

void run(const Case& each, int rounds) {
  const LoadResult loaded = load_definitions(R"({"events":{"e":{"schema":)" + each.schema + "}}}");
  const CatalogueResult built = loaded.ok() ? make_catalogue(loaded.definitions) : CatalogueResult{};
  const auto catalogue = CatalogueView::parse(built.bytes);
  if (!catalogue) {
    const std::string why = loaded.ok() ? "no catalogue" : loaded.problems.front().message;
    std::printf("{\"what\":%s,\"refused\":%s}\n", json_string(each.what).c_str(), json_string(why).c_str());
    return;
  }
  Verdict verdict;
  std::string figures;
  for (int round = 0; round < rounds; ++round) {
    int turns = 0;
    const double begin = cpu_ns();
    double spent = 0;
    for (; spent < 20e6; spent = cpu_ns() - begin, ++turns) validate(*catalogue, 0, each.payload, verdict);
    figures += (figures.empty() ? "" : ",") + std::to_string(spent / turns / static_cast<double>(each.payload.size()));
  }
  std::printf("{\"what\":%s,\"bytes\":%zu,\"verdict\":%s,\"ns\":[%s]}\n", json_string(each.what).c_str(), each.payload.size(),
              json_string(error_name(verdict.code)).c_str(), figures.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  for (const Case& each : cases()) run(each, rounds);
  return 0;
}
