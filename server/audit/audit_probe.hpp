// Whether a server could write an audit at a place, said before anything is made there: by `dialogue check`, and by a start,
// which leaves no file behind when it is refused. Makes and changes nothing on the disk. Any thread.
#pragma once
#include <string>

namespace dialogue::audit {

/// Throws AuditError, in words that say what to do, where there is no file at `path`, and none can be made. Before
/// check_key_place(): a key is beside its audit where no other place is named.
void check_path(const std::string& path);

/// The same where SigningKey::open(path) could not read a key or make one.
void check_key_place(const std::string& path);

/// The same where AuditFile(path, key_path) could not begin an audit or go on with it, though the key can be read or made.
void check_audit_place(const std::string& path, const std::string& key_path);

}  // namespace dialogue::audit
