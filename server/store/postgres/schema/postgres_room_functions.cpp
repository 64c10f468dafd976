// Functions of version 1 that find, trim and erase rooms. Numbers that are called random have 52 bits, so that an epoch, which is
// one more, is exact in JavaScript.
#include "server/store/postgres/schema/postgres_schema.hpp"

namespace dialogue::store::postgres_schema {

// A log that was never written has the seed of its name and of how often a log of its bucket was forgotten. Who opened it just
// before another one was forgotten may still write it: of the last 64 numbers, the one that `p_asked` came from.
//
// Another system identifier or timeline says that the database was restored, copied or failed over to a standby, which may lack
// what was acknowledged: with another identity every log has another epoch.
const char* const kRoomFunctions = R"sql(
CREATE FUNCTION random_seed() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT ('x' || encode(substr(sha256(uuid_send(gen_random_uuid())), 1, 8), 'hex'))::bit(64)::bigint & 4503599627370495
$$;
CREATE FUNCTION name_hash(p_tenant bytea, p_name bytea, p_times bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(int4send(length(p_tenant)) || p_tenant || p_name || int8send(p_times))
$$;
CREATE FUNCTION unwritten_seed(p_tenant bytea, p_name bytea, p_times bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || encode(substr(name_hash(p_tenant, p_name, p_times), 1, 8), 'hex'))::bit(64)::bigint & 4503599627370495
$$;
CREATE FUNCTION forgotten_bucket(p_tenant bytea, p_name bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT get_byte(h, 0)::bigint * 256 + get_byte(h, 1) FROM (SELECT name_hash(p_tenant, p_name, -1) AS h) AS named
$$;
CREATE FUNCTION unwritten_epoch(p_tenant bytea, p_name bytea, p_asked bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  its_identity bigint := (SELECT identity FROM store);
  its_times bigint := coalesce((SELECT times FROM forgotten
    WHERE tenant = p_tenant AND bucket = forgotten_bucket(p_tenant, p_name)), 0);
BEGIN
  IF its_times > 0 AND EXISTS (SELECT FROM generate_series(greatest(0, its_times - 63), its_times) AS g
      WHERE 1 + (unwritten_seed(p_tenant, p_name, g) # its_identity) = p_asked) THEN
    RETURN p_asked;
  END IF;
  RETURN 1 + (unwritten_seed(p_tenant, p_name, its_times) # its_identity);
END $$;
CREATE FUNCTION note_incarnation(p_is_lost boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  its_system bigint := (SELECT s.system_identifier FROM pg_control_system() AS s);
  its_timeline bigint := ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint;
BEGIN
  IF NOT p_is_lost AND EXISTS (SELECT FROM store WHERE system_identifier = its_system AND timeline = its_timeline) THEN
    RETURN false;
  END IF;
  UPDATE store SET identity = random_seed(), system_identifier = its_system, timeline = its_timeline
    WHERE p_is_lost OR system_identifier <> its_system OR timeline <> its_timeline;
  RETURN FOUND;
END $$;
CREATE FUNCTION find_room(p_tenant bytea, p_name bytea, p_asked bigint,
    OUT id bigint, OUT epoch bigint, OUT base bigint, OUT head bigint, OUT timestamp_ms bigint)
    LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT r.id, 1 + (r.seed # s.identity), r.base, r.head, r.timestamp_ms INTO id, epoch, base, head, timestamp_ms
    FROM room AS r, store AS s WHERE r.tenant = p_tenant AND r.name = p_name;
  IF FOUND THEN RETURN; END IF;
  id := 0; epoch := unwritten_epoch(p_tenant, p_name, p_asked); base := 1; head := 0; timestamp_ms := 0;
END $$;
CREATE FUNCTION lock_room(p_tenant bytea, p_name bytea, OUT id bigint, OUT epoch bigint, OUT base bigint, OUT head bigint,
    OUT timestamp_ms bigint, OUT news_end bigint) LANGUAGE plpgsql AS $$
BEGIN
  SELECT r.id, 1 + (r.seed # s.identity), r.base, r.head, r.timestamp_ms, r.news_end
    INTO id, epoch, base, head, timestamp_ms, news_end
    FROM room AS r, store AS s WHERE r.tenant = p_tenant AND r.name = p_name FOR UPDATE OF r;
END $$;
CREATE FUNCTION trim_room(p_tenant bytea, p_name bytea, p_epoch bigint, p_before bigint, p_groups bytea[],
    p_group_before bigint[], p_rows bigint, OUT id bigint, OUT epoch bigint, OUT base bigint, OUT more boolean)
    LANGUAGE plpgsql AS $$
DECLARE
  found record;
  its_swept bigint; its_head bigint; old_base bigint; old_swept bigint; deleted bigint; newest bigint;
BEGIN
  SELECT r.id, 1 + (r.seed # s.identity), r.base, r.head, r.swept INTO id, epoch, base, its_head, its_swept
    FROM room AS r, store AS s WHERE r.tenant = p_tenant AND r.name = p_name FOR UPDATE OF r;
  more := false;
  IF id IS NULL THEN
    id := 0; epoch := unwritten_epoch(p_tenant, p_name, p_epoch); base := 1;
    RETURN;
  END IF;
  IF epoch <> p_epoch THEN RETURN; END IF;
  old_base := base; old_swept := its_swept;
  IF p_before > 0 AND base <= its_head THEN
    SELECT count(*) AS looked, max(l.seq) AS last, min(l.seq) FILTER (WHERE l.timestamp_ms >= p_before) AS young INTO found
      FROM (SELECT c.seq, c.timestamp_ms FROM record AS c WHERE c.tenant = p_tenant AND c.room = trim_room.id AND c.seq >= base
            ORDER BY c.seq LIMIT p_rows) AS l;
    more := found.young IS NULL AND found.looked = p_rows;
    base := coalesce(found.young, CASE WHEN more THEN found.last + 1 ELSE its_head + 1 END);
  END IF;
  IF its_swept < base THEN
    WITH old AS (SELECT c.seq FROM record AS c WHERE c.tenant = p_tenant AND c.room = trim_room.id AND c.seq >= its_swept
                   AND c.seq < trim_room.base ORDER BY c.seq LIMIT p_rows),
         gone AS (DELETE FROM record AS d USING old WHERE d.tenant = p_tenant AND d.room = trim_room.id AND d.seq = old.seq
                  RETURNING d.seq)
    SELECT count(*), max(gone.seq) INTO deleted, newest FROM gone;
    its_swept := CASE WHEN deleted < p_rows THEN base ELSE newest + 1 END;
    more := more OR its_swept < base;
  END IF;
  FOR i IN 1 .. coalesce(array_length(p_groups, 1), 0) LOOP
    DELETE FROM record AS d WHERE d.tenant = p_tenant AND d.room = trim_room.id AND d.seq IN (
      SELECT l.seq FROM (SELECT c.seq, c.timestamp_ms FROM record AS c WHERE c.tenant = p_tenant AND c.room = trim_room.id
          AND c.grp <> ''::bytea AND sha256(c.grp) = sha256(p_groups[i]) ORDER BY c.seq LIMIT p_rows) AS l
      WHERE l.timestamp_ms < p_group_before[i]);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    more := more OR deleted = p_rows;
  END LOOP;
  IF base = old_base AND its_swept = old_swept THEN RETURN; END IF;
  UPDATE room AS r SET base = trim_room.base, swept = its_swept WHERE r.tenant = p_tenant AND r.name = p_name;
END $$;
CREATE FUNCTION erase_room(p_tenant bytea, p_name bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  old_id bigint;
BEGIN
  INSERT INTO room (tenant, name, seed) VALUES (p_tenant, p_name, random_seed()) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN; END IF;
  SELECT r.id INTO old_id FROM room AS r WHERE r.tenant = p_tenant AND r.name = p_name FOR UPDATE;
  INSERT INTO garbage (tenant, room) VALUES (p_tenant, old_id) ON CONFLICT DO NOTHING;
  UPDATE room AS r SET id = nextval('room_id'), seed = random_seed(), base = 1, head = 0, swept = 1, keep_ms = 0, news_end = 0
    WHERE r.tenant = p_tenant AND r.name = p_name;
END $$;
CREATE FUNCTION forget_room(p_tenant bytea, p_name bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  old_id bigint;
BEGIN
  DELETE FROM room AS r WHERE r.tenant = p_tenant AND r.name = p_name RETURNING r.id INTO old_id;
  IF old_id IS NULL THEN RETURN; END IF;
  INSERT INTO garbage (tenant, room) VALUES (p_tenant, old_id) ON CONFLICT DO NOTHING;
  INSERT INTO forgotten AS f (tenant, bucket, times) VALUES (p_tenant, forgotten_bucket(p_tenant, p_name), 1)
    ON CONFLICT (tenant, bucket) DO UPDATE SET times = f.times + 1;
END $$;
CREATE FUNCTION drop_garbage(p_rows bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  its garbage%ROWTYPE;
  deleted bigint; all_deleted bigint := 0;
BEGIN
  SELECT g.* INTO its FROM garbage AS g LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM record AS d WHERE d.tenant = its.tenant AND d.room = its.room AND d.seq IN (
    SELECT c.seq FROM record AS c WHERE c.tenant = its.tenant AND c.room = its.room ORDER BY c.seq LIMIT p_rows);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  all_deleted := all_deleted + deleted;
  DELETE FROM producer AS d WHERE d.tenant = its.tenant AND d.room = its.room AND d.key IN (
    SELECT c.key FROM producer AS c WHERE c.tenant = its.tenant AND c.room = its.room LIMIT p_rows);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  all_deleted := all_deleted + deleted;
  DELETE FROM news AS d WHERE d.tenant = its.tenant AND d.room = its.room AND d.number IN (
    SELECT c.number FROM news AS c WHERE c.tenant = its.tenant AND c.room = its.room LIMIT p_rows);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  IF all_deleted + deleted = 0 THEN DELETE FROM garbage AS g WHERE g.tenant = its.tenant AND g.room = its.room; END IF;
  RETURN true;
END $$;
)sql";

}  // namespace dialogue::store::postgres_schema
