// Copies a store into an empty one: rooms with their epochs, sequences, records and producers, and the kept state. It uses the
// calls of Store, so both can be of any kind. Waits for each answer; no thread of its own.
//
//   const CopySummary summary = copy_store({*from, "dialogue.db"}, {*to, "postgres://db/dialogue"});  // throws StoreError
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "server/store/store.hpp"

namespace dialogue::store {

/// A store, and its address as it may be shown.
struct CopyEnd {
  Store& store;
  std::string name;
};

struct CopySummary {
  std::uint64_t rooms = 0, events = 0, bytes = 0;  ///< bytes: of payloads
  std::uint64_t producers = 0;
  std::uint64_t kept = 0;  ///< entries of the kept state
};

struct CopyProgress {
  std::uint64_t rooms = 0, rooms_all = 0, events = 0;
  bool is_verifying = false;
};

/// Copies all of `from`, then compares both. While it runs, and after it failed, `to` has an entry of KeptKind::copying.
/// `report` is called after each room, and may be empty. No other program may write either store meanwhile: the
/// comparison finds a room that changed.
///
/// Throws StoreError if `from` is empty, damaged or an incomplete copy, if `to` is not empty, and if a store fails.
[[nodiscard]] CopySummary copy_store(const CopyEnd& from, const CopyEnd& to,
                                     const std::function<void(const CopyProgress&)>& report = {});

}  // namespace dialogue::store
