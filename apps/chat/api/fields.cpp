// See fields.hpp. This file carries Boost.JSON's own sources.
#include "apps/chat/api/fields.hpp"

#include <boost/json/src.hpp>

#include "apps/chat/domain/text.hpp"
#include "apps/chat/security/random.hpp"

namespace chat {
namespace {

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

}  // namespace

void refuse(FaultCode code, std::string message, std::string path) { throw Refused({code, std::move(message), std::move(path)}); }

const boost::json::value* Fields::find(std::string_view name) {
  known_.emplace(name);
  const boost::json::value* value = object_.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

std::optional<std::string> Fields::optional_text(std::string_view name, std::size_t bytes_max) {
  const boost::json::value* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) refuse(FaultCode::invalid_request, quoted(name) + " must be a text.", std::string(name));
  const auto& text = value->get_string();
  if (text.size() > bytes_max)
    refuse(FaultCode::invalid_request, quoted(name) + " is longer than " + std::to_string(bytes_max) + " bytes.",
           std::string(name));
  return std::string(text);
}

std::string Fields::text(std::string_view name, std::size_t bytes_max) {
  auto text = optional_text(name, bytes_max);
  if (!text) refuse(FaultCode::invalid_request, quoted(name) + " is missing.", std::string(name));
  return std::move(*text);
}

std::string Fields::id(std::string_view name) {
  std::string text = this->text(name, 64);
  if (!is_uuid(text)) refuse(FaultCode::invalid_request, quoted(name) + " is not an id.", std::string(name));
  return text;
}

std::vector<std::string> Fields::ids(std::string_view name, std::size_t count_max) {
  const boost::json::value* value = find(name);
  if (!value || !value->is_array())
    refuse(FaultCode::invalid_request, quoted(name) + " must be a list of ids.", std::string(name));
  if (value->get_array().size() > count_max)
    refuse(FaultCode::invalid_request, quoted(name) + " has more than " + std::to_string(count_max) + " ids.", std::string(name));
  std::vector<std::string> ids;
  for (const auto& each : value->get_array()) {
    if (!each.is_string() || !is_uuid(each.get_string()))
      refuse(FaultCode::invalid_request, quoted(name) + " has something that is not an id.", std::string(name));
    ids.emplace_back(each.get_string());
  }
  return ids;
}

namespace {

constexpr std::int64_t kSafeMax = (std::int64_t{1} << 53) - 1;

std::optional<std::uint64_t> number_of(const boost::json::value* value) {
  if (!value || !value->is_int64() || value->get_int64() < 0 || value->get_int64() > kSafeMax) return std::nullopt;
  return static_cast<std::uint64_t>(value->get_int64());
}

}  // namespace

std::uint64_t Fields::number(std::string_view name) {
  const auto number = number_of(find(name));
  if (!number) refuse(FaultCode::invalid_request, quoted(name) + " must be a whole number from 0 on.", std::string(name));
  return *number;
}

std::vector<std::uint64_t> Fields::numbers(std::string_view name, std::size_t count_max) {
  const boost::json::value* value = find(name);
  if (!value || !value->is_array() || value->get_array().size() > count_max)
    refuse(FaultCode::invalid_request, quoted(name) + " must be a list of at most " + std::to_string(count_max) + " numbers.",
           std::string(name));
  std::vector<std::uint64_t> numbers;
  for (const auto& each : value->get_array()) {
    const auto number = number_of(&each);
    if (!number) refuse(FaultCode::invalid_request, quoted(name) + " has something that is not a number.", std::string(name));
    numbers.push_back(*number);
  }
  return numbers;
}

bool Fields::flag(std::string_view name, bool otherwise) {
  const boost::json::value* value = find(name);
  if (!value) return otherwise;
  if (!value->is_bool()) refuse(FaultCode::invalid_request, quoted(name) + " must be true or false.", std::string(name));
  return value->get_bool();
}

void Fields::finish() const {
  for (const auto& member : object_)
    if (!known_.contains(std::string_view(member.key())))
      refuse(FaultCode::invalid_request, quoted(member.key()) + " is not a member of this request.", std::string(member.key()));
}

std::string visible_line(std::string_view raw, std::string_view name, std::size_t chars_max, bool may_be_empty) {
  TextResult result = one_line(raw, chars_max, may_be_empty);
  if (const auto* fault = std::get_if<std::string_view>(&result))
    refuse(FaultCode::invalid_request,
           quoted(name) + " " + std::string(*fault) + ". It may have " + std::to_string(chars_max) + " characters on one line.",
           std::string(name));
  return std::get<std::string>(std::move(result));
}

}  // namespace chat
