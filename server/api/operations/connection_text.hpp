// Connections as the API shows them. Pure functions.
#pragma once
#include <string>

#include "server/core/messages/observation.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {

/// To be completed.
[[nodiscard]] JsonText connection_text(const core::ConnectionState& connection);
[[nodiscard]] std::string connection_detail_text(const core::ConnectionDetail& detail, const CatalogueView& catalogue);

}  // namespace dialogue::api
