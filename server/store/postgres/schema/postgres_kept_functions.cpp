// The functions of version 1 for the kept state (kept_state.hpp). The row of kept_head is locked until the commit, so that
// versions rise in the order of commits.
#include "server/store/postgres/schema/postgres_schema.hpp"

namespace dialogue::store::postgres_schema {

// p_expected: -1 expects nothing. 1024 is kTombstonesMax.
const char* const kKeptFunctions = R"sql(
CREATE FUNCTION drop_tombstones(p_tenant bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  oldest bigint := (SELECT k.version FROM kept AS k WHERE k.tenant = p_tenant AND k.removed
    ORDER BY k.version DESC OFFSET 1024 LIMIT 1);
BEGIN
  IF oldest IS NULL THEN RETURN; END IF;
  DELETE FROM kept AS k WHERE k.tenant = p_tenant AND k.removed AND k.version <= oldest;
  UPDATE kept_head AS h SET base = oldest WHERE h.tenant = p_tenant;
END $$;
CREATE FUNCTION put_kept(p_tenant bytea, p_kind bigint[], p_key bytea[], p_value bytea[], p_removed bigint[], p_expires bigint[],
    p_expected bigint[], p_now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  changes int := coalesce(array_length(p_key, 1), 0);
  its_version bigint;
  there bigint;
BEGIN
  SELECT h.version INTO its_version FROM kept_head AS h WHERE h.tenant = p_tenant FOR UPDATE;
  FOR i IN 1 .. changes LOOP
    CONTINUE WHEN p_expected[i] < 0;
    there := (SELECT k.version FROM kept AS k
      WHERE k.tenant = p_tenant AND k.kind = p_kind[i] AND sha256(k.key) = sha256(p_key[i]) AND NOT k.removed);
    IF coalesce(there, 0) <> p_expected[i] THEN RETURN false; END IF;
  END LOOP;
  IF p_now > 0 THEN
    DELETE FROM kept AS k WHERE k.tenant = p_tenant AND k.expires_s > 0 AND k.expires_s <= p_now;
  END IF;
  IF changes = 0 THEN RETURN true; END IF;
  its_version := its_version + 1;
  UPDATE kept_head AS h SET version = its_version WHERE h.tenant = p_tenant;
  FOR i IN 1 .. changes LOOP
    IF p_removed[i] <> 0 THEN
      UPDATE kept AS k SET version = its_version, expires_s = 0, removed = true, value = ''::bytea
        WHERE k.tenant = p_tenant AND k.kind = p_kind[i] AND sha256(k.key) = sha256(p_key[i]) AND NOT k.removed;
    ELSE
      INSERT INTO kept AS k (tenant, kind, key, version, expires_s, removed, value)
        VALUES (p_tenant, p_kind[i], p_key[i], its_version, p_expires[i], false, p_value[i])
        ON CONFLICT (tenant, kind, sha256(key)) DO UPDATE SET version = excluded.version, removed = false,
          value = excluded.value, expires_s = CASE WHEN k.removed THEN excluded.expires_s
            WHEN k.expires_s = 0 OR excluded.expires_s = 0 THEN 0 ELSE greatest(k.expires_s, excluded.expires_s) END;
    END IF;
  END LOOP;
  PERFORM drop_tombstones(p_tenant);
  RETURN true;
END $$;
CREATE FUNCTION purge_kept(p_tenant bytea, p_kind bigint, p_key bytea) RETURNS void LANGUAGE sql AS $$
  DELETE FROM kept AS k WHERE k.tenant = p_tenant AND k.kind = p_kind AND sha256(k.key) = sha256(p_key)
$$;
CREATE FUNCTION list_kept(p_tenant bytea, p_kind bigint, p_epoch bigint, p_after bigint, OUT epoch bigint, OUT version bigint,
    OUT is_whole boolean, OUT key bytea, OUT value bytea, OUT entry_version bigint, OUT expires_s bigint, OUT removed boolean)
    RETURNS SETOF record LANGUAGE sql STABLE AS $$
  SELECT h.epoch, h.version, h.is_whole, k.key, k.value, k.version, k.expires_s, k.removed
    FROM (SELECT 1 + s.identity AS epoch, n.version, p_epoch <> 1 + s.identity OR p_after = 0 OR p_after < n.base AS is_whole
          FROM kept_head AS n, store AS s WHERE n.tenant = p_tenant) AS h
    LEFT JOIN kept AS k ON k.tenant = p_tenant AND k.kind = p_kind
      AND CASE WHEN h.is_whole THEN NOT k.removed ELSE k.version > p_after END
$$;
CREATE FUNCTION listen_to_writers() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('LISTEN %I', 'dialogue_' || current_schema());
END $$;
CREATE FUNCTION notify_followers(p_payloads text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('dialogue_' || current_schema(), p) FROM unnest(p_payloads) AS p;
END $$;
)sql";

}  // namespace dialogue::store::postgres_schema
