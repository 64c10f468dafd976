// JSON text -> typed payloads, driven by the author's description. See define_json.hpp for what is promised.
// A decoder reads one borrowed text once; any bytes are safe to give it, recursion is bounded by kJsonDepthMax.
#pragma once
#include <limits>
#include <string>
#include <tuple>

#include "shared/base/base64.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/number_text.hpp"
#include "shared/define/define_parts.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue::define_detail {

class Decoder {
 public:
  explicit Decoder(std::string_view text) : cursor_{text.data(), text.data() + text.size()} {}
  [[nodiscard]] bool at_end() { return cursor_.only_space_left(); }

  template <class T, class... Options>
  [[nodiscard]] bool read(T& out, const std::tuple<Options...>& options) {
    cursor_.skip_space();
    if constexpr (std::is_same_v<T, any_json>)
      return read_any(out.text);
    else if constexpr (std::is_same_v<T, bool>)
      return read_bool(out);
    else if constexpr (is_integer<T>)
      return read_integer(out);
    else if constexpr (std::is_floating_point_v<T>)
      return read_float(out);
    else if constexpr (std::is_same_v<T, std::string>)
      return read_string(out);
    else if constexpr (std::is_same_v<T, bytes>)
      return read_bytes(out);
    else if constexpr (std::is_enum_v<T>)
      return read_enum(out, values_of<T>(options));
    else if constexpr (is_a<T, nullable>)
      return read_nullable(out, options);
    else if constexpr (may_be_absent<T>)
      return read_contained(out, options);
    else if constexpr (is_array<T>)
      return read_array(out, item_options(options));
    else if constexpr (is_sequence<T>)
      return read_sequence(out, item_options(options));
    else if constexpr (is_map<T>)
      return read_map(out, item_options(options));
    else if constexpr (is_a<T, std::variant>)
      return read_variant(out);
    else
      return read_struct(out, object_parts<T>(options));
  }

 private:
  [[nodiscard]] bool read_any(std::string& out) {
    const char* begin = cursor_.at;
    if (skip_value(cursor_, depth_) != ErrorCode::ok) return false;
    out.assign(begin, cursor_.at);
    return true;
  }
  [[nodiscard]] bool read_bool(bool& out) {
    out = cursor_.peek() == 't';
    return (out || cursor_.peek() == 'f') && scan_literal(cursor_) == ErrorCode::ok;
  }
  [[nodiscard]] bool read_double(double& out) {
    const char* begin = cursor_.at;
    if (scan_number(cursor_) != ErrorCode::ok) return false;
    const auto value = parse_number({begin, static_cast<std::size_t>(cursor_.at - begin)});
    out = value.value_or(0);
    return value.has_value();
  }
  template <class T>
  [[nodiscard]] bool read_float(T& out) {
    double value = 0;
    if (!read_double(value) || value > static_cast<double>(std::numeric_limits<T>::max()) ||
        value < static_cast<double>(std::numeric_limits<T>::lowest()))
      return false;
    out = static_cast<T>(value);
    return true;
  }
  /// Integers of payloads are at most 2^53-1, which a double holds exactly; 1.0 and 1e2 are integers.
  template <class T>
  [[nodiscard]] bool read_integer(T& out) {
    double value = 0;
    constexpr double kSafe = static_cast<double>(kSafeIntegerMax);
    if (!read_double(value) || value != std::floor(value) || value > kSafe || value < -kSafe) return false;
    const auto whole = static_cast<std::int64_t>(value);
    if constexpr (std::is_unsigned_v<T>) {
      if (whole < 0) return false;
    }
    out = static_cast<T>(whole);
    return static_cast<std::int64_t>(out) == whole;
  }
  [[nodiscard]] static bool unescape(const JsonString& string, std::string& out) {
    out.clear();
    JsonCursor content{string.begin, string.end};
    for (;;) {
      const std::int32_t code_point = next_code_point(content);
      if (code_point < 0) return code_point == kTextEnd;
      char utf8[4];
      out.append(utf8, encode_utf8(code_point, utf8));
    }
  }
  [[nodiscard]] bool read_string(std::string& out) {
    JsonString string;
    return scan_string(cursor_, string) == ErrorCode::ok && unescape(string, out);
  }
  [[nodiscard]] bool read_bytes(bytes& out) {
    std::string text;
    if (!read_string(text)) return false;
    auto data = decode_base64(text);
    if (data) out.data = std::move(*data);
    return data.has_value();
  }
  template <class T, class Values>
  [[nodiscard]] bool read_enum(T& out, const Values& values) {
    std::string name;
    if (!read_string(name)) return false;
    const auto value = values.template value_of<T>(name);
    if (value) out = *value;
    return value.has_value();
  }
  template <class T, class... Options>
  [[nodiscard]] bool read_nullable(T& out, const std::tuple<Options...>& options) {
    out.reset();
    if (cursor_.peek() == 'n') return scan_literal(cursor_) == ErrorCode::ok;
    return read(out.emplace(), options);
  }
  template <class T, class... Options>
  [[nodiscard]] bool read_contained(T& out, const std::tuple<Options...>& options) {
    if constexpr (is_a<T, std::optional>) {
      return read(out.emplace(), options);
    } else {
      auto value = std::make_unique<ContainedType<T>>();
      if (!read(*value, options)) return false;
      out = std::move(value);
      return true;
    }
  }

