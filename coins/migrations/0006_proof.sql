-- The proof: seals over finished transfers, and snapshots of derived balances. Both rest on one horizon: a
-- transaction whose id lies below pg_snapshot_xmin has ended, so nothing of it can still appear. Ids of rows are
-- handed out before the commit and say nothing about that.

-- ── Seal ────────────────────────────────────────────────────────────────────────────────────────
-- All of a transfer, byte for byte. A column that is added later needs a seal of its own kind: these bytes stay.
CREATE FUNCTION coins_transfer_bytes(t coins_transfer) RETURNS bytea LANGUAGE sql STABLE AS $$
  -- What is never null in fixed widths, the rest as a record that tells null from zero.
  SELECT record_send(ROW(
    int8send(t.xid) || int8send(t.id) || int8send(t.debit_id) || int8send(t.credit_id) || int8send(t.amount)
      || timestamptz_send(t.posted_at) || date_send(t.effective_on) || int2send(t.asset) || int2send(t.kind),
    t.source_id, t.reverses_id, t.hold_id, t.group_id, t.idempotency_key))
$$;

-- What the transfers of a block say now. A leaf is the lower half of the id and four bytes of a hash.
CREATE FUNCTION coins_seal_content(
    p_first_id bigint, p_end_id bigint, p_from_xid bigint, p_from_id bigint, p_to_xid bigint, p_to_id bigint,
    OUT transfers bigint, OUT highest_id bigint, OUT content bytea, OUT leaves bytea)
  -- By the block range index alone: statistics lag behind a run that has just ended.
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off SET work_mem = '32MB' SET jit = off
AS $$
BEGIN
  EXECUTE format($sql$
    SELECT count(*), coalesce(max(id), 0), sha256(coalesce(string_agg(bytes, ''), '')),
           coalesce(string_agg(int8send((id << 32) | (hashbyteaextended(bytes, 0) & 4294967295)), ''), '')
      FROM (SELECT t.xid, t.id, coins_transfer_bytes(t) AS bytes
              FROM coins_transfer t
             WHERE t.xid >= $3 AND t.xid <= $5 AND t.id >= $1 AND t.id < $2 AND %s
             ORDER BY t.xid, t.id) block
  $sql$,
  -- A part of one great transaction is found by its ids.
  CASE WHEN p_from_xid = p_to_xid THEN 't.id >= $4 AND t.id < $6'
       ELSE '(t.xid, t.id) >= ($3, $4) AND (t.xid, t.id) < ($5, $6)' END)
  INTO transfers, highest_id, content, leaves
    USING p_first_id, p_end_id, p_from_xid, p_from_id, p_to_xid, p_to_id;
END $$;

