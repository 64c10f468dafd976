// Files: POST /chat/v1/files?room=ID&name=NAME takes the body as it comes, GET /chat/v1/files/ID gives it or a range of it. Their
// bytes are files of a directory, named by their ids; chat.db says whose they are. A page shows pictures by their address, so a
// download may bring the session's cookie instead of an access token.
#pragma once
#include <dialogue/dialogue.hpp>

#include <filesystem>

#include "apps/chat/api/http_routes.hpp"
#include "apps/chat/api/service.hpp"

namespace chat {

inline constexpr std::uint64_t kFileBytesMax = 25ULL << 20, kFilesPerUserBytesMax = 1ULL << 30, kFilesBytesMax = 20ULL << 30;

/// Adds the routes. `directory` exists; the rest outlives the server, which does not listen yet.
void add_file_routes(dialogue::Instance& server, Service& service, CallThreads& threads, const std::filesystem::path& directory);

/// Deletes the bytes of files that are gone, and of those that no message carried for a day. Safe from any thread.
void sweep_files(Service& service, const std::filesystem::path& directory);

}  // namespace chat
