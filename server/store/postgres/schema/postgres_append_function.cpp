// The function of version 1 that appends a batch, and those that make a batch of writes happen once.
#include "server/store/postgres/schema/postgres_schema.hpp"

namespace dialogue::store::postgres_schema {

// The writes come in the order of tenants and names, so that two batches never wait for each other in a circle; a room's row is
// locked until the commit, which makes its sequences contiguous. answer: a byte for each write, 0 or 4, as core::StoreStatus has
// them. A batch that has happened is answered again from `writer`; an older one, which a lost connection still held, does
// nothing. due: 1 for each write whose room's news are more than `p_news_max`. Records below the base are never inserted, and
// existing ones are deleted, at most 256 more than were added.
const char* const kAppendFunction = R"sql(
CREATE FUNCTION is_done(p_writer bigint, p_batch bigint, OUT done boolean, OUT answer bytea) LANGUAGE plpgsql AS $$
DECLARE
  its_batch bigint;
BEGIN
  SELECT w.batch, w.answer INTO its_batch, answer FROM writer AS w WHERE w.id = p_writer AND w.slot = p_batch % 8 FOR UPDATE;
  done := coalesce(its_batch >= p_batch, false);
  IF its_batch > p_batch THEN answer := NULL; END IF;
END $$;
CREATE FUNCTION note_done(p_writer bigint, p_batch bigint, p_answer bytea) RETURNS void LANGUAGE sql AS $$
  INSERT INTO writer (id, slot, batch, answer) VALUES (p_writer, p_batch % 8, p_batch, p_answer)
    ON CONFLICT (id, slot) DO UPDATE SET batch = excluded.batch, answer = excluded.answer, seen_at = now()
$$;
CREATE FUNCTION append_writes(p_writer bigint, p_batch bigint, w_tenant bytea[], w_name bytea[], w_epoch bigint[],
    w_first bigint[], w_count bigint[], w_timestamp bigint[], w_base bigint[], w_keep bigint[], w_news bytea[], w_used bigint[],
    r_write bigint[], r_seq bigint[], r_timestamp bigint[], r_event bytea[], r_sender bytea[], r_group bytea[], r_keep bigint[],
    r_deletes bigint[], r_payload bytea[], p_has_groups bigint, p_news_max bigint, OUT answer bytea, OUT due bytea)
    LANGUAGE plpgsql AS $$
DECLARE
  writes int := array_length(w_tenant, 1);
  its_identity bigint := (SELECT identity FROM store);
  its room%ROWTYPE;
  ids bigint[] := array_fill(0::bigint, ARRAY[writes]);
  bases bigint[] := ids; swept_from bigint[] := ids; swept_to bigint[] := ids;
  was_done boolean;
  replaced record;
BEGIN
  SELECT d.done, d.answer INTO was_done, answer FROM is_done(p_writer, p_batch) AS d;
  IF was_done THEN RETURN; END IF;
  answer := decode(repeat('00', writes), 'hex');
  due := answer;
  FOR i IN 1 .. writes LOOP
    SELECT r.* INTO its FROM room AS r WHERE r.tenant = w_tenant[i] AND r.name = w_name[i] FOR UPDATE;
    IF NOT FOUND AND (w_count[i] = 0 OR w_first[i] = 1)
        AND unwritten_epoch(w_tenant[i], w_name[i], w_epoch[i]) = w_epoch[i] THEN
      INSERT INTO room (tenant, name, seed) VALUES (w_tenant[i], w_name[i], (w_epoch[i] - 1) # its_identity)
        ON CONFLICT DO NOTHING;
      SELECT r.* INTO its FROM room AS r WHERE r.tenant = w_tenant[i] AND r.name = w_name[i] FOR UPDATE;
    END IF;
    IF its.id IS NULL OR 1 + (its.seed # its_identity) <> w_epoch[i] OR (w_count[i] > 0 AND w_first[i] <> its.head + 1) THEN
      answer := set_byte(answer, i - 1, 4);
      CONTINUE;
    END IF;
    its.head := its.head + w_count[i];
    its.base := least(greatest(its.base, w_base[i]), its.head + 1);
    IF its.swept < its.base THEN
      swept_from[i] := its.swept;
      its.swept := least(its.base, its.swept + 256 + w_count[i]);
      swept_to[i] := its.swept;
    END IF;
    IF length(w_news[i]) > 0 THEN
      INSERT INTO news (tenant, room, number, used_ms, bytes)
        VALUES (w_tenant[i], its.id, its.news_end, w_used[i], w_news[i]);
      its.news_end := its.news_end + length(w_news[i]);
      IF its.news_end > p_news_max THEN due := set_byte(due, i - 1, 1); END IF;
    END IF;
    UPDATE room AS r SET head = its.head, base = its.base, swept = its.swept, news_end = its.news_end, keep_ms = w_keep[i],
        timestamp_ms = greatest(its.timestamp_ms, w_timestamp[i])
      WHERE r.tenant = w_tenant[i] AND r.name = w_name[i];
    ids[i] := its.id; bases[i] := its.base;
  END LOOP;
  INSERT INTO record (tenant, room, seq, timestamp_ms, event, sender, grp, deletes, payload)
    SELECT w_tenant[x.write], ids[x.write], x.seq, x.timestamp_ms, x.event, x.sender, x.grp, x.deletes <> 0, x.payload
      FROM unnest(r_write, r_seq, r_timestamp, r_event, r_sender, r_group, r_deletes, r_payload)
        AS x(write, seq, timestamp_ms, event, sender, grp, deletes, payload)
      WHERE ids[x.write] > 0 AND x.seq >= bases[x.write];
  FOR i IN 1 .. writes LOOP
    IF swept_to[i] > swept_from[i] THEN
      DELETE FROM record AS d
        WHERE d.tenant = w_tenant[i] AND d.room = ids[i] AND d.seq >= swept_from[i] AND d.seq < swept_to[i];
    END IF;
  END LOOP;
  IF p_has_groups <> 0 THEN
    FOR replaced IN
      SELECT w_tenant[x.write] AS tenant, ids[x.write] AS room, x.grp AS grp, count(*) AS added,
          (array_agg(x.keep ORDER BY x.seq DESC))[1] AS keep
        FROM unnest(r_write, r_seq, r_group, r_keep) AS x(write, seq, grp, keep)
        WHERE ids[x.write] > 0 AND x.grp <> ''::bytea GROUP BY 1, 2, 3
    LOOP
      DELETE FROM record AS d WHERE d.tenant = replaced.tenant AND d.room = replaced.room AND d.seq IN (
        SELECT c.seq FROM record AS c WHERE c.tenant = replaced.tenant AND c.room = replaced.room AND c.grp <> ''::bytea
            AND sha256(c.grp) = sha256(replaced.grp) ORDER BY c.seq DESC OFFSET replaced.keep LIMIT 256 + replaced.added);
    END LOOP;
  END IF;
  PERFORM note_done(p_writer, p_batch, answer);
END $$;
)sql";

}  // namespace dialogue::store::postgres_schema
