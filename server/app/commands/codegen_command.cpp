// `dialogue codegen app.json --ts OUT --catalogue OUT --asyncapi OUT --openapi OUT --watch`: what other builds need of the
// definitions, and what is documented for machines.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

#include "server/api/openapi.hpp"
#include "server/app/commands/catalogue_header.hpp"
#include "server/app/commands/definitions_source.hpp"
#include "server/app/commands/file_watch.hpp"
#include "server/app/process/program.hpp"
#include "server/definitions/output/asyncapi.hpp"
#include "server/definitions/output/typescript.hpp"
#include "server/embed/catalogue_setup.hpp"

namespace dialogue::app {
namespace {

struct CodegenRequest {
  std::string app, typescript_path, catalogue_path, openapi_path, asyncapi_path;
  bool watch = false;
};

/// Whether a file has exactly this content. It is then not rewritten: a bundler that watches it has nothing to do.
bool holds(const std::string& path, std::string_view bytes) {
  std::ifstream file(path, std::ios::binary);
  return file && std::string(std::istreambuf_iterator<char>(file), {}) == bytes;
}

/// `-` is standard output.
void write_output(std::ostream& out, const std::string& path, std::string_view bytes) {
  if (path == "-") {
    out << bytes << std::flush;
    return;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) throw SetupError(path, "cannot be written: " + std::string(std::strerror(errno)), "Check the path.");
}

bool is_header(const std::string& path) {
  const auto extension = std::filesystem::path(path).extension();
  return extension == ".h" || extension == ".hpp";
}

bool needs_definitions(const CodegenRequest& request) {
  return !request.typescript_path.empty() || !request.catalogue_path.empty() || !request.asyncapi_path.empty();
}

void generate(Program& program, const CodegenRequest& request) {
  const auto write = [&](const std::string& path, std::string_view bytes) {
    if (!request.watch || !holds(path, bytes)) write_output(program.out, path, bytes);
  };
  if (!request.openapi_path.empty()) write(request.openapi_path, api::openapi_document() + "\n");
  if (!needs_definitions(request)) return;
  if (request.app.empty() && !program.compiled_in)
    throw SetupError("codegen", "the file with the definitions is missing", "Add it: dialogue codegen app.json ...");
  const Definitions definitions = definitions_of(program, request.app);
  const std::vector<std::uint8_t> catalogue = catalogue_of(definitions);
  if (!request.typescript_path.empty()) {
    const std::string source = std::filesystem::path(request.app).filename();
    write(request.typescript_path, definitions::typescript_module(definitions, catalogue, source));
  }
  if (!request.asyncapi_path.empty()) {
    const std::string title = std::filesystem::path(request.app).stem();
    write(request.asyncapi_path, definitions::asyncapi_document(definitions, title.empty() ? "dialogue" : title) + "\n");
  }
  if (!request.catalogue_path.empty()) {
    const std::string_view bytes(reinterpret_cast<const char*>(catalogue.data()), catalogue.size());
    write(request.catalogue_path, is_header(request.catalogue_path) ? catalogue_header(catalogue) : std::string(bytes));
  }
}

/// Generates at each change of the definitions, until a signal. A fault is said, and the files stay as they are until the next.
void generate_repeatedly(Program& program, const CodegenRequest& request) {
  if (request.app.empty())
    throw SetupError("--watch", "no file to watch was named", "Name the one with the definitions: dialogue codegen app.json ...");
  for (const std::string* path :
       {&request.typescript_path, &request.catalogue_path, &request.openapi_path, &request.asyncapi_path})
    if (*path == "-") throw SetupError("--watch", "standard output cannot be watched", "Name a file instead of -.");
  watch_file(request.app, [&] {
    try {
      generate(program, request);
      program.out << "generated from " << request.app << "; waiting for a change\n" << std::flush;
    } catch (const SetupError& fault) {
      program.err << fault.what() << "\nnothing was generated; waiting for a change of " << request.app << "\n" << std::flush;
    }
    return program.out.good();  // the reader has closed
  });
}

}  // namespace

void add_codegen_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("codegen", "Generates the files that a client's build needs from the definitions.");
  auto request = std::make_shared<CodegenRequest>();
  if (!program.compiled_in) command->add_option("app", request->app, "The JSON file with the definitions; --openapi needs none.");
  command
      ->add_option("--ts", request->typescript_path,
                   "A TypeScript module: typed events and rooms, and the catalogue; - for standard output.")
      ->type_name("OUT");
  command
      ->add_option("--catalogue", request->catalogue_path,
                   "The catalogue's bytes, or, for a name that ends in .h or .hpp, a C header with them; - for standard output.")
      ->type_name("OUT");
  command->add_option("--openapi", request->openapi_path, "The OpenAPI 3.1 document of the HTTP API; - for standard output.")
      ->type_name("OUT");
  command
      ->add_option("--asyncapi", request->asyncapi_path,
                   "An AsyncAPI 3 document of the rooms and events over the WebSocket; - for standard output.")
      ->type_name("OUT");
  if (!program.compiled_in)
    command->add_flag("--watch", request->watch, "Regenerates whenever the definitions change, until SIGINT or SIGTERM.");
  command->callback([&program, request] {
    if (!needs_definitions(*request) && request->openapi_path.empty())
      throw SetupError("codegen", "no output was named", "Add --ts OUT, --catalogue OUT, --asyncapi OUT or --openapi OUT.");
    request->watch ? generate_repeatedly(program, *request) : generate(program, *request);
  });
}

}  // namespace dialogue::app
