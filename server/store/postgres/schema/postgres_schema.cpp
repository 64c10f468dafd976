// See postgres_schema.hpp.
#include "server/store/postgres/schema/postgres_schema.hpp"

#include <string>
#include <vector>

namespace dialogue::store {

std::span<const char* const> postgres_migrations() {
  using namespace postgres_schema;
  static const std::string kVersion1 = std::string(kTables) + kRoomFunctions + kAppendFunction + kKeptFunctions;
  static const std::vector<const char*> kMigrations = {kVersion1.c_str()};
  return kMigrations;
}

}  // namespace dialogue::store
