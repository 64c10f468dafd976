// Whether a server could write an audit at a place, said before anything is made there: by `dialogue check`, and by a start,
// which leaves no file behind when it is refused. Makes and changes nothing on the disk. Any thread.
#pragma once
#include <string>

namespace dialogue::audit {

/// Throws AuditError, in words that say what to do, where there is no file at `path`, and none can be made. Before
/// check_key_place(): a key is beside its audit where no other place is named.
void check_path(const std::string& path);

/// Throws AuditError if SigningKey::open(path) could neither read a key nor create one.
void check_key_place(const std::string& path);

/// Throws AuditError if AuditFile(path, key_path) could neither begin an audit nor continue one, although the key can be read or
/// created.
void check_audit_place(const std::string& path, const std::string& key_path);

}  // namespace dialogue::audit
