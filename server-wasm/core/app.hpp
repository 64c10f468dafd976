// An app.json as a server runs it. Pure functions.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/effects/shard_config.hpp"

namespace dialogue::page_server {

/// The configuration of a server with these definitions (UTF-8, at most kDefinitionBytesMax), or what is wrong with them: a line
/// for each problem, with its place.
[[nodiscard]] std::variant<std::unique_ptr<core::ShardConfig>, std::string> config_of(std::string_view app_json);

}  // namespace dialogue::page_server
