// The document's outer form; validators of the field look at the rest (e2e/conformance/api_documents.test.mjs).
#include "server/api/openapi.hpp"

#include <catch2/catch.hpp>

#include "server/api/routes.hpp"
#include "shared/json_reader.hpp"

using namespace dialogue;

TEST_CASE("the OpenAPI document is one JSON value that names every operation") {
  const std::string document = openapi_document();
  CHECK(json_value_length(document) == document.size());
  for (const Route& route : api_routes())
    CHECK(document.find("\"operationId\":\"" + std::string(route.operation_id) + "\"") != std::string::npos);
}
