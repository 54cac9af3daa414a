-- What is published of the seals, so that somebody who has never seen the books can tell that they stayed the same.
-- A second layer above the seals of 0006_proof: those bytes stay as they are.

-- ── Lines ───────────────────────────────────────────────────────────────────────────────────────
-- A line commits to all bytes of a transfer. The salt is known to the database alone, so nobody can try out amounts;
-- each transfer has its own, so that one line can be opened to somebody without opening any other.
CREATE FUNCTION coins_day_salt(secret bytea, id bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(secret || int8send(id))
$$;

-- The lines of the transfers of [(from), (to)) as the books say them now.
CREATE FUNCTION coins_day_lines(d coins_dayseal, p_end_id bigint)
  RETURNS TABLE (line bigint, transfer bigint, digest bytea)
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off SET work_mem = '32MB' SET jit = off
AS $$
BEGIN
  RETURN QUERY EXECUTE format($sql$
    SELECT row_number() OVER (ORDER BY t.xid, t.id), t.id,
           sha256(coins_day_salt($7, t.id) || coins_transfer_bytes(t))
      FROM coins_transfer t
     WHERE t.xid >= $3 AND t.xid <= $5 AND t.id >= $1 AND t.id < $2 AND %s
  $sql$,
  -- A part of one great transaction is found by its ids.
  CASE WHEN d.from_xid = d.to_xid THEN 't.id >= $4 AND t.id < $6'
       ELSE '(t.xid, t.id) >= ($3, $4) AND (t.xid, t.id) < ($5, $6)' END)
    USING d.first_id, p_end_id, d.from_xid, d.from_id, d.to_xid, d.to_id, d.secret;
END $$;

-- What everybody can read of a day, up to its last line but one: the seal is the SHA-256 of exactly this.
CREATE FUNCTION coins_day_text(d coins_dayseal) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  lines bytea := d.lines || ''::bytea; -- fetched once: each line below is cut out of it
  number CONSTANT integer := length(lines) / 32;
BEGIN
  RETURN format(E'clever-vibes-seal 1\nnumber %s\nday %s\nprevious %s\nsalt %s\nlines %s\n',
                d.number, to_char(d.day, 'YYYY-MM-DD'),
                coalesce(nullif(encode(d.previous, 'hex'), ''), repeat('0', 64)),
                encode(sha256(d.secret), 'hex'), number)
    || coalesce((SELECT string_agg(i || ' ' || encode(substr(lines, i * 32 - 31, 32), 'hex') || E'\n', '' ORDER BY i)
                   FROM generate_series(1, number) i), '');
END $$;

-- ── Publishing ──────────────────────────────────────────────────────────────────────────────────
-- Publish what was sealed since the last day, at most `p_most` transfers in one; without any, the day says so.
-- Returns how many day seals that were; null while somebody else is at it. Called again for a day it does nothing.
CREATE FUNCTION coins_publish(p_day date, p_most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  d coins_dayseal;
  s record;
  written integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(252003) THEN
    RETURN NULL;
  END IF;
  IF p_day > (now() AT TIME ZONE 'Europe/Berlin')::date THEN
    RAISE EXCEPTION 'the day % has not come', p_day USING ERRCODE = '22023';
  END IF;
  SELECT * INTO d FROM coins_dayseal ORDER BY number DESC LIMIT 1;
  IF d.day >= p_day THEN
    RETURN 0;
  END IF;
  IF d.number IS NULL THEN
    d.number := 0;
    d.to_seq := 0;
    d.head := '';
    d.hash := '';
    d.epoch := 1;
    d.first_id := 0;
    d.to_xid := 0;
    d.to_id := 0;
  END IF;
  d.day := p_day;
  FOR s IN
    -- Seals follow each other without a gap; those of one part are taken together.
    SELECT l.epoch, l.first_id, min(l.seq) AS from_seq, max(l.seq) AS to_seq,
           (array_agg(l.from_xid ORDER BY l.seq))[1] AS from_xid, (array_agg(l.from_id ORDER BY l.seq))[1] AS from_id,
           (array_agg(l.to_xid ORDER BY l.seq DESC))[1] AS to_xid, (array_agg(l.to_id ORDER BY l.seq DESC))[1] AS to_id,
           (array_agg(l.hash ORDER BY l.seq DESC))[1] AS head
      FROM (SELECT seq, seals.epoch, seals.first_id, seals.from_xid, seals.from_id, seals.to_xid, seals.to_id,
                   seals.hash,
                   (sum(seals.transfers) OVER (PARTITION BY seals.epoch ORDER BY seq) - 1)::bigint
                     / greatest(p_most, 1) AS part
              FROM coins_ledgerseal seals WHERE seq > d.to_seq) l
     GROUP BY l.epoch, l.first_id, l.part
     ORDER BY min(l.seq)
  LOOP
    d.from_seq := s.from_seq;
    d.to_seq := s.to_seq;
    d.head := s.head;
    d.epoch := s.epoch;
    d.first_id := s.first_id;
    d.from_xid := s.from_xid;
    d.from_id := s.from_id;
    d.to_xid := s.to_xid;
    d.to_id := s.to_id;
    d := coins_publish_one(d);
    written := written + 1;
  END LOOP;
  IF written = 0 THEN
    d.from_seq := d.to_seq + 1;
    d.from_xid := d.to_xid;
    d.from_id := d.to_id;
    PERFORM coins_publish_one(d);
    written := 1;
  END IF;
  RETURN written;
END $$;

-- Write `d` as the day seal after `d.number`, whose hash it carries.
CREATE FUNCTION coins_publish_one(d coins_dayseal) RETURNS coins_dayseal
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  d.number := d.number + 1;
  d.previous := d.hash;
  -- 244 bits of the operating system's chance.
  d.secret := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  SELECT count(*), coalesce(string_agg(digest, '' ORDER BY line), '') INTO d.transfers, d.lines
    FROM coins_day_lines(d, 9223372036854775807);
  -- How many bookings there were is nobody's business to the last one: a quiet day looks like one without any.
  SELECT d.lines || coalesce(string_agg(coins_day_salt(d.secret, -i), '' ORDER BY i), '') INTO d.lines
    FROM generate_series(d.transfers + 1, greatest((d.transfers + 15) / 16, 1) * 16) i;
  d.hash := sha256(convert_to(coins_day_text(d), 'UTF8'));
  d.published_at := clock_timestamp();
  INSERT INTO coins_dayseal SELECT d.*;
  RETURN d;
END $$;

-- ── Proving ─────────────────────────────────────────────────────────────────────────────────────
-- Ask the books for every line that was published. Returns those that are no longer what they were, and day seals that
-- are themselves not as they were written ("broken", without a line). Stops after `p_most` findings.
CREATE FUNCTION coins_prove_days(p_most integer)
  RETURNS TABLE (number bigint, day date, line bigint, what text, digest text, transfer bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  d coins_dayseal;
  before coins_dayseal;
  end_id bigint;
  was bytea;
  now_is bytea;
  found record;
  left_to_name integer := p_most;
BEGIN
  PERFORM brin_summarize_new_values('coins_transfer_xid');
  FOR d IN SELECT * FROM coins_dayseal ORDER BY coins_dayseal.number LOOP
    EXIT WHEN left_to_name <= 0;
    number := d.number;
    day := d.day;
    IF d.number <> coalesce(before.number, 0) + 1 OR d.previous <> coalesce(before.hash, '')
       OR d.from_seq <> coalesce(before.to_seq, 0) + 1 OR d.hash <> sha256(convert_to(coins_day_text(d), 'UTF8')) THEN
      line := NULL;
      what := 'broken';
      digest := NULL;
      transfer := NULL;
      RETURN NEXT;
      left_to_name := left_to_name - 1;
    END IF;
    SELECT min(n.first_id) INTO end_id FROM coins_dayseal n WHERE n.epoch > d.epoch;
    end_id := coalesce(end_id, 9223372036854775807);
    was := substr(d.lines, 1, (d.transfers * 32)::integer);
    SELECT coalesce(string_agg(l.digest, '' ORDER BY l.line), '') INTO now_is FROM coins_day_lines(d, end_id) l;
    IF was IS DISTINCT FROM now_is THEN
      FOR found IN
        WITH published AS (
          SELECT i AS line, substr(was, i * 32 - 31, 32) AS digest FROM generate_series(1, length(was) / 32) i),
        booked AS (SELECT l.line, l.transfer, l.digest FROM coins_day_lines(d, end_id) l),
        gone AS (SELECT * FROM published p WHERE NOT EXISTS (SELECT FROM booked b WHERE b.digest = p.digest)),
        new AS (SELECT * FROM booked b WHERE NOT EXISTS (SELECT FROM published p WHERE p.digest = b.digest))
        SELECT gone.line, new.transfer, encode(new.digest, 'hex') AS digest,
               CASE WHEN new.line IS NULL THEN 'missing' WHEN gone.line IS NULL THEN 'inserted' ELSE 'changed' END AS what
          FROM gone FULL JOIN new ON new.line = gone.line
         ORDER BY gone.line NULLS LAST, new.line LIMIT left_to_name
      LOOP
        line := found.line;
        what := found.what;
        digest := found.digest;
        transfer := found.transfer;
        RETURN NEXT;
        left_to_name := left_to_name - 1;
      END LOOP;
    END IF;
    before := d;
  END LOOP;
END $$;

CREATE TRIGGER coins_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coins_dayseal
  FOR EACH STATEMENT EXECUTE FUNCTION coins_append_only();
