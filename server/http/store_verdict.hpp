// Whether the store takes work, for /ready: asked at most once at a time, and not again while the answer is young, however many
// ask. So a burst of probes puts one question into the store's queue. Shared by all loops; safe from any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::http {

class StoreVerdict : public std::enable_shared_from_this<StoreVerdict> {
 public:
  /// An answer counts for `age_ms`; where the store is silent for `patience_ms`, who asks then is not kept waiting.
  StoreVerdict(std::shared_ptr<store::Store> store, std::uint64_t age_ms, std::uint64_t patience_ms);

  /// `done` gets the status: within the call where it is known, else on the store's thread.
  void ask(std::uint64_t now_ms, std::function<void(core::StoreStatus)> done);

  /// The maximum of probes that wait for one answer; one more is answered `busy`.
  static constexpr std::size_t kWaitingMax = 1024;

 private:
  void answered(core::StoreStatus status);

  const std::shared_ptr<store::Store> store_;
  const std::uint64_t age_ms_, patience_ms_;
  std::mutex mutex_;
  std::vector<std::function<void(core::StoreStatus)>> waiting_;
  core::StoreStatus status_ = core::StoreStatus::ok;
  std::uint64_t asked_ms_ = 0;
  bool is_asking_ = false, is_known_ = false;
};

}  // namespace dialogue::http
