// See kept_state.hpp. The keys are kept on disks: they never change.
#include "server/store/kept_state.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace dialogue::store {
namespace {

constexpr char kExact = '0';  ///< before the number of a revocation whose time is exact: earlier versions read the number

/// Removes and returns the number before a colon, with the colon. Nothing without one.
std::optional<std::uint64_t> take_number_and_colon(std::string_view& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc() || at == end || *at != ':') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()) + 1);
  return number;
}

}  // namespace

std::string room_entry_key(const core::RoomKey& key) { return key.tenant + "/" + key.room; }

KeptChange kept_change(const core::KeptRevocation& revocation) {
  const core::Revocation& what = revocation.what;
  std::string key = what.is_exact ? std::string(1, kExact) : std::string();
  key += std::to_string(what.issued_before_s) + ":" + std::to_string(what.user_id.size()) + ":";
  return {KeptKind::revocation, std::move(key) + what.user_id + what.token_id, std::string(), revocation.forget_at_s};
}

std::vector<std::string> rooms_defined_for(const std::vector<KeptEntry>& rooms, const std::string& user_id) {
  std::vector<std::string> named;
  for (const KeptEntry& entry : rooms) {
    const std::string room = entry.key.substr(entry.key.find('/') + 1);
    if (!entry.is_removed && is_named_after(room, user_id) && !is_room_of({{}, room}, user_id)) named.push_back(room);
  }
  return named;
}

KeptChange kept_change(const core::KeptRoom& room) { return {KeptKind::room, room_entry_key(room.key), room.definition}; }

std::optional<core::KeptRevocation> revocation_of(const KeptEntry& entry) {
  std::string_view rest = entry.key;
  const bool is_exact = rest.starts_with(kExact) && !rest.starts_with("0:");
  const auto issued_before_s = take_number_and_colon(rest), user_bytes = take_number_and_colon(rest);
  if (entry.is_damaged || !issued_before_s || !user_bytes || *user_bytes > rest.size()) return std::nullopt;
  core::Revocation what{std::string(rest.substr(*user_bytes)), std::string(rest.substr(0, *user_bytes)), *issued_before_s,
                        is_exact};
  return core::KeptRevocation{std::move(what), entry.expires_s};
}

KeptChange kept_change(const ErasedRoom& erased) {
  const std::uint64_t first = erased.sequences.empty() ? 0 : erased.sequences.front().first;
  std::string key = std::to_string(erased.epoch) + ":" + std::to_string(first) + ":" + room_entry_key(erased.room), value;
  for (const core::SeqRange& range : erased.sequences)
    value.append(std::to_string(range.first)).append(":").append(std::to_string(range.last)).append(":");
  return {KeptKind::notice, std::move(key), std::move(value)};
}

std::optional<ErasedRoom> notice_of(const KeptEntry& entry) {
  std::string_view rest = entry.key, ranges = entry.value;
  const auto epoch = take_number_and_colon(rest), first = take_number_and_colon(rest);
  if (entry.is_damaged || !epoch || !first) return std::nullopt;
  KeptEntry named;
  named.key = rest;
  ErasedRoom erased{room_of(named).key, *epoch};
  erased.notice = entry.key;
  while (!ranges.empty()) {
    const auto from = take_number_and_colon(ranges), to = take_number_and_colon(ranges);
    if (!from || !to) return std::nullopt;
    erased.sequences.push_back({*from, *to});
  }
  return erased;
}

std::uint64_t revocations_of(const std::vector<KeptEntry>& entries, std::string_view user_id) {
  return static_cast<std::uint64_t>(std::count_if(entries.begin(), entries.end(), [&](const KeptEntry& entry) {
    const auto revocation = revocation_of(entry);
    return revocation && revocation->what.user_id == user_id;
  }));
}

core::KeptRoom room_of(const KeptEntry& entry) {
  const std::size_t slash = entry.key.find('/');
  if (slash == std::string::npos) return {{{}, entry.key}, {}};
  return {{entry.key.substr(0, slash), entry.key.substr(slash + 1)}, entry.value};
}

}  // namespace dialogue::store
