// A connection to PostgreSQL that is reopened after a loss.
#pragma once
#include "server/store/engine/engine_link.hpp"
#include "server/store/postgres/connection/postgres_connection.hpp"

namespace dialogue::store {

using PostgresLink = EngineLink<PostgresConnection, PostgresError>;

}  // namespace dialogue::store
