// See redis_address.hpp.
#include "server/store/redis/connection/redis_address.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "server/store/engine/address_text.hpp"
#include "server/store/store_error.hpp"
#include "shared/base/percent.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kPrefixBytesMax = 64;
constexpr const char* kRedisExample = "Use for example \"redis://redis.example.com:6379\".";

[[noreturn]] void refuse(const RedisAddress& address, const std::string& fault, const char* advice = kRedisExample) {
  throw StoreError(address.shown, fault, advice);
}

bool is_prefix(std::string_view text) {
  return !text.empty() && text.size() <= kPrefixBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.:").find(c) != std::string_view::npos;
  });
}

/// Removes what stands before `mark` in `text`, with the mark, and returns it; nothing without one.
std::optional<std::string_view> take_before(std::string_view& text, std::size_t at) {
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

void read_login(std::string_view login, RedisAddress& address) {
  const std::size_t colon = login.find(':');
  const auto user = percent_decoded(login.substr(0, colon));
  const auto password = percent_decoded(colon == std::string_view::npos ? std::string_view() : login.substr(colon + 1));
  if (!user || !password) refuse(address, "its user or password has a % without two hexadecimal digits.");
  address.user = *user;
  address.password = *password;
}

void read_option(std::string_view option, RedisAddress& address) {
  const std::size_t equals = std::min(option.find('='), option.size());
  const std::string_view name = option.substr(0, equals), value = option.substr(std::min(equals + 1, option.size()));
  if (name == "prefix") {
    if (!is_prefix(value))
      refuse(address, "the prefix is not a name of 1 to 64 letters, digits and _-.: characters.",
             "Use for example ?prefix=chat.");
    address.prefix = value;
  } else if (name == "durability") {
    if (value != "memory" && value != "disk")
      refuse(address, "durability is neither disk nor memory.",
             "Use durability=memory for a Redis that keeps nothing over a restart, or leave it out.");
    address.may_forget = value == "memory";
  } else if (name == "wait_replicas") {
    if (!read_number(value, address.wait_replicas) || address.wait_replicas > kWaitReplicasMax)
      refuse(address, "wait_replicas is not a number from 0 to 16.", "Use for example ?wait_replicas=1.");
  } else {
    refuse(address, "it has an unknown option.", "The options are prefix, durability and wait_replicas.");
  }
}

}  // namespace

RedisAddress parse_redis_address(std::string_view url) {
  RedisAddress address;
  address.shown = shown_url(url);
  address.is_secure = url.starts_with("rediss://");
  std::string_view rest = url.substr(std::min(url.find("://"), url.size()));
  if (rest.empty()) refuse(address, "this is not a URL of Redis.");
  rest.remove_prefix(3);
  std::string_view options;
  if (const std::size_t query = rest.find('?'); query != std::string_view::npos) {
    options = rest.substr(query + 1);
    rest = rest.substr(0, query);
  }
  if (const auto login = take_before(rest, rest.rfind('@'))) read_login(*login, address);
  const std::size_t slash = rest.find('/');
  if (const std::string fault = read_place(rest.substr(0, slash), address.host, address.port); !fault.empty())
    refuse(address, fault);
  if (slash != std::string_view::npos && slash + 1 < rest.size() && !read_number(rest.substr(slash + 1), address.database))
    refuse(address, "its database is not a number.");
  while (!options.empty()) {
    const std::size_t end = std::min(options.find('&'), options.size());
    if (end > 0) read_option(options.substr(0, end), address);
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  if (const char* password = std::getenv("REDISCLI_AUTH"); password != nullptr && address.password.empty())
    address.password = password;
  return address;
}

}  // namespace dialogue::store
