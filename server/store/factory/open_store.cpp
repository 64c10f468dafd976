// See open_store.hpp.
#include "server/store/factory/open_store.hpp"

#include "shared/base/shown_url.hpp"

namespace dialogue::store {
namespace {

const StoreKind& kind_of(std::string_view url) {
  for (const StoreKind& kind : store_kinds())
    for (const std::string_view scheme : kind.schemes)
      if (url.starts_with(scheme)) return kind;
  throw StoreError(shown_url(url), "unknown store scheme.", store_advice());
}

}  // namespace

std::string store_forms(bool shared_only) {
  std::vector<std::string_view> forms;
  for (const StoreKind& kind : store_kinds())
    if (!shared_only || kind.can_be_shared) forms.push_back(kind.form);
  std::string text;
  for (std::size_t i = 0; i < forms.size(); ++i) text.append(i == 0 ? "" : i + 1 < forms.size() ? ", " : " or ").append(forms[i]);
  return text;
}

std::string store_advice() { return "Use " + store_forms() + " (for example sqlite:./dialogue.db)."; }

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
