// What the auction house knows: its users and its lots. Handlers of several clients run at the same time, so it has a lock.
#pragma once
#include <dialogue/dialogue.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace auction {

/// What clients come with.
struct Auth {
  std::string key;
};

/// The answers that they get.
struct Price {
  int price = 0;
  dialogue::nullable<std::string> bidder;
};
struct Failure {
  std::string error;
};
struct Size {
  std::size_t bytes = 0;
};
struct Reply {
  dialogue::any_json reply;
};

struct Lot {
  std::string seller;
  Price price;
  std::optional<dialogue::bytes> picture;
};

class House {
 public:
  /// The user whose key this is.
  [[nodiscard]] static std::optional<std::string> user_of(const std::string& key) {
    static const std::map<std::string, std::string> users = {{"key-ann", "ann"}, {"key-bob", "bob"}, {"key-cas", "cas"}};
    const auto found = users.find(key);
    return found == users.end() ? std::nullopt : std::optional(found->second);
  }

  /// A copy, or nothing when there is no such lot.
  [[nodiscard]] std::optional<Lot> lot(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = lots_.find(name);
    return found == lots_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Why not, or nothing: the bid counts.
  [[nodiscard]] std::optional<Failure> bid(const std::string& name, int price, const std::string& user) {
    const std::lock_guard lock(mutex_);
    const auto found = lots_.find(name);
    if (found == lots_.end()) return Failure{"there is no such lot"};
    if (price <= found->second.price.price) return Failure{"others bid more"};
    found->second.price = {price, user};
    return std::nullopt;
  }

  void set_picture(const std::string& name, dialogue::bytes picture) {
    const std::lock_guard lock(mutex_);
    lots_.at(name).picture = std::move(picture);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Lot> lots_ = {{"vase", {"ann", {10, nullptr}, {}}}, {"lamp", {"bob", {20, nullptr}, {}}}};
};

}  // namespace auction

template <>
inline constexpr auto dialogue::describe<auction::Auth> = dialogue::fields(dialogue::field<&auction::Auth::key>("key"));
template <>
inline constexpr auto dialogue::describe<auction::Price> = dialogue::fields(dialogue::field<&auction::Price::price>("price"),
                                                                            dialogue::field<&auction::Price::bidder>("bidder"));
template <>
inline constexpr auto dialogue::describe<auction::Failure> = dialogue::fields(dialogue::field<&auction::Failure::error>("error"));
template <>
inline constexpr auto dialogue::describe<auction::Size> = dialogue::fields(dialogue::field<&auction::Size::bytes>("bytes"));
template <>
inline constexpr auto dialogue::describe<auction::Reply> = dialogue::fields(dialogue::field<&auction::Reply::reply>("reply"));
