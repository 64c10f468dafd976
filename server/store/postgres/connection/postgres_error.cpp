// See postgres_error.hpp. The states are those of appendix A of PostgreSQL's manual.
#include "server/store/postgres/connection/postgres_error.hpp"

#include <string_view>

namespace dialogue::store {
namespace {

bool is_of_class(const std::string& state, std::string_view prefix) { return state.starts_with(prefix); }

}  // namespace

bool PostgresError::is_connection_lost() const {
  // Class 08 and those of a server that ends its sessions: 57P01 admin_shutdown, 57P02 crash_shutdown, 57P03 cannot_connect_now,
  // 57P05 idle_session_timeout, 25P03 idle_in_transaction_session_timeout.
  return state_.empty() || is_of_class(state_, "08") || is_of_class(state_, "57P0") || state_ == "25P03";
}

bool PostgresError::is_conflict() const { return state_ == "40001" || state_ == "40P01"; }

bool PostgresError::is_refused_value() const { return is_of_class(state_, "22") || is_of_class(state_, "54"); }

bool PostgresError::is_damage() const { return state_ == "XX001" || state_ == "XX002"; }

core::StoreStatus store_status(const PostgresError& error) {
  if (error.state() == "53100") return core::StoreStatus::full;
  if (error.is_damage() || error.is_refused_value()) return core::StoreStatus::damaged;
  return core::StoreStatus::busy;
}

}  // namespace dialogue::store
