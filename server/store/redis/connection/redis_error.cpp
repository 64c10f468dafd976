// See redis_error.hpp.
#include "server/store/redis/connection/redis_error.hpp"

#include <algorithm>

namespace dialogue::store {

bool RedisError::is_elsewhere() const { return code_ == "READONLY" || code_ == "LOADING" || code_ == "MASTERDOWN"; }

bool RedisError::is_forbidden() const {
  return code_ == "NOPERM" || code_ == "NOAUTH" || code_ == "WRONGPASS" || code_ == "DENIED";
}

bool RedisError::is_damage() const { return code_ == "WRONGTYPE" || code_ == "ERR"; }

RedisError redis_error_of(const std::string& answer) {
  std::string code = answer.substr(0, answer.find(' '));
  const bool is_code =
      !code.empty() && std::all_of(code.begin(), code.end(), [](char each) { return each >= 'A' && each <= 'Z'; });
  return {is_code ? std::move(code) : "ERR", answer};
}

core::StoreStatus store_status(const RedisError& error) {
  if (error.code() == "OOM") return core::StoreStatus::full;
  return error.is_damage() ? core::StoreStatus::damaged : core::StoreStatus::busy;
}

}  // namespace dialogue::store
