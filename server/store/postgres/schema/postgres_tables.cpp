// The tables of version 1. Names, payloads and keys are bytes: whatever the encoding of the database, each is read as it was
// written, and they are ordered by their bytes. Long keys have their hash in the index, whose entries are bounded.
#include "server/store/postgres/schema/postgres_schema.hpp"

namespace dialogue::store::postgres_schema {

// room.seed: its epoch follows from it and the store's identity (epoch_of). room.swept: no record below is left. room.id is given
// once and never again: the records of an erased room keep the old one until they are deleted (garbage). news: what writes added
// to what is known of producers; `number` is how many bytes the room's news before it have. writer: the outcome of the newest
// batches of each server, so that one whose answer was lost is asked for again.
const char* const kTables = R"sql(
CREATE TABLE store (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  identity bigint NOT NULL, system_identifier bigint NOT NULL, timeline bigint NOT NULL);
CREATE SEQUENCE room_id;
CREATE TABLE room (
  tenant bytea NOT NULL, name bytea NOT NULL,
  id bigint NOT NULL DEFAULT nextval('room_id'), seed bigint NOT NULL,
  base bigint NOT NULL DEFAULT 1, head bigint NOT NULL DEFAULT 0, timestamp_ms bigint NOT NULL DEFAULT 0,
  swept bigint NOT NULL DEFAULT 1, keep_ms bigint NOT NULL DEFAULT 0, news_end bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, name)) WITH (fillfactor = 50);
CREATE TABLE record (
  tenant bytea NOT NULL, room bigint NOT NULL, seq bigint NOT NULL, timestamp_ms bigint NOT NULL,
  event bytea NOT NULL, sender bytea NOT NULL, grp bytea NOT NULL, deletes boolean NOT NULL, payload bytea NOT NULL,
  PRIMARY KEY (tenant, room, seq));
CREATE INDEX record_group ON record (tenant, room, sha256(grp), seq) WHERE grp <> ''::bytea;
CREATE TABLE producer (
  tenant bytea NOT NULL, room bigint NOT NULL, key bytea NOT NULL,
  expected bigint NOT NULL, used_ms bigint NOT NULL, newest_seq bigint NOT NULL, receipts bytea NOT NULL,
  PRIMARY KEY (tenant, room, key));
CREATE TABLE news (
  tenant bytea NOT NULL, room bigint NOT NULL, number bigint NOT NULL, used_ms bigint NOT NULL, bytes bytea NOT NULL,
  PRIMARY KEY (tenant, room, number));
CREATE TABLE garbage (tenant bytea NOT NULL, room bigint NOT NULL, PRIMARY KEY (tenant, room));
CREATE TABLE forgotten (
  tenant bytea NOT NULL, bucket bigint NOT NULL, times bigint NOT NULL, PRIMARY KEY (tenant, bucket));
CREATE TABLE kept_head (tenant bytea PRIMARY KEY, version bigint NOT NULL, base bigint NOT NULL);
INSERT INTO kept_head (tenant, version, base) VALUES (''::bytea, 0, 0);
CREATE TABLE kept (
  tenant bytea NOT NULL, kind bigint NOT NULL, key bytea NOT NULL, version bigint NOT NULL, expires_s bigint NOT NULL,
  removed boolean NOT NULL, value bytea NOT NULL);
CREATE UNIQUE INDEX kept_key ON kept (tenant, kind, sha256(key));
CREATE INDEX kept_version ON kept (tenant, kind, version);
CREATE INDEX kept_end ON kept (tenant, expires_s) WHERE expires_s > 0;
CREATE INDEX kept_removed ON kept (tenant, version) WHERE removed;
CREATE TABLE writer (
  id bigint NOT NULL, slot bigint NOT NULL, batch bigint NOT NULL, answer bytea NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, slot)) WITH (fillfactor = 50);
)sql";

}  // namespace dialogue::store::postgres_schema