  /// Calls `each` at every member or item, which reads or skips exactly one value. For an object `key` is filled first.
  template <class Each>
  [[nodiscard]] bool read_all(char open, char close, std::string* key, Each&& each) {
    if (!cursor_.accept(open) || ++depth_ > kJsonDepthMax) return false;
    cursor_.skip_space();
    for (bool first = true; !cursor_.accept(close); first = false) {
      if (!first && !cursor_.accept(',')) return false;
      cursor_.skip_space();
      JsonString name;
      if (key != nullptr && (scan_key(cursor_, name) != ErrorCode::ok || !unescape(name, *key))) return false;
      if (!each()) return false;
      cursor_.skip_space();
    }
    --depth_;
    return true;
  }
  template <class T, class ItemOptions>
  [[nodiscard]] bool read_sequence(T& out, const ItemOptions& options) {
    out.clear();
    return read_all('[', ']', nullptr, [&] {
      typename T::value_type item{};
      const bool good = read(item, options);
      out.push_back(std::move(item));
      return good;
    });
  }
  template <class T, class ItemOptions>
  [[nodiscard]] bool read_array(T& out, const ItemOptions& options) {
    std::size_t count = 0;
    return read_all('[', ']', nullptr, [&] { return count < out.size() && read(out[count++], options); }) && count == out.size();
  }
  template <class T, class ItemOptions>
  [[nodiscard]] bool read_map(T& out, const ItemOptions& options) {
    out.clear();
    std::string key;
    return read_all('{', '}', &key, [&] { return read(out[key], options); });
  }
  [[nodiscard]] bool skip() { return skip_value(cursor_, depth_) == ErrorCode::ok; }

  template <class T, class... Parts>
  [[nodiscard]] bool read_struct(T& out, const std::tuple<Parts...>& parts) {
    std::string key;
    std::array<bool, sizeof...(Parts)> seen{};
    const auto read_member = [&] {
      return std::apply(
          [&](const auto&... part) {
            std::size_t index = 0;
            bool good = true;
            // The first part that has this name reads the value; the others see that it is done.
            const bool known = (read_part(out, part, key, seen[index++], good) || ...);
            return known ? good : skip();
          },
          parts);
    };
    if (!read_all('{', '}', &key, read_member)) return false;
    return std::apply(
        [&](const auto&... part) {
          std::size_t index = 0;
          return ((seen[index++] || !is_required(part)) && ...);
        },
        parts);
  }
  template <class T, auto Member, class... Options>
  [[nodiscard]] bool read_part(T& out, const Field<Member, Options...>& part, std::string_view key, bool& seen, bool& good) {
    if (key != part.name) return false;
    seen = true;
    good = read(out.*Member, part.options);
    return true;
  }
  template <class T, class Other>
  [[nodiscard]] bool read_part(T&, const Other&, std::string_view, bool&, bool&) {
    return false;
  }
  template <class Part>
  [[nodiscard]] static constexpr bool is_required(const Part&) {
    return false;
  }
  template <auto Member, class... Options>
  [[nodiscard]] static constexpr bool is_required(const Field<Member, Options...>&) {
    return !may_be_absent<FieldType<Member>>;
  }

  template <class... Alternatives>
  [[nodiscard]] bool read_variant(std::variant<Alternatives...>& out) {
    check_alternatives<Alternatives...>();
    const JsonCursor begin = cursor_;
    const std::uint32_t depth = depth_;
    std::string key, value;
    const auto look = [&] { return ((key == tag_of<Alternatives>().name) || ...) ? read_string(value) : skip(); };
    if (!read_all('{', '}', &key, look)) return false;
    cursor_ = begin, depth_ = depth;
    return ((value == tag_of<Alternatives>().value && read(out.template emplace<Alternatives>(), std::tuple<>{})) || ...);
  }

  JsonCursor cursor_;
  std::uint32_t depth_ = 0;
};

template <class T, class... Options>
[[nodiscard]] std::optional<T> decode_whole(std::string_view text, const std::tuple<Options...>& options) {
  Decoder decoder(text);
  std::optional<T> out(std::in_place);
  if (!decoder.read(*out, options) || !decoder.at_end()) out.reset();
  return out;
}

}  // namespace dialogue::define_detail
