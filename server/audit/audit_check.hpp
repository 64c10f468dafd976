// Verifies an audit: every hash, every personal value, every signature, and that no record is missing in between or, as far as
// a signature proves it, at the end. Reads the file through a separate connection, while a server may write. Blocking.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "server/audit/audit_file.hpp"

namespace dialogue::audit {

inline constexpr std::size_t kAuditFaultsMax = 10;  ///< that are reported; then the check ends

struct AuditVerdict {
  std::vector<std::string> faults{};  ///< sentences without a full stop; none: all is as it was written
  std::uint64_t records = 0, first = 0, last = 0, checkpoints = 0, signed_up_to = 0;
  std::uint64_t values = 0, erased_values = 0;  ///< personal
  bool was_cut = false;
  std::string head;        ///< the newest record's hash, in hex
  std::string public_key;  ///< in hex: what the signatures were checked with
};

/// `public_key`: 32 bytes that the signatures are to be of; empty: the file's own, which only says that one key signed all of it.
[[nodiscard]] AuditVerdict check_audit(const std::string& path, const std::string& public_key);

}  // namespace dialogue::audit
