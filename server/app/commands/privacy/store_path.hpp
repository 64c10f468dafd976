// How `dialogue erase` and `dialogue export` open a store: by the address that --store has, or by the path alone.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "server/core/log/room_log_types.hpp"
#include "server/store/store.hpp"

namespace dialogue::app {

/// The path of a SQLite database. Throws store::StoreError for a store of another kind, or where there is no such file.
[[nodiscard]] std::string database_path(std::string_view address);

/// Throws unless the status is ok: std::runtime_error with a sentence that says what to do.
void require_ok(core::StoreStatus status, const std::string& path);

/// For an option that names a user: what is wrong with it, or an empty text (CLI11's checks).
[[nodiscard]] std::string check_user_id(const std::string& text);

}  // namespace dialogue::app
