// The kinds of stores that an address can name, as rows: a kind is its scheme, how its address is read, what it has beside
// itself, and how it is opened. A new kind is a new row of store_kinds(), and no other code asks which kind there is.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::store {

struct StoreOptions {
  std::optional<std::uint64_t> seed;  ///< of epochs; instead of chance
  /// Receives warnings for an operator, on any thread; may be empty.
  std::function<void(const std::string&)> warn;
  std::function<void(const std::string&)> note = {};  ///< the same, where all is well
  /// Reads and follows beside the process that writes the database, which must be of this version; sqlite only. What would
  /// write is answered `stale`.
  bool reads_only = false;
  /// The URL of a bus that carries announcements between servers; postgres only. Empty: the database does.
  std::string bus = {};
};

struct StoreKind {
  std::vector<std::string_view> schemes;
  std::string_view form;  ///< of its addresses, for people
  /// Whether logs outlive the process. If not, each shard has its own.
  bool is_durable = true;
  /// Returns the database's file for a URL of this kind; empty: it has none. Throws StoreError for a malformed address.
  std::string (*file_of)(std::string_view url);
  /// The endings of the names of files that are written beside the store's file.
  std::vector<std::string_view> endings{};
  /// Checks the address and its place without changing anything. Throws StoreError.
  void (*check)(std::string_view url);
  std::unique_ptr<Store> (*open)(std::string_view url, const StoreOptions& options);
  /// Several servers may write it, so it can be the store of a cluster.
  bool can_be_shared = false;
  bool takes_bus = false;  ///< StoreOptions::bus
};

[[nodiscard]] std::span<const StoreKind> store_kinds();

}  // namespace dialogue::store
