// See postgres_store.hpp.
#include "server/store/postgres/postgres_store.hpp"

#include <array>
#include <memory>
#include <utility>

namespace dialogue::store {
namespace {

// Each on its own: no transaction can have one.
constexpr std::array<const char*, 6> kVacuums{
    "SET statement_timeout = 0", "VACUUM record", "VACUUM producer", "VACUUM news", "VACUUM room", "VACUUM kept"};

/// Checks and creates what the connections of the store's threads find then.
PostgresLink::Connect opened(const PostgresAddress& address, const PostgresOptions& options) {
  open_postgres(address, options);
  return [address] { return connect_to_store(address); };
}

}  // namespace

PostgresStore::PostgresStore(const PostgresAddress& address, const PostgresOptions& options, bool notifies)
    : EngineStore(
          [address] { return connect_to_store(address); }, options.warn,
          std::make_unique<PostgresFollows>(
              PostgresFollows::Settings{opened(address, options), options.warn, notifies, options.bus, options.note}),
          [&](EngineLogCallbacks callbacks) { return std::make_unique<PostgresLog>(address, options, std::move(callbacks)); }),
      address_(address) {}

void PostgresStore::scrub(ScrubQuery query, Done<ScrubReport> done) {
  static_cast<void>(query);
  push_read<ScrubReport>(ReadKind::history, "scrub", std::move(done), [address = address_](PostgresReader&) {
    const auto own = connect_to_store(address);
    for (const char* vacuum : kVacuums) own->run_script(vacuum);
    return ScrubReport{};
  });
}

}  // namespace dialogue::store
