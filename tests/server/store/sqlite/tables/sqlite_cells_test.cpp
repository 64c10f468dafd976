// Which bytes of a database's pages rows use, against databases that SQLite has written.
#include "server/store/sqlite/tables/sqlite_cells.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

struct Hits {
  std::size_t used = 0, free = 0, elsewhere = 0;
};

/// Where a text stands in a database: in bytes that rows use, in free ones, in pages without cells.
Hits hits_of(const std::string& path, const std::string& text) {
  const std::string bytes = file_bytes(path);
  const auto form = SqliteFileForm::of(bytes);
  REQUIRE(form);
  REQUIRE_FALSE(form->is_wal);
  Hits hits;
  for (std::size_t page = 0; page * form->page_bytes < bytes.size(); ++page) {
    const std::string_view one = std::string_view(bytes).substr(page * form->page_bytes, form->page_bytes);
    const auto used = used_bytes(one, page == 0);
    for (std::size_t at = one.find(text); at != std::string_view::npos; at = one.find(text, at + 1))
      ++(!used ? hits.elsewhere : touches(*used, at, at + text.size()) ? hits.used : hits.free);
  }
  return hits;
}

}  // namespace

TEST_CASE("every row's text is in used bytes, in tables and indexes of any size of page") {
  for (const int page_bytes : {512, 4096, 65'536}) {
    test::TemporaryDirectory directory;
    const std::string path = directory.path() + "/some.db";
    {
      SqliteDatabase database(path, SqliteMode::write, "");
      database.run("PRAGMA page_size = " + std::to_string(page_bytes));
      database.run("CREATE TABLE one (name TEXT, place INTEGER)");
      database.run("CREATE INDEX by_name ON one (name)");
      database.run("CREATE TABLE two (name TEXT PRIMARY KEY, filling TEXT) WITHOUT ROWID");
      const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) ";
      database.run(numbers + "INSERT INTO one SELECT 'needle' || i, i FROM n");
      database.run(numbers + "INSERT INTO two SELECT 'needle' || i, printf('%.*c', i % 90, 'x') FROM n");
    }
    const Hits hits = hits_of(path, "needle");
    CHECK(hits.used >= 3 * 2000);
    CHECK(hits.elsewhere == 0);
    // An index that grows leaves copies in the free bytes of pages that were split.
    CHECK(hits.free < 1000);
  }
}

TEST_CASE("what was deleted is in no used byte, and what spans two columns is") {
  test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/some.db";
  {
    SqliteDatabase database(path, SqliteMode::write, "");
    database.run("PRAGMA secure_delete = OFF");
    database.run("CREATE TABLE one (a TEXT, b TEXT)");
    database.run("INSERT INTO one VALUES ('user1', '42'), ('gone-user', 'x'), ('bob', 'y')");
    database.run("DELETE FROM one WHERE a = 'gone-user'");
  }
  CHECK(hits_of(path, "user14").used == 1);
  CHECK(hits_of(path, "ne-user").used == 0);
  CHECK(hits_of(path, "ne-user").free == 1);
  CHECK(hits_of(path, "bob").used == 1);
}

TEST_CASE("a long value is in its cell as far as that goes, and else in pages without cells") {
  test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/some.db";
  {
    SqliteDatabase database(path, SqliteMode::write, "");
    database.run("CREATE TABLE one (a TEXT)");
    database.run("CREATE INDEX by_a ON one (a)");
    database.run("INSERT INTO one VALUES ('needle ' || printf('%.*c', 20000, 'x') || ' needle')");
  }
  const Hits hits = hits_of(path, "needle");
  CHECK(hits.used == 2);
  CHECK(hits.elsewhere == 2);
  CHECK(hits.free == 0);
}

TEST_CASE("hostile pages: a page that is not of a b-tree, or is damaged, uses nothing") {
  CHECK_FALSE(used_bytes(std::string(512, '\0'), false));
  CHECK_FALSE(used_bytes(std::string(512, '\xFF'), false));
  CHECK_FALSE(used_bytes(std::string("\x0D"), false));
  std::string page(512, '\0');
  page[0] = 13;
  page[4] = 1;  // one cell, whose place is within the header
  CHECK_FALSE(used_bytes(page, false));
  page[8] = 1;
  page[9] = '\xFF';  // at the last byte: its lengths are cut off
  page[511] = '\xFF';
  CHECK_FALSE(used_bytes(page, false));
  page[3] = '\xFF';  // more cells than a page has places for
  CHECK_FALSE(used_bytes(page, false));
  for (int kind : {2, 5, 10, 13})
    for (int seed = 0; seed < 2000; ++seed) {  // never beyond the page
      std::string random(512, '\0');
      unsigned state = static_cast<unsigned>(seed) * 2'654'435'761U + static_cast<unsigned>(kind);
      for (char& byte : random) byte = static_cast<char>((state = state * 1'664'525U + 1'013'904'223U) >> 24);
      random[0] = static_cast<char>(kind);
      random[3] = 0;
      if (const auto used = used_bytes(random, false))
        for (const auto& [from, to] : *used) REQUIRE((from <= to && to <= random.size()));
    }
}

TEST_CASE("other files have no form, databases and their logs have one") {
  CHECK_FALSE(SqliteFileForm::of("a log of some server"));
  CHECK_FALSE(SqliteFileForm::of(std::string("SQLite format 3\0", 16) + std::string(84, '\0')));
  test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/some.db";
  SqliteDatabase database(path, SqliteMode::write, "");
  database.run("PRAGMA journal_mode = WAL");
  database.run("CREATE TABLE one (a TEXT)");
  const auto of_database = SqliteFileForm::of(file_bytes(path)), of_log = SqliteFileForm::of(file_bytes(path + "-wal"));
  REQUIRE((of_database && of_log));
  CHECK(of_log->is_wal);
  CHECK_FALSE(of_database->is_wal);
  CHECK(of_log->page_bytes == of_database->page_bytes);
}

}  // namespace dialogue::testing
