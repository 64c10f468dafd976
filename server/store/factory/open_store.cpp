// See open_store.hpp.
#include "server/store/factory/open_store.hpp"

#include "shared/base/shown_url.hpp"

namespace dialogue::store {
namespace {

const StoreKind& kind_of(std::string_view url) {
  for (const StoreKind& kind : store_kinds())
    for (const std::string_view scheme : kind.schemes)
      if (url.starts_with(scheme)) return kind;
  throw StoreError(shown_url(url), "unknown store scheme.", kStoreAdvice);
}

}  // namespace

StoreAddress parse_store_address(std::string_view url) {
  const StoreKind& kind = kind_of(url);
  StoreAddress address{kind.is_durable, kind.file_of(url), {}, kind.can_be_shared, kind.takes_bus};
  for (const std::string_view ending : kind.endings) address.beside.push_back(address.file + std::string(ending));
  return address;
}

void check_store(std::string_view url) { kind_of(url).check(url); }

std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options) {
  const StoreKind& kind = kind_of(url);
  if (!options.bus.empty() && !kind.takes_bus)
    throw StoreError(shown_url(url), "a bus is for PostgreSQL.", "Open it without a bus.");
  return kind.open(url, options);
}

}  // namespace dialogue::store
