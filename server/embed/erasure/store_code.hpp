// A store's status as an error code. Pure.
#pragma once
#include "server/store/store.hpp"
#include "shared/base/errors.hpp"

namespace dialogue {

[[nodiscard]] inline ErrorCode code_of(core::StoreStatus status) {
  switch (status) {
    case core::StoreStatus::ok:
      return ErrorCode::ok;
    case core::StoreStatus::full:
      return ErrorCode::store_full;
    case core::StoreStatus::damaged:
      return ErrorCode::history_damaged;
    default:
      return ErrorCode::store_unavailable;
  }
}

}  // namespace dialogue
