// A JSON value as a tree that keeps what the text said: number literals, the order of keys, repeated keys. Read by nlohmann's SAX
// parser, which is thereby the second opinion on syntax; written with random spelling. For generated tests.
#pragma once
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/shared/support/random_source.hpp"

namespace dialogue::testing {

struct JsonMember;

struct JsonTree {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;  ///< of a number the literal, of a string the characters
  std::vector<JsonTree> items;
  std::vector<JsonMember> members;

  static JsonTree of_number(std::string literal);
  static JsonTree of_string(std::string text);
  static JsonTree of_boolean(bool value);
  static JsonTree of_kind(Kind kind);
};

struct JsonMember {
  JsonMember(std::string name, JsonTree value) : first(std::move(name)), second(std::move(value)) {}
  std::string first;
  JsonTree second;
};

inline JsonTree JsonTree::of_number(std::string literal) { return {Kind::number, false, std::move(literal), {}, {}}; }
inline JsonTree JsonTree::of_string(std::string text) { return {Kind::string, false, std::move(text), {}, {}}; }
inline JsonTree JsonTree::of_boolean(bool value) { return {Kind::boolean, value, {}, {}, {}}; }
inline JsonTree JsonTree::of_kind(Kind kind) { return {kind, false, {}, {}, {}}; }

/// What nlohmann thinks of a text.
struct ParsedJson {
  std::optional<JsonTree> tree;  ///< nothing: not JSON
  bool beyond_doubles = false;   ///< JSON, but with a number that this parser cannot hold
  std::size_t depth = 0;         ///< of nesting
};

class JsonTreeReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  static ParsedJson read(const std::string& text) {
    ParsedJson result;
    if (text.find('\0') != std::string::npos || text.starts_with("\xef\xbb\xbf")) return result;  // it takes both for white space
    JsonTreeReader reader;
    if (nlohmann::json::sax_parse(text, &reader)) result.tree = std::move(reader.root_);
    result.beyond_doubles = reader.beyond_doubles_;
    result.depth = reader.deepest_;
    return result;
  }

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(JsonTree::of_boolean(value)); }
  bool number_integer(std::int64_t value) override { return add(JsonTree::of_number(std::to_string(value))); }
  bool number_unsigned(std::uint64_t value) override { return add(JsonTree::of_number(std::to_string(value))); }
  bool number_float(double, const std::string& literal) override { return add(JsonTree::of_number(literal)); }
  bool string(std::string& value) override { return add(JsonTree::of_string(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonTree::Kind::object); }
  bool start_array(std::size_t) override { return open(JsonTree::Kind::array); }
  bool key(std::string& value) override {
    keys_.back() = value;
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& fault) override {
    constexpr int kNumberOverflow = 406;
    beyond_doubles_ = fault.id == kNumberOverflow;
    return false;
  }

 private:
  bool add(JsonTree value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (open_.back().kind == JsonTree::Kind::array)
      open_.back().items.push_back(std::move(value));
    else
      open_.back().members.emplace_back(keys_.back(), std::move(value));
    return true;
  }
  bool open(JsonTree::Kind kind) {
    open_.push_back(JsonTree::of_kind(kind));
    keys_.emplace_back();
    deepest_ = std::max(deepest_, open_.size());
    return true;
  }
  bool close() {
    JsonTree value = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return add(std::move(value));
  }

  JsonTree root_;
  std::vector<JsonTree> open_;
  std::vector<std::string> keys_;
  std::size_t deepest_ = 0;
  bool beyond_doubles_ = false;
};

/// Writes a tree: white space, escapes and the form of numbers are drawn at random; what it means stays.
class JsonTreeWriter {
 public:
  explicit JsonTreeWriter(Random& random) : random_(random) {}

  std::string write(const JsonTree& value) {
    out_.clear();
    add(value);
    return out_;
  }

 private:
  void space() {
    if (random_.chance(4)) out_ += random_.pick({" ", "\n", "\t", "\r", "  "});
  }

  void add(const JsonTree& value) {
    space();
    switch (value.kind) {
      case JsonTree::Kind::null:
        out_ += "null";
        break;
      case JsonTree::Kind::boolean:
        out_ += value.boolean ? "true" : "false";
        break;
      case JsonTree::Kind::number:
        number(value.text);
        break;
      case JsonTree::Kind::string:
        string(value.text);
        break;
      case JsonTree::Kind::array:
        out_ += '[';
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          if (i > 0) out_ += ',';
          add(value.items[i]);
        }
        space();
        out_ += ']';
        break;
      case JsonTree::Kind::object:
        out_ += '{';
        for (std::size_t i = 0; i < value.members.size(); ++i) {
          if (i > 0) out_ += ',';
          space();
          string(value.members[i].first);
          space();
          out_ += ':';
          add(value.members[i].second);
        }
        space();
        out_ += '}';
        break;
    }
    space();
  }

  /// Another literal of the same value, where that is easy.
  void number(const std::string& literal) {
    out_ += literal;
    const bool plain = literal.find_first_of("eE") == std::string::npos;
    const bool whole = plain && literal.find('.') == std::string::npos;
    const bool is_zero = literal.find_first_not_of("-0.") == std::string::npos;
    if (whole && random_.chance(15)) out_ += is_zero ? ".0" : random_.pick({".0", ".000", "e0", "E+0", ".0e-0", "0e-1"});
    if (plain && !whole && random_.chance(10)) out_ += random_.pick({"0", "00", "e0", "0E-00"});
  }

  void string(const std::string& text) {
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      character(text.substr(i, size));
      i += size;
    }
    out_ += '"';
  }

  void character(const std::string& bytes) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    const bool must = lead < 0x20 || lead == '"' || lead == '\\';
    if (!must && !random_.chance(5)) {
      out_ += bytes;
      return;
    }
    if (lead == '"' || lead == '\\' || lead == '/') {
      out_ += '\\' + bytes;
      return;
    }
    std::uint32_t value = bytes.size() == 1 ? lead : lead & (0x7FU >> bytes.size());
    for (std::size_t i = 1; i < bytes.size(); ++i) value = value << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
    if (value >= 0x10000) {
      escape(0xD800 + ((value - 0x10000) >> 10));
      value = 0xDC00 + ((value - 0x10000) & 0x3FF);
    }
    escape(value);
  }

  void escape(std::uint32_t unit) {
    char text[8];
    std::snprintf(text, sizeof text, random_.chance(50) ? "\\u%04x" : "\\u%04X", unit);
    out_ += text;
  }

  Random& random_;
  std::string out_;
};

}  // namespace dialogue::testing
