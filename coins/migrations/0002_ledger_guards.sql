-- The ledger's guards. They hold for every INSERT, whoever sends it, and no session setting of the app's role
-- switches them off. Functions that write are SECURITY DEFINER with a pinned search_path (pg_temp last, so that a
-- temporary table cannot take the place of a real one); who may call them is granted by clevervibes.lib.roles.

ALTER TABLE coins_balance SET (fillfactor = 60);
CREATE INDEX coins_transfer_xid ON coins_transfer USING brin (xid) WITH (pages_per_range = 32, autosummarize = on);

-- ── Append-only ─────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION coins_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  -- The flush between two tests is the owner's, in a database whose name says that it is one for tests.
  IF tg_op = 'TRUNCATE' AND current_database() LIKE 'test\_%'
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = tg_relid) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% on % is not allowed: it is append-only', tg_op, tg_table_name USING ERRCODE = '42501';
END $$;

CREATE TRIGGER coins_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coins_transfer
  FOR EACH STATEMENT EXECUTE FUNCTION coins_append_only();
CREATE TRIGGER coins_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coins_ledgerhold
  FOR EACH STATEMENT EXECUTE FUNCTION coins_append_only();
CREATE TRIGGER coins_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coins_ledgerholdend
  FOR EACH STATEMENT EXECUTE FUNCTION coins_append_only();
CREATE TRIGGER coins_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coins_ledgerseal
  FOR EACH STATEMENT EXECUTE FUNCTION coins_append_only();

-- ── Accounts ────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION coins_account_opened() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO coins_balance (account_id, posted, held, floor) SELECT id, 0, 0, 0 FROM opened WHERE stored;
  RETURN NULL;
END $$;
CREATE TRIGGER coins_account_opened AFTER INSERT ON coins_ledgeraccount REFERENCING NEW TABLE AS opened
  FOR EACH STATEMENT EXECUTE FUNCTION coins_account_opened();

CREATE TRIGGER coins_account_never_deleted BEFORE DELETE OR TRUNCATE ON coins_ledgeraccount
  FOR EACH STATEMENT EXECUTE FUNCTION coins_append_only();
CREATE TRIGGER coins_account_only_closes BEFORE UPDATE ON coins_ledgeraccount
  FOR EACH ROW WHEN ((new.id, new.asset, new.kind, new.owner, new.stored)
                     IS DISTINCT FROM (old.id, old.asset, old.kind, old.owner, old.stored))
  EXECUTE FUNCTION coins_append_only();

