// Stores for the rooms' logs: the built-in ones, and the base class for your own.
//
//   config.store = dialogue::open_store("sqlite:./chat.db");  // throws dialogue::StoreError
// docs/guides/stores.md compares the stores and states the contract for your own.
#pragma once
#include "server/core/log/producer_ring.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/memory/memory_store.hpp"
#include "server/store/store.hpp"
#include "server/store/store_error.hpp"

namespace dialogue {

using core::LogPage, core::LogRecord, core::LogTrimmed, core::PayloadHash, core::ProducerDelta, core::ProducerReceipt,
    core::ProducerState, core::ReadPurpose, core::ReadRange, core::RoomKey, core::RoomLogState, core::RoomOpened, core::RoomWrite,
    core::SeqRange, core::StoreStatus, core::TrimLog;
using store::FollowHandle, store::FollowResult, store::FollowStart, store::FollowStatus, store::FollowWakeUp, store::KeptChange,
    store::KeptEntry, store::KeptKind, store::KeptList, store::KeptQuery, store::KeptWrite, store::LogHead, store::MemoryStore,
    store::Store, store::StoreError, store::open_store;

}  // namespace dialogue
