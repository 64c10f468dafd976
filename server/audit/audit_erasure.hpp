// Erasing a user from an audit: receipts, the personal values of records about the user, and values that name the user, in steps
// of bounded size. Then the files are searched for the user's id. The chain records which values went; its text stays, and places
// in it that have the id are counted, too. Blocking: not for the thread of the audit's writer.
//
//   AuditFile file("audit.db", {});
//   const AuditErasure erasure = erase_from_audit("audit.db", "ann", [&](const auto& use) { use(file); return true; });
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/audit/audit_file.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::audit {

struct AuditErasure {
  bool is_done = false;        ///< false: the file could not be written or read, and some may be left
  std::uint64_t values = 0;    ///< that were forgotten: personal values and receipts
  std::uint64_t mentions = 0;  ///< how often the id stands in what is not forgotten: the chain's text, others' values
  bool is_log_empty = true;    ///< the write-ahead log was emptied
  std::vector<store::ScrubbedFile> files{};  ///< but those of keys
  bool is_clean = false;                     ///< nothing of the user is left in the files
};

/// A function that runs `use` with the audit's file, where it may be used, and returns whether that succeeded.
using UseAudit = std::function<bool(const std::function<void(AuditFile&)>& use)>;

/// `deleted_rooms`: that were named after the user; receipts of them go.
[[nodiscard]] AuditErasure erase_from_audit(const std::string& path, const std::string& user_id, const UseAudit& use_audit,
                                            const std::vector<std::string>& deleted_rooms = {});

}  // namespace dialogue::audit
