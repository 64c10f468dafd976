// See drain_receipt.hpp. A session in the file is 16 hexadecimal digits, a colon and its time; sessions are separated by spaces.
#include "server/embed/drain/drain_receipt.hpp"

#include <array>
#include <charconv>
#include <span>

#include "shared/base/hex.hpp"
#include "shared/base/sha256.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kFileVersion = 1;
constexpr std::size_t kFingerprintDigits = 16;

struct Member {
  std::string_view name;
  std::uint64_t DrainReceipt::*value;
};

constexpr std::array kMembers = {
    Member{"begunUnixMs", &DrainReceipt::begun_unix_ms},
    Member{"tookMs", &DrainReceipt::took_ms},
    Member{"pauseMs", &DrainReceipt::pause_ms},
    Member{"spreadMs", &DrainReceipt::spread_ms},
    Member{"notified", &DrainReceipt::notified},
    Member{"resumable", &DrainReceipt::resumable},
    Member{"cut", &DrainReceipt::cut},
    Member{"resumed", &DrainReceipt::resumed},
    Member{"rooms", &DrainReceipt::rooms},
    Member{"lost", &DrainReceipt::lost},
    Member{"repeated", &DrainReceipt::repeated},
    Member{"gapMsMax", &DrainReceipt::gap_ms_max},
};

std::string with_underscores(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper) text += '_';
    text += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

/// Removes the number at the start of `text` and stores it in `number`; returns false if `text` begins with no number.
template <typename Number>
bool take_number(std::string_view& text, Number& number, int base) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (fault != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool read_sessions(std::string_view text, DrainedSessions& sessions) {
  while (!text.empty()) {
    std::uint64_t fingerprint = 0;
    std::uint32_t left_ms = 0;
    if (!take_number(text, fingerprint, 16) || !text.starts_with(':')) return false;
    text.remove_prefix(1);
    if (!take_number(text, left_ms, 10)) return false;
    if (sessions.size() < kDrainSessionsMax) sessions.emplace(fingerprint, left_ms);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  return true;
}

bool read_receipt(JsonReader& json, DrainReceipt& receipt) {
  std::string key;
  if (!json.enter_object()) return false;
  while (json.next_key(key)) {
    bool is_read = key == "complete" && json.read_boolean(receipt.is_complete);
    for (const Member& member : kMembers)
      if (member.name == key) is_read = json.read_integer(receipt.*member.value);
    if (!is_read) return false;
  }
  return !json.failed();
}

}  // namespace

std::uint64_t fingerprint_of_secret(std::string_view secret) {
  constexpr std::size_t kBytes = 8;
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
  std::uint64_t fingerprint = 0;
  for (std::size_t i = 0; i < kBytes; ++i) fingerprint = fingerprint << 8 | digest[i];
  return fingerprint;
}

std::string receipt_json(const DrainReceipt& receipt) {
  JsonText text;
  for (const Member& member : kMembers) text.number(member.name, receipt.*member.value);
  return text.flag("complete", receipt.is_complete).take();
}

std::string receipt_fields(const DrainReceipt& receipt, std::string_view message) {
  JsonText text;
  text.text("message", message);
  for (const Member& member : kMembers) text.number(with_underscores(member.name), receipt.*member.value);
  return text.flag("complete", receipt.is_complete).take();
}

std::string drain_file_text(const DrainReceipt& receipt, const DrainedSessions& sessions) {
  std::string listed;
  for (const auto& [fingerprint, left_ms] : sessions) {
    if (!listed.empty()) listed += ' ';
    append_hex(listed, fingerprint, kFingerprintDigits);
    listed.append(":").append(std::to_string(left_ms));
  }
  return JsonText().number("version", kFileVersion).raw("receipt", receipt_json(receipt)).text("sessions", listed).take() + "\n";
}

bool read_drain_file(std::string_view text, DrainReceipt& receipt, DrainedSessions& sessions) {
  JsonReader json(text);
  std::string key, listed;
  std::uint64_t version = 0;
  if (!json.enter_object()) return false;
  while (json.next_key(key)) {
    const bool is_read = key == "version"    ? json.read_integer(version)
                         : key == "receipt"  ? read_receipt(json, receipt)
                         : key == "sessions" ? json.read_string(listed)
                                             : json.skip();
    if (!is_read) return false;
  }
  return json.at_end() && version == kFileVersion && read_sessions(listed, sessions);
}

}  // namespace dialogue
