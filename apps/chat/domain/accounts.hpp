// The rules of accounts: what a user may be called, and which passwords are accepted. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/chat/domain/fault.hpp"

namespace chat {

inline constexpr std::size_t kUserNameCharsMin = 3, kUserNameCharsMax = 32;
inline constexpr std::size_t kDisplayNameCharsMax = 64;
inline constexpr std::size_t kPasswordBytesMin = 10, kPasswordBytesMax = 1024;
inline constexpr std::size_t kPasswordDistinctMin = 5;  ///< different characters

/// A user name has ASCII letters, digits and underscores, and begins with a letter. So no two names differ only in characters of
/// scripts that look alike; names in other scripts are what display names are for.
[[nodiscard]] std::optional<Fault> fault_in_user_name(std::string_view name);

/// Without case: two users must differ in it.
[[nodiscard]] std::string key_of_user_name(std::string_view name);

/// How a name looks: those that can be mistaken for each other, as "Ivan" and "lvan", or "modern" and "rnodern", have the same.
/// Two users must differ in it.
[[nodiscard]] std::string skeleton_of_user_name(std::string_view name);

/// `password` as it was given. It may not be the user's name, nor one character over and over.
[[nodiscard]] std::optional<Fault> fault_in_password(std::string_view password, std::string_view user_name);

inline constexpr std::size_t kEmailBytesMax = 254, kEmailNameBytesMax = 64;
inline constexpr std::uint64_t kHueMax = 359;

/// An e-mail address: a name, "@", and a domain with a dot; no blanks and no control characters.
[[nodiscard]] std::optional<Fault> fault_in_email(std::string_view email);

}  // namespace chat
