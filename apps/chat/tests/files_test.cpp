// Ranges of files, their types by their bytes, and the rows of files.
#include <catch2/catch.hpp>

#include "apps/chat/domain/byte_range.hpp"
#include "apps/chat/domain/file_types.hpp"
#include "apps/chat/store/files.hpp"

using namespace chat;

TEST_CASE("a range is read as the RFC says, and what is no range counts for nothing") {
  const auto range = [](std::string_view field) { return read_range(field, 10).range; };
  CHECK((range("bytes=0-0")->first == 0 && range("bytes=0-0")->last == 0));
  CHECK(range("bytes=5-99")->last == 9);
  CHECK(range("bytes=-99")->first == 0);
  for (const auto* field : {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=1-2,3-4", "bytes=a-b", "lines=1-2"}) {
    CHECK_FALSE(range(field));
    CHECK(read_range(field, 10).is_satisfiable);
  }
  for (const auto* field : {"bytes=10-", "bytes=-0", "bytes=99-100"}) CHECK_FALSE(read_range(field, 10).is_satisfiable);
  CHECK_FALSE(read_range("bytes=0-", 0).is_satisfiable);
}

TEST_CASE("a type is that of the bytes") {
  CHECK(type_of("\x89PNG\r\n\x1a\nrest") == "image/png");
  CHECK(type_of("\xff\xd8\xff\xe0") == "image/jpeg");
  CHECK(type_of("GIF89a<script>") == "image/gif");
  CHECK(type_of(std::string_view("RIFF\0\0\0\0WEBP", 12)) == "image/webp");
  for (const auto* bytes : {"", "GIF", "<svg", "%PDF-", "RIFF"}) CHECK(type_of(bytes) == kUnknownType);
}

TEST_CASE("a file is carried by one message, and swept when that is gone or none came") {
  Store store(":memory:");
  store.write([](Database& db) {
    insert_file(db, {"a", "r", "ann", "x", "t", 5, 1000});
    insert_file(db, {"b", "r", "ann", "y", "t", 7, 2000});
    CHECK(bytes_of_files(db, "ann") == 12);
    CHECK(bytes_of_files(db, "") == 12);
    attach_file(db, "a", "r", "bob", 3);
    CHECK(find_file(db, "a")->seq == 0);
    attach_file(db, "a", "r", "ann", 3);
    attach_file(db, "a", "r", "ann", 4);
    CHECK(find_file(db, "a")->seq == 3);
    CHECK(files_to_sweep(db, 2000).empty());
    CHECK(files_to_sweep(db, 2001) == std::vector<std::string>{"b"});
    drop_files(db, "r", 3);
    CHECK_FALSE(find_file(db, "a"));
    CHECK(files_to_sweep(db, 0) == std::vector<std::string>{"a"});
    delete_file(db, "a");
    CHECK(bytes_of_files(db, "") == 7);
  });
}
