// Records in the chain which personal values an erasure removed: the sequences of their records, never whose they were. With
// this `verify` distinguishes an erasure from rows that were deleted by hand. The form is stored on disks, so it never changes.
// Pure.
#pragma once
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "server/audit/audit_record.hpp"

namespace dialogue::audit {

inline constexpr std::string_view kValuesErased = "values_erased";

/// How many values of each record.
using ErasedValues = std::map<std::uint64_t, std::uint64_t>;

/// The entries that record them, as many as they need: "3-7*2,9" is two values of each record from 3 to 7, and one of record 9.
[[nodiscard]] std::vector<AuditEntry> erasure_entries(const ErasedValues& erased);
/// The values in such an entry's record. Unreadable parts are ignored, and there are at most `records_max` records.
[[nodiscard]] ErasedValues erased_values_in(std::string_view record_text, std::uint64_t records_max);

}  // namespace dialogue::audit
