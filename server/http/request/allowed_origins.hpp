// The origins whose pages may connect beside the server's own; they may be replaced while the server runs. Safe from any thread.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace dialogue::http {

class AllowedOrigins {
 public:
  using Origins = std::shared_ptr<const std::vector<std::string>>;

  [[nodiscard]] Origins get() const {
    const std::lock_guard lock(mutex_);
    return origins_;
  }
  void set(std::vector<std::string> origins) {
    auto replacement = std::make_shared<const std::vector<std::string>>(std::move(origins));
    const std::lock_guard lock(mutex_);
    origins_ = std::move(replacement);
  }

 private:
  mutable std::mutex mutex_;
  Origins origins_ = std::make_shared<const std::vector<std::string>>();
};

}  // namespace dialogue::http
