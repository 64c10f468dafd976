// The document's outer form; validators of the field look at the rest (e2e/conformance/api_documents.test.mjs).
#include "server/api/openapi.hpp"

#include <catch2/catch.hpp>

#include "server/api/table/routes.hpp"
#include "shared/json/json_reader.hpp"

using namespace dialogue;
using namespace dialogue::api;

TEST_CASE("F-N29 the OpenAPI document has 405 and 500 for every route, and names the scope of a key and tokens as callers") {
  const std::string document = openapi_document();
  for (const char* status : {"405", "500"}) {
    const std::string reference = "\"" + std::string(status) + R"(":{"$ref":"#/components/responses/)" + status + "\"}";
    std::size_t count = 0;
    for (std::size_t at = 0; (at = document.find(reference, at)) != std::string::npos; ++at) ++count;
    CHECK(count == api_routes().size());
  }
  CHECK(document.find(R"("security":[{"apiKey":["rooms"]},{"token":["manage"]}])") != std::string::npos);
  CHECK(document.find(R"("token":{"type":"http","scheme":"bearer","bearerFormat":"JWT")") != std::string::npos);
}

TEST_CASE("the OpenAPI document is one JSON value that names every operation") {
  const std::string document = openapi_document();
  CHECK(json_value_length(document) == document.size());
  for (const Route& route : api_routes())
    CHECK(document.find("\"operationId\":\"" + std::string(route.operation_id) + "\"") != std::string::npos);
}