-- A derived balance: the last snapshot and what came after it, from both indexes.
CREATE FUNCTION coins_derived_balance(p_account bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (coalesce(s.balance, 0)
        + coalesce((SELECT sum(amount) FROM coins_transfer
                     WHERE credit_id = p_account AND id > coalesce(s.upto_id, 0)), 0)
        - coalesce((SELECT sum(amount) FROM coins_transfer
                     WHERE debit_id = p_account AND id > coalesce(s.upto_id, 0)), 0))::bigint
    FROM (SELECT 1) one
    LEFT JOIN LATERAL (SELECT balance, upto_id FROM coins_balancesnapshot
                        WHERE account_id = p_account ORDER BY upto_id DESC LIMIT 1) s ON true
$$;

-- Lock stored balances for this transaction, in the order of all, and return what is on them now.
CREATE FUNCTION coins_lock_balances(p_accounts bigint[])
  RETURNS TABLE (account_id bigint, posted bigint, held bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT b.account_id, b.posted, b.held FROM coins_balance b
    WHERE b.account_id = ANY (p_accounts) ORDER BY b.account_id DESC FOR NO KEY UPDATE;
END $$;

-- Close an empty account for good; closing it again changes nothing.
CREATE FUNCTION coins_close_account(p_account bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  has_row boolean;
  left_over bigint;
BEGIN
  SELECT stored INTO STRICT has_row FROM coins_ledgeraccount WHERE id = p_account;
  IF has_row THEN
    -- Whoever is posting holds this row, and reads the account again after getting it.
    SELECT abs(posted) + held INTO STRICT left_over FROM coins_balance WHERE account_id = p_account FOR UPDATE;
  ELSE
    -- No row to meet at: wait for the postings under way and keep new ones out until we commit. Rare and short.
    LOCK TABLE coins_transfer IN SHARE MODE;
    left_over := coins_derived_balance(p_account);
  END IF;
  IF left_over <> 0 THEN
    RAISE EXCEPTION 'account % is not empty', p_account
      USING ERRCODE = '23514', CONSTRAINT = 'coins_account_closed_empty';
  END IF;
  UPDATE coins_ledgeraccount SET closed_at = now() WHERE id = p_account AND closed_at IS NULL;
END $$;

-- ── Transfers ───────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION coins_transfer_posted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  set_aside bigint := 0;
  debit_moved boolean;
  credit_moved boolean;
  original record;
  sides record;
BEGIN
  IF new.reverses_id IS NOT NULL THEN
    -- The original's own row is the lock: two refunds of it are counted one after the other.
    SELECT t.id, t.debit_id, t.credit_id, t.amount, t.asset, t.reverses_id INTO original
      FROM coins_transfer t WHERE t.id = new.reverses_id FOR NO KEY UPDATE;
    IF original.id IS NULL OR original.id = new.id OR original.reverses_id IS NOT NULL
       OR original.asset <> new.asset
       OR (SELECT sum(t.amount) FROM coins_transfer t WHERE t.reverses_id = original.id) > original.amount
       -- It goes back where it came from, or comes from where it went. Coins that a settlement has taken
       -- out of the world are issued again.
       OR NOT (new.debit_id = original.credit_id OR new.credit_id = original.debit_id
               OR EXISTS (SELECT FROM coins_ledgeraccount a WHERE a.id = new.debit_id AND a.kind = 1))
    THEN
      RAISE EXCEPTION 'transfer % cannot be reversed by % from account % to %',
                      new.reverses_id, new.amount, new.debit_id, new.credit_id
        USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_reversible';
    END IF;
  END IF;

  IF new.hold_id IS NOT NULL THEN
    SELECT h.amount INTO set_aside FROM coins_ledgerhold h
     WHERE h.id = new.hold_id AND h.account_id = new.debit_id AND h.amount >= new.amount;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'hold % does not cover % on account %', new.hold_id, new.amount, new.debit_id
        USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_within_hold';
    END IF;
    -- A second capture, or a capture racing a cancellation, ends at the primary key.
    INSERT INTO coins_ledgerholdend (hold_id, outcome, transfer_id) VALUES (new.hold_id, 1, new.id);
  END IF;

  -- One fixed order, the higher id first, so that A to B and B to A wait for each other.
  IF new.credit_id > new.debit_id THEN
    UPDATE coins_balance SET posted = posted + new.amount WHERE account_id = new.credit_id;
    credit_moved := FOUND;
  END IF;
  UPDATE coins_balance SET posted = posted - new.amount, held = held - set_aside WHERE account_id = new.debit_id;
  debit_moved := FOUND;
  IF new.credit_id < new.debit_id THEN
    UPDATE coins_balance SET posted = posted + new.amount WHERE account_id = new.credit_id;
    credit_moved := FOUND;
  END IF;

  -- After the locks: an account that was closed while we waited is seen as closed.
  SELECT d.stored AS debit_stored, c.stored AS credit_stored, d.kind AS debit_kind, c.kind AS credit_kind,
         d.closed_at IS NULL AND c.closed_at IS NULL AS open, d.asset = new.asset AND c.asset = new.asset AS same
    INTO sides
    FROM coins_ledgeraccount d, coins_ledgeraccount c
   WHERE d.id = new.debit_id AND c.id = new.credit_id;
  IF NOT FOUND OR NOT sides.same OR (sides.debit_stored, sides.credit_stored) <> (debit_moved, credit_moved) THEN
    RAISE EXCEPTION 'accounts % and % do not both hold asset %', new.debit_id, new.credit_id, new.asset
      USING ERRCODE = '23503', CONSTRAINT = 'coins_transfer_accounts_exist';
  END IF;
  IF NOT sides.open THEN
    RAISE EXCEPTION 'account % or % is closed', new.debit_id, new.credit_id
      USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_accounts_open';
  END IF;
  IF sides.debit_kind = 4 AND sides.credit_kind = 4 THEN
    RAISE EXCEPTION 'coins never go from youth to youth'
      USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_no_youth_to_youth';
  END IF;
  RETURN NULL;
END $$;

-- Left out only where coins_post_transfers (or another function of ours) moves the balances itself: its own setting
-- and the right to write balances, which the app's role has nowhere else.
CREATE TRIGGER coins_transfer_posted AFTER INSERT ON coins_transfer FOR EACH ROW
  WHEN (NOT (coalesce(current_setting('coins.bulk', true), '') = 'on'
             AND has_table_privilege('coins_balance'::regclass, 'UPDATE')))
  EXECUTE FUNCTION coins_transfer_posted();

-- Many transfers and their balances at once. Rows whose key or source is booked already are left out; returns how
-- many are new. All or nothing: a closed account or an overdraft refuses the whole call.
CREATE FUNCTION coins_post_transfers(
    debits bigint[], credits bigint[], amounts bigint[], kinds smallint[], sources bigint[], groups uuid[],
    keys uuid[], days date[])
  RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  posted_now bigint;
  refused bigint;
  owed text;
  moved text;
BEGIN
  PERFORM 1 FROM coins_balance WHERE account_id = ANY (debits || credits)
    ORDER BY account_id DESC FOR NO KEY UPDATE;
  -- Only a superuser may create a function with a SET clause of a setting of our own, so it is set for the
  -- transaction and taken back below; an error rolls it back as well.
  PERFORM set_config('coins.bulk', 'on', true);
  -- EXECUTE: a plan made for one row must not serve fifty thousand.
  EXECUTE $sql$
    WITH given AS MATERIALIZED (
      SELECT g.*, d.asset, d.stored AS debit_stored, c.stored AS credit_stored,
             d.id IS NOT NULL AND c.id IS NOT NULL AND d.asset = c.asset AND d.closed_at IS NULL
             AND c.closed_at IS NULL AND NOT (d.kind = 4 AND c.kind = 4) AS fine
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
             AS g (debit_id, credit_id, amount, kind, source_id, group_id, idempotency_key, effective_on)
        LEFT JOIN coins_ledgeraccount d ON d.id = g.debit_id
        LEFT JOIN coins_ledgeraccount c ON c.id = g.credit_id),
    written AS (
      INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id, group_id,
                                  idempotency_key)
      SELECT debit_id, credit_id, amount, effective_on, asset, kind, source_id, group_id, idempotency_key
        FROM given WHERE fine
      ON CONFLICT DO NOTHING RETURNING debit_id, credit_id, amount),
    moves AS (
      SELECT side.account_id, sum(side.amount)::bigint AS amount
        FROM written w
        CROSS JOIN LATERAL (VALUES (w.debit_id, -w.amount), (w.credit_id, w.amount)) AS side (account_id, amount)
        JOIN coins_ledgeraccount a ON a.id = side.account_id AND a.stored
       GROUP BY side.account_id),
    moved AS (
      UPDATE coins_balance b SET posted = b.posted + m.amount FROM moves m WHERE b.account_id = m.account_id
      RETURNING m.amount)
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM given WHERE NOT fine),
           (SELECT (count(*), sum(amount))::text FROM moves), (SELECT (count(*), sum(amount))::text FROM moved)
  $sql$ INTO posted_now, refused, owed, moved
    USING debits, credits, amounts, kinds, sources, groups, keys, days;
  PERFORM set_config('coins.bulk', '', true);
  IF refused > 0 THEN
    RAISE EXCEPTION '% transfers name an account that is closed, unknown or of another asset', refused
      USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_accounts_open';
  END IF;
  IF owed <> moved THEN
    RAISE EXCEPTION 'transfers and balances differ: % <> %', owed, moved USING ERRCODE = 'XX000';
  END IF;
  RETURN posted_now;
END $$;

-- ── Holds ───────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION coins_hold_placed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE coins_balance SET held = held + new.amount WHERE account_id = new.account_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'account % cannot hold', new.account_id
      USING ERRCODE = '23503', CONSTRAINT = 'coins_transfer_accounts_exist';
  END IF;
  PERFORM 1 FROM coins_ledgeraccount WHERE id = new.account_id AND closed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'account % is closed', new.account_id
      USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_accounts_open';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER coins_hold_placed AFTER INSERT ON coins_ledgerhold
  FOR EACH ROW EXECUTE FUNCTION coins_hold_placed();

CREATE FUNCTION coins_hold_released() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE coins_balance b SET held = b.held - h.amount
    FROM coins_ledgerhold h WHERE h.id = new.hold_id AND b.account_id = h.account_id;
  RETURN NULL;
END $$;
-- A captured hold is released by its transfer, in the same update that moves the coins.
CREATE TRIGGER coins_hold_released AFTER INSERT ON coins_ledgerholdend
  FOR EACH ROW WHEN (new.transfer_id IS NULL) EXECUTE FUNCTION coins_hold_released();

-- ── Two signed lines a transfer ─────────────────────────────────────────────────────────────────
CREATE VIEW ledger_entry AS
  SELECT id || 'd' AS id, id AS transfer_id, debit_id AS account_id, credit_id AS other_id, -amount AS amount, asset,
         kind, source_id, group_id, effective_on, posted_at
    FROM coins_transfer
  UNION ALL
  SELECT id || 'c', id, credit_id, debit_id, amount, asset, kind, source_id, group_id, effective_on, posted_at
    FROM coins_transfer;
