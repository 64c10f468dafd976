// Each loop's translations. of() is for any loop's thread; what it gives is that loop's own.
#pragma once
#include <map>
#include <memory>
#include <mutex>

#include "server/transport/sse/sse_texts.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class SseLoopTexts {
 public:
  /// `catalogue` outlives it.
  explicit SseLoopTexts(const CatalogueView& catalogue) : catalogue_(catalogue) {}

  /// As long as this lives.
  [[nodiscard]] SseTexts& of(const loop::ShardLoop& loop) {
    const std::lock_guard lock(mutex_);
    auto& texts = texts_[&loop];
    if (!texts) texts = std::make_unique<SseTexts>(catalogue_);
    return *texts;
  }

 private:
  const CatalogueView& catalogue_;
  std::mutex mutex_;
  std::map<const loop::ShardLoop*, std::unique_ptr<SseTexts>> texts_;  ///< as many as the server has loops
};

}  // namespace dialogue::transport
