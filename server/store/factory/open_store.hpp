// From the text of `--store` to a store. Used while a server starts.
//
//   const std::unique_ptr<Store> store = open_store("sqlite:./dialogue.db");  // throws StoreError
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/store/store.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {

/// Where logs are kept: "memory:" with the process, "sqlite:PATH" in a file.
struct StoreAddress {
  enum class Kind : std::uint8_t { memory, sqlite };
  Kind kind = Kind::memory;
  std::string path;  ///< of sqlite
};

/// Throws StoreError for anything else, naming what there is.
[[nodiscard]] StoreAddress parse_store_address(std::string_view url);

struct StoreOptions {
  std::optional<std::uint64_t> seed;  ///< of epochs; instead of chance
  /// Told what an operator should know, on any thread; may be empty.
  std::function<void(const std::string&)> warn;
  std::function<void(const std::string&)> note = {};  ///< the same, where all is well
  /// Reads and follows beside the process that writes the database, which must be of this version; sqlite only. What would
  /// write is answered `stale`.
  bool reads_only = false;
};

/// Throws StoreError where open_store() would find the address wrong, its directory missing, the database out of reach, or no
/// store's database of a version that is known. Opens it for reading at most: also while a server has it.
void check_store(std::string_view url);

/// Opens the store, for calls from any thread; throws StoreError.
[[nodiscard]] std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options = {});

}  // namespace dialogue::store
