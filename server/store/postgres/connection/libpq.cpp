// See libpq.hpp.
#include "server/store/postgres/connection/libpq.hpp"

#include <dlfcn.h>

#include <string>
#include <type_traits>

#include "server/store/store_error.hpp"

namespace dialogue::store {
namespace {

constexpr const char* kLibrary = "libpq.so.5";
constexpr const char* kAdvice = "Install it: apt-get install libpq5 (version 14 or newer).";

Libpq loaded() {
  void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);  // never closed: its threads and locks outlive a store
  if (library == nullptr) throw StoreError(kLibrary, "PostgreSQL's client library cannot be loaded.", kAdvice);
  Libpq functions;
  const auto find = [library](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    if (function == nullptr) throw StoreError(kLibrary, "it lacks " + std::string(name) + ".", kAdvice);
  };
#define DIALOGUE_FIND(name) find(functions.name, #name);
  DIALOGUE_LIBPQ_FUNCTIONS(DIALOGUE_FIND)
#undef DIALOGUE_FIND
  return functions;
}

}  // namespace

const Libpq& libpq() {
  static const Libpq functions = loaded();
  return functions;
}

}  // namespace dialogue::store
