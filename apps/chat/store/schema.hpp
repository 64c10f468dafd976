// The tables of chat.db, as migrations: each is carried out once, in order, in one transaction with its number.
#pragma once
#include "apps/chat/store/database.hpp"

namespace chat {

/// Brings the schema to that of this program. Throws StoreFault where the file is of a newer one.
void migrate(Database& database);

}  // namespace chat
