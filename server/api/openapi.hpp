// The OpenAPI 3.1 document of the API, made of the table of routes and the schemas. Pure; safe from any thread.
#pragma once
#include <string>

namespace dialogue::api {

/// The document as JSON without white space; the same for every server of one version.
[[nodiscard]] std::string openapi_document();

}  // namespace dialogue::api
