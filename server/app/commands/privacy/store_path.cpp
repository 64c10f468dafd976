// See store_path.hpp.
#include "server/app/commands/privacy/store_path.hpp"

#include <filesystem>
#include <stdexcept>

#include "server/core/access/identity.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/store_error.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::app {
namespace {

const char* reason_of(core::StoreStatus status) {
  switch (status) {
    case core::StoreStatus::full:
      return "the disk is full. Make space, then run the command again.";
    case core::StoreStatus::busy:
      return "the database was busy for too long. Run the command again.";
    case core::StoreStatus::damaged:
      return "the database is damaged. Run `dialogue store check`.";
    default:
      return "the database cannot be written. Run `dialogue store check`.";
  }
}

}  // namespace

std::string check_user_id(const std::string& text) {
  return core::is_user_id(text) ? std::string() : "this is not a user id: 1 to 128 bytes of UTF-8, and not \"system\"";
}

std::string database_path(std::string_view address) {
  const bool is_address = address.find(':') != std::string_view::npos && !std::filesystem::exists(std::string(address));
  std::string path(address);
  if (is_address) {
    const store::StoreAddress parsed = store::parse_store_address(address);
    if (!parsed.is_durable)
      throw store::StoreError(path, "a memory store ends with its server.", "Use the HTTP API of that server.");
    if (parsed.file.empty())
      throw store::StoreError(shown_url(path), "this command works on a database that is a file.",
                              "Use the HTTP API of a server.");
    path = parsed.file;
  }
  if (!std::filesystem::exists(path))
    throw store::StoreError(path, "the database does not exist.", "Use the path of the server's --store.");
  return path;
}

void require_ok(core::StoreStatus status, const std::string& path) {
  if (status != core::StoreStatus::ok) throw std::runtime_error(path + ": " + reason_of(status));
}

}  // namespace dialogue::app
