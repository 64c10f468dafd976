// A record of the audit as text, and the chain of records: h(n) = SHA-256(tag, h(n - 1), record n). Personal values are in a
// record only as SHA-256(salt, value), so that value and salt can be erased while the chain still verifies. The text and the
// tags are stored on disks, so they never change. Pure but for the salts, which are arguments.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/audit/audit_crypto.hpp"

namespace dialogue::audit {

inline constexpr std::size_t kAuditFieldsMax = 16;       ///< of a record; more are left out
inline constexpr std::size_t kAuditValueBytesMax = 512;  ///< of a field; the rest is cut off
inline constexpr std::size_t kSaltBytes = 16;

struct AuditField {
  std::string name, value;
  bool is_personal = false;
  friend bool operator==(const AuditField&, const AuditField&) = default;
};

/// Something that happened, before it has a place in the chain.
struct AuditEntry {
  std::string action;
  std::vector<AuditField> fields{};

  AuditEntry& add(std::string name, std::string value, bool is_personal = false) {
    fields.push_back({std::move(name), std::move(value), is_personal});
    return *this;
  }
};

/// A personal value and the salt of its digest.
struct PersonalValue {
  std::string name, salt, value;
};

[[nodiscard]] Digest personal_digest(std::string_view salt, std::string_view value);

/// The record as JSON on one line: {"seq":7,"at":1700000000000,"action":"delete_room","fields":{...},"personal":{"user":"<hex>"}}
/// What could steer a terminal is escaped, so that the text can be printed byte by byte.
[[nodiscard]] std::string record_text(std::uint64_t seq, std::uint64_t at_ms, std::string_view action,
                                      const std::vector<AuditField>& fields, const std::vector<PersonalValue>& personal);
/// Returns the beginning of record_text() with a closing brace: everything that has a column of its own.
[[nodiscard]] std::string record_head(std::uint64_t seq, std::uint64_t at_ms, std::string_view action);

/// Returns the hash of a record in the chain. `before`: the hash of the previous record; zeros for the first one.
[[nodiscard]] Digest chained(const Digest& before, std::string_view record);

/// Returns the text that is signed for a checkpoint: the chain `id` had this hash at this sequence.
[[nodiscard]] std::string checkpoint_text(std::string_view id, std::uint64_t seq, std::uint64_t at_ms, const Digest& hash);
/// Returns the text that is signed for a cut: the same, and everything up to this sequence was removed.
[[nodiscard]] std::string cut_text(std::string_view id, std::uint64_t seq, std::uint64_t at_ms, const Digest& hash);

}  // namespace dialogue::audit
