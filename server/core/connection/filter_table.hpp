// The filters of a shard's members, shared by equal ones: the filter of a member's JOIN becomes the same object for the same
// text, so that an event is evaluated once. Entries without members are evicted when the table has doubled. Used by its shard
// only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "server/core/messages/event_filter.hpp"

namespace dialogue::core {

class FilterTable {
 public:
  /// `fields` outlives it.
  explicit FilterTable(const FilterFields& fields) : fields_(fields) {}

  /// request_invalid when it cannot be.
  [[nodiscard]] std::variant<std::shared_ptr<SharedFilter>, Error> read(const std::string& json) {
    if (const auto found = filters_.find(json); found != filters_.end())
      if (auto filter = found->second.lock()) return filter;
    auto read = EventFilter::read(json, fields_);
    if (Error* fault = std::get_if<Error>(&read)) return std::move(*fault);
    evict();
    auto filter = std::make_shared<SharedFilter>(std::get<EventFilter>(std::move(read)));
    filters_[json] = filter;
    return filter;
  }
  [[nodiscard]] std::size_t size() const { return filters_.size(); }

 private:
  static constexpr std::size_t kEvictedFrom = 64;

  void evict() {
    if (filters_.size() < evict_at_) return;
    std::erase_if(filters_, [](const auto& each) { return each.second.expired(); });
    evict_at_ = std::max(kEvictedFrom, filters_.size() * 2);
  }

  const FilterFields& fields_;
  std::map<std::string, std::weak_ptr<SharedFilter>> filters_;  ///< by text; at most twice as many as there are members with one
  std::size_t evict_at_ = kEvictedFrom;
};

}  // namespace dialogue::core
