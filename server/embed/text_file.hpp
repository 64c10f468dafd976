// Reading a file whole while a program starts, and writing one whole.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace dialogue {

/// Returns the file's bytes. Throws SetupError if it cannot be read or is larger than `bytes_max`.
[[nodiscard]] std::string read_text_file(const std::string& path, std::size_t bytes_max);

/// Like read_text_file(), but for a file that is read again while the server runs, such as one of keys: also throws if it is not
/// a regular file, since a reload would wait for a pipe. `advice`: what else the operator can do.
[[nodiscard]] std::string read_regular_file(const std::string& path, std::size_t bytes_max, const std::string& advice = {});

/// Replaces the file, which only this user may read, by `text`: written under another name first, so that it is never visible
/// in part. Returns the error as text; empty: no error.
[[nodiscard]] std::string replace_text_file(const std::string& path, std::string_view text);

/// Returns, as text, why replace_text_file(path) would fail now; empty: it would succeed.
[[nodiscard]] std::string fault_of_replacing(const std::string& path);

}  // namespace dialogue
