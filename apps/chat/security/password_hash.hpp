// Argon2id hashes of passwords, as PHC strings. Each call takes about 0.1 s and 64 MiB. Safe from any thread.
#pragma once
#include <string>
#include <string_view>

namespace chat {

/// The hash of a password with a new salt. Throws std::runtime_error where there is no memory for it.
[[nodiscard]] std::string hash_password(std::string_view password);

/// Whether the password has this hash.
[[nodiscard]] bool fits_password(std::string_view password, const std::string& hash);

/// A hash that no password has. Checking against it takes as long as against a true one.
[[nodiscard]] const std::string& hash_of_nobody();

}  // namespace chat
