// The OpenAPI 3.1 document of the API, made of the table of routes and the schemas. Pure; safe from any thread.
#pragma once
#include <string>
#include <string_view>

namespace dialogue::api {

/// The document as JSON without white space; the same for every server of one version. `more_paths`: path items of an
/// application, as members of an object.
[[nodiscard]] std::string openapi_document(std::string_view more_paths = {});

}  // namespace dialogue::api
