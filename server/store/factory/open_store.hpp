// From the text of `--store` to a store. Used while a server starts.
//
//   const std::unique_ptr<Store> store = open_store("sqlite:./dialogue.db");  // throws StoreError
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/factory/store_kind.hpp"
#include "server/store/store.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {

/// The forms of addresses of all stores, or of those that servers can share: "postgres://USER@HOST/DATABASE or redis://HOST".
/// "memory:" is the last.
[[nodiscard]] std::string store_forms(bool shared_only = false);

/// What an address may be, as advice.
[[nodiscard]] std::string store_advice();

/// The address of a store.
struct StoreAddress {
  bool is_durable = true;             ///< false: with the process
  std::string file{};                 ///< the database's; empty: it has none
  std::vector<std::string> beside{};  ///< files that are written beside it
  bool can_be_shared = false;         ///< several servers may write it
  bool takes_bus = false;             ///< StoreOptions::bus may be set
};

/// Parses the address of a store. Throws StoreError, which lists the kinds of stores, for any other address.
[[nodiscard]] StoreAddress parse_store_address(std::string_view url);

/// Throws StoreError if open_store() would find the address malformed, its directory missing, the database out of reach, or not a
/// store's database of a known version. Opens it for reading at most, so it works while a server has it open.
void check_store(std::string_view url);

/// Opens the store, for calls from any thread; throws StoreError.
[[nodiscard]] std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options = {});

}  // namespace dialogue::store
