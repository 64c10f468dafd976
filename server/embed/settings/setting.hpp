// A setting is one row of a table: its name, the member that holds its value, the values that it accepts, a sentence of help,
// and whether a reload applies it. Everything else is made from the rows: flags, environment variables, keys of the
// configuration file, their checks, the reload, its preview, and the guide. Plain values; safe from any thread.
#pragma once
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dialogue {

/// Why a value is rejected, and what to write instead.
struct SettingError {
  std::string problem, advice;
};

/// How a value is written: in a configuration file text, number, true or false, and an array of texts.
enum class SettingKind : std::uint8_t { text, number, toggle, list };

/// A value as texts: one for each element of a list; none if it is unset.
using SettingTexts = std::vector<std::string>;

/// Which values a setting accepts, beyond their kind.
struct Accepts {
  using Check = std::optional<SettingError> (*)(const std::string& text);

  constexpr Accepts() = default;
  constexpr Accepts(std::uint64_t least, std::uint64_t most) : min(least), max(most) {}
  constexpr Accepts(Check each) : check(each) {}

  std::uint64_t min = 0, max = 0;  ///< of a number
  Check check = nullptr;           ///< of each text
};

/// What makes a changed setting effective: a reload (hot) or a restart.
enum class SettingChange : std::uint8_t { hot, restart };

/// How values of a type are read and written as texts. A row's check has accepted the texts that write() gets.
template <typename Value>
struct SettingValue;

template <>
struct SettingValue<std::string> {
  static constexpr SettingKind kKind = SettingKind::text;
  static SettingTexts read(const std::string& value) { return value.empty() ? SettingTexts{} : SettingTexts{value}; }
  static void write(std::string& value, const SettingTexts& texts) { value = texts.back(); }
};

template <>
struct SettingValue<bool> {
  static constexpr SettingKind kKind = SettingKind::toggle;
  static SettingTexts read(bool value) { return {value ? "on" : "off"}; }
  static void write(bool& value, const SettingTexts& texts) {
    value = texts.back() == "on" || texts.back() == "true" || texts.back() == "1";
  }
};

template <std::unsigned_integral Number>
struct SettingValue<Number> {
  static constexpr SettingKind kKind = SettingKind::number;
  static SettingTexts read(Number value) { return {std::to_string(value)}; }
  static void write(Number& value, const SettingTexts& texts) {
    const std::string& text = texts.back();
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
};

template <std::unsigned_integral Number>
struct SettingValue<std::optional<Number>> {
  static constexpr SettingKind kKind = SettingKind::number;
  static SettingTexts read(const std::optional<Number>& value) {
    return value ? SettingValue<Number>::read(*value) : SettingTexts{};
  }
  static void write(std::optional<Number>& value, const SettingTexts& texts) {
    SettingValue<Number>::write(value.emplace(), texts);
  }
};

template <>
struct SettingValue<std::vector<std::string>> {
  static constexpr SettingKind kKind = SettingKind::list;
  static SettingTexts read(const std::vector<std::string>& value) { return value; }
  static void write(std::vector<std::string>& value, const SettingTexts& texts) { value = texts; }
};

/// Reads and writes one member of `Owner`.
template <typename Owner>
struct SettingAccess {
  SettingKind kind;
  SettingTexts (*read)(const Owner&);
  void (*write)(Owner&, const SettingTexts&);
  void (*copy)(Owner& to, const Owner& from);
};

template <auto... Path, typename Member, typename Owner>
constexpr SettingAccess<Owner> setting_access(Member Owner::*) {
  using Value = std::remove_cvref_t<decltype((std::declval<Owner&>().*....*Path))>;
  return {SettingValue<Value>::kKind, [](const Owner& owner) { return SettingValue<Value>::read((owner.*....*Path)); },
          [](Owner& owner, const SettingTexts& texts) { SettingValue<Value>::write((owner.*....*Path), texts); },
          [](Owner& to, const Owner& from) { (to.*....*Path) = (from.*....*Path); }};
}

/// The member at the end of a path: kAt<&Config::limits, &ShardLimits::connections_max>.
template <auto First, auto... Rest>
inline constexpr auto kAt = setting_access<First, Rest...>(First);

template <typename Owner>
struct Setting {
  std::string_view name;        ///< the flag without its dashes: "allow-origin"
  std::string_view value_name;  ///< what the value is, with its unit; empty for a toggle; LIST: texts with commas between them
  SettingAccess<Owner> access;
  Accepts accepts;
  SettingChange change;
  std::string_view help;           ///< one or more sentences
  std::string_view fallback = {};  ///< the default in words, where its value does not say it
  std::string_view member = {};    ///< of Owner, where it is not `name` with underscores: "limits.ping_timeout_ms"
};

/// Returns what is wrong with a text as a value of a setting; no value: it is valid.
[[nodiscard]] std::optional<SettingError> fault_of_value(SettingKind kind, const Accepts& accepts, const std::string& text);

/// The member of Owner that has the value: "allow_origin" of "allow-origin".
[[nodiscard]] std::string member_name(std::string_view setting_name, std::string_view member);

}  // namespace dialogue