CREATE FUNCTION coins_seal_hash(s coins_ledgerseal, content bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(s.previous || record_send(ROW(s.seq, s.epoch, s.first_id, s.from_xid, s.from_id, s.to_xid, s.to_id,
                                              s.transfers, s.highest_id)) || content)
$$;

-- Write one seal after another over [(from), (to)) of an epoch, `p_block` transfers each; returns how many it sealed.
CREATE FUNCTION coins_seal_range(
    p_epoch smallint, p_first_id bigint, p_from_xid bigint, p_from_id bigint, p_to_xid bigint, p_block integer,
    p_also_empty boolean)
  RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  starts record;
  blocks integer;
  seal coins_ledgerseal;
  block record;
  sealed bigint := 0;
BEGIN
  EXECUTE $sql$
    SELECT coalesce(array_agg(xid ORDER BY place), '{}') AS xids, coalesce(array_agg(id ORDER BY place), '{}') AS ids
      FROM (SELECT t.xid, t.id, row_number() OVER (ORDER BY t.xid, t.id) - 1 AS place
              FROM coins_transfer t
             WHERE t.xid >= $1 AND t.xid < $3 AND (t.xid, t.id) >= ($1, $2) AND t.id >= $4) pending
     WHERE place % $5 = 0
  $sql$ INTO starts USING p_from_xid, p_from_id, p_to_xid, p_first_id, p_block;
  blocks := cardinality(starts.xids);
  IF blocks = 0 AND p_also_empty THEN
    blocks := 1;
  END IF;
  IF blocks > 4 THEN
    -- A run has just filled pages that the index does not know yet; each block would read all of them.
    PERFORM brin_summarize_new_values('coins_transfer_xid');
  END IF;
  SELECT * INTO seal FROM coins_ledgerseal ORDER BY seq DESC LIMIT 1;
  FOR i IN 1 .. blocks LOOP
    seal.previous := coalesce(seal.hash, '');
    seal.seq := coalesce(seal.seq, 0) + 1;
    seal.epoch := p_epoch;
    seal.first_id := p_first_id;
    seal.from_xid := CASE WHEN i = 1 THEN p_from_xid ELSE starts.xids[i] END;
    seal.from_id := CASE WHEN i = 1 THEN p_from_id ELSE starts.ids[i] END;
    seal.to_xid := CASE WHEN i < blocks THEN starts.xids[i + 1] ELSE p_to_xid END;
    seal.to_id := CASE WHEN i < blocks THEN starts.ids[i + 1] ELSE 0 END;
    block := coins_seal_content(p_first_id, 9223372036854775807, seal.from_xid, seal.from_id, seal.to_xid, seal.to_id);
    seal.transfers := block.transfers;
    seal.highest_id := block.highest_id;
    seal.leaves := block.leaves;
    seal.hash := coins_seal_hash(seal, block.content);
    seal.sealed_at := clock_timestamp();
    INSERT INTO coins_ledgerseal SELECT seal.*;
    sealed := sealed + block.transfers;
  END LOOP;
  RETURN sealed;
END $$;

-- Seal what is finished and not sealed yet. Returns how many transfers that were; null while somebody else is at it.
CREATE FUNCTION coins_seal(p_block integer) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  block integer := least(greatest(p_block, 1), 65536);
  ever CONSTANT bigint := 9223372036854775807;
  last coins_ledgerseal;
  given bigint;
  horizon bigint;
  restored boolean;
  sealed bigint := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(252002) THEN
    RETURN NULL;
  END IF;
  -- After the lock: what another sealer has just written is seen.
  SELECT * INTO last FROM coins_ledgerseal ORDER BY seq DESC LIMIT 1;
  given := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  IF last.seq IS NULL THEN
    last.epoch := 1;
    last.first_id := 0;
    last.to_xid := 0;
    last.to_id := 0;
    restored := EXISTS (SELECT FROM coins_transfer WHERE xid >= given);
  ELSE
    restored := given < last.to_xid;
  END IF;
  IF restored THEN
    -- Transaction ids that were given out lie ahead: the books were restored into a new cluster. What came with them
    -- unsealed belongs to the old epoch, which is closed; whatever is booked here has a higher id than all of that.
    sealed := coins_seal_range(last.epoch, last.first_id, last.to_xid, last.to_id, ever, block, true);
    last.epoch := last.epoch + 1;
    SELECT max(highest_id) + 1 INTO last.first_id FROM coins_ledgerseal;
    last.to_xid := 0;
    last.to_id := 0;
  END IF;
  -- Each statement has a snapshot of its own, so the rows are read with one that is newer than the horizon.
  horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  RETURN sealed + coins_seal_range(last.epoch, last.first_id, last.to_xid, last.to_id, horizon, block, false);
END $$;

-- Recompute every seal. Returns what does not fit: a transfer that was changed, is missing or was put in, or a seal
-- that is itself not as it was written. Stops after `p_most` findings.
CREATE FUNCTION coins_verify_seals(p_most integer) RETURNS TABLE (seal bigint, transfer bigint, problem text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  s record;
  this coins_ledgerseal;
  before coins_ledgerseal;
  block record;
  wrong record;
  found_in_leaves boolean;
  left_to_name integer := p_most;
BEGIN
  PERFORM brin_summarize_new_values('coins_transfer_xid');
  FOR s IN
    SELECT l AS row, coalesce((SELECT min(n.first_id) FROM coins_ledgerseal n WHERE n.epoch > l.epoch),
                              9223372036854775807) AS end_id
      FROM coins_ledgerseal l ORDER BY l.seq
  LOOP
    EXIT WHEN left_to_name <= 0;
    this := s.row;
    seal := this.seq;
    transfer := NULL;
    problem := CASE
      WHEN this.seq <> coalesce(before.seq, 0) + 1 THEN 'before it one is missing'
      WHEN this.previous <> coalesce(before.hash, '')
        OR (this.epoch = coalesce(before.epoch, 1)
            AND (this.from_xid, this.from_id, this.first_id)
             <> (coalesce(before.to_xid, 0), coalesce(before.to_id, 0), coalesce(before.first_id, 0)))
        OR (this.epoch <> coalesce(before.epoch, 1)
            AND (this.epoch <> before.epoch + 1 OR (this.from_xid, this.from_id) <> (0, 0)
                 OR before.to_xid <> 9223372036854775807 OR this.first_id <= before.first_id))
        THEN 'does not follow the one before it'
      END;
    IF problem IS NOT NULL THEN
      RETURN NEXT;
      left_to_name := left_to_name - 1;
    END IF;
    block := coins_seal_content(this.first_id, s.end_id, this.from_xid, this.from_id, this.to_xid, this.to_id);
    IF this.hash <> coins_seal_hash(this, block.content) OR this.leaves <> block.leaves THEN
      found_in_leaves := false;
      FOR wrong IN
        WITH was AS (
          SELECT substr(this.leaves, i * 8 + 1, 4) AS half, substr(this.leaves, i * 8 + 5, 4) AS digest
            FROM generate_series(0, length(this.leaves) / 8 - 1) i),
        now_is AS (
          SELECT substr(block.leaves, i * 8 + 1, 4) AS half, substr(block.leaves, i * 8 + 5, 4) AS digest
            FROM generate_series(0, length(block.leaves) / 8 - 1) i)
        SELECT whole.id - CASE WHEN whole.id > greatest(this.highest_id, block.highest_id) THEN 4294967296 ELSE 0 END
                 AS id,
               CASE WHEN n.half IS NULL THEN 'missing' WHEN w.half IS NULL THEN 'inserted' ELSE 'changed' END AS what
          FROM was w
          FULL JOIN now_is n ON n.half = w.half
         CROSS JOIN LATERAL (
           SELECT (greatest(this.highest_id, block.highest_id) >> 32 << 32)
                  | ('x' || encode(coalesce(w.half, n.half), 'hex'))::bit(32)::bigint AS id) whole
         WHERE w.digest IS DISTINCT FROM n.digest
         ORDER BY 1 LIMIT left_to_name
      LOOP
        found_in_leaves := true;
        transfer := wrong.id;
        problem := wrong.what;
        RETURN NEXT;
        left_to_name := left_to_name - 1;
      END LOOP;
      IF NOT found_in_leaves THEN
        transfer := NULL;
        problem := 'does not match its transfers';
        RETURN NEXT;
        left_to_name := left_to_name - 1;
      END IF;
    END IF;
    before := this;
  END LOOP;
  -- A transaction id that nobody has been given keeps a forged transfer out of every seal to come.
  FOR wrong IN
    SELECT t.id FROM coins_transfer t
     WHERE t.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
       AND t.id >= coalesce(before.first_id, 0)
       AND (before.seq IS NULL OR pg_snapshot_xmax(pg_current_snapshot())::text::bigint >= before.to_xid)
     ORDER BY t.id LIMIT left_to_name
  LOOP
    seal := NULL;
    transfer := wrong.id;
    problem := 'claims a transaction of the future';
    RETURN NEXT;
  END LOOP;
END $$;

-- ── Snapshots ───────────────────────────────────────────────────────────────────────────────────
-- Remember what each derived account has, for those that moved `p_least` times since they were last remembered.
-- Returns how many were written; null if some transaction outlasted our patience: an id below the mark may be its.
CREATE FUNCTION coins_take_snapshots(p_least bigint, p_patience interval) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  mark bigint;
  given bigint;
  taken bigint;
  until timestamptz := clock_timestamp() + p_patience;
BEGIN
  IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
    RETURN NULL; -- a transaction that has written already could only wait for itself
  END IF;
  -- The order is the proof. Every id up to the mark is handed out when we read it, and whoever holds one got a
  -- transaction id before (see Transfer.xid). Ours is given out afterwards, so all of them belong to transactions below
  -- it; once those have ended, nothing at or below the mark can still appear. (The xmax of a snapshot would not do:
  -- it is one past the last transaction that has ended, and others beyond it may be running.)
  SELECT last_value INTO mark FROM coins_transfer_id_seq WHERE is_called;
  given := pg_current_xact_id()::text::bigint;
  WHILE pg_snapshot_xmin(pg_current_snapshot())::text::bigint < given LOOP
    IF clock_timestamp() >= until THEN
      RETURN NULL;
    END IF;
    PERFORM pg_sleep(0.02);
  END LOOP;
  -- Two at once: both find the same sums; the index lets one of them write.
  INSERT INTO coins_balancesnapshot (account_id, upto_id, balance)
  SELECT a.id, mark, coalesce(s.balance, 0) + moved.amount
    FROM coins_ledgeraccount a
    LEFT JOIN LATERAL (SELECT balance, upto_id FROM coins_balancesnapshot
                        WHERE account_id = a.id ORDER BY upto_id DESC LIMIT 1) s ON true
   CROSS JOIN LATERAL (
     SELECT count(*) AS times, sum(amount)::bigint AS amount
       FROM (SELECT amount FROM coins_transfer
              WHERE credit_id = a.id AND id > coalesce(s.upto_id, 0) AND id <= mark
             UNION ALL
             SELECT -amount FROM coins_transfer
              WHERE debit_id = a.id AND id > coalesce(s.upto_id, 0) AND id <= mark) side) moved
   WHERE NOT a.stored AND moved.times >= greatest(p_least, 1)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  RETURN taken;
END $$;
