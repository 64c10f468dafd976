// The members of a request's JSON object, checked as they are read: type, bounds, and that there is no other member.
#pragma once
#include <boost/json/object.hpp>
#include <cstddef>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/domain/fault.hpp"

namespace chat {

/// Ends a call with a refusal; api/http_routes.cpp makes the response of it.
class Refused : public std::exception {
 public:
  explicit Refused(Fault fault, bool ends_cookie = false) : fault_(std::move(fault)), ends_cookie_(ends_cookie) {}
  [[nodiscard]] const Fault& fault() const { return fault_; }
  /// Whether the browser's refresh cookie is worth nothing any more.
  [[nodiscard]] bool ends_cookie() const { return ends_cookie_; }
  [[nodiscard]] const char* what() const noexcept override { return fault_.message.c_str(); }

 private:
  Fault fault_;
  bool ends_cookie_;
};

[[noreturn]] void refuse(FaultCode code, std::string message, std::string path = {});

/// Reads an object, and throws Refused (invalid_request) for what is missing, of another type or out of bounds.
class Fields {
 public:
  explicit Fields(const boost::json::object& object) : object_(object) {}

  [[nodiscard]] std::string text(std::string_view name, std::size_t bytes_max);
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name, std::size_t bytes_max);
  /// A UUID, as ids of users, rooms and sessions are.
  [[nodiscard]] std::string id(std::string_view name);
  [[nodiscard]] std::vector<std::string> ids(std::string_view name, std::size_t count_max);
  /// A whole number from 0 on, exact in JSON.
  [[nodiscard]] std::uint64_t number(std::string_view name);
  [[nodiscard]] std::vector<std::uint64_t> numbers(std::string_view name, std::size_t count_max);
  [[nodiscard]] bool has(std::string_view name) { return find(name) != nullptr; }
  [[nodiscard]] bool flag(std::string_view name, bool otherwise);
  /// Refuses members that were not read.
  void finish() const;

 private:
  [[nodiscard]] const boost::json::value* find(std::string_view name);

  const boost::json::object& object_;
  std::set<std::string, std::less<>> known_;
};

/// `raw` as one line of visible text of at most `chars_max` characters (domain/text.hpp), or Refused.
[[nodiscard]] std::string visible_line(std::string_view raw, std::string_view name, std::size_t chars_max,
                                       bool may_be_empty = false);

}  // namespace chat
