-- What a conversion run needs inside the database: counting minutes under caps, paying a chunk, and the guard
-- that keeps a counted entry as it was counted.

ALTER TABLE coins_axis SET (fillfactor = 60);

-- Count minutes in the order in which `entries` returns them (account, then start): a plain loop, because the caps of
-- day, week and category cross each other and what counts depends on all that counted before.
-- Runs with the caller's rights, so the query it is given can do nothing its caller cannot.
CREATE FUNCTION coins_count_minutes(entries text)
  RETURNS TABLE (entry_id bigint, account_id bigint, category_id bigint, policy_id bigint, done_on date,
                 minutes integer, counted integer, cut_by smallint, with_host boolean,
                 from_units bigint, to_units bigint)
  LANGUAGE plpgsql ROWS 10000 SET search_path = public, pg_temp AS $$
DECLARE
  e record;
  monday date;
  own_left integer;
  day_left integer;
  week_left integer;
  categories bigint[];
  category_left integer[];
  place integer;
BEGIN
  -- The answer's own columns carry on from row to row: the less is assigned, the faster a million of them.
  account_id := 0;
  FOR e IN EXECUTE entries LOOP
    IF e.account_id <> account_id THEN
      account_id := e.account_id;
      to_units := e.axis_end;
      monday := NULL;
      done_on := NULL;
    END IF;
    IF done_on IS DISTINCT FROM e.done_on THEN
      IF monday IS DISTINCT FROM e.monday THEN
        monday := e.monday;
        week_left := greatest(e.week_cap - e.week_before, 0);
        categories := '{}';
        category_left := '{}';
      END IF;
      done_on := e.done_on;
      own_left := greatest(e.day_cap - e.own_day_before, 0);
      day_left := greatest(e.host_day_cap - e.day_before, 0);
    END IF;
    minutes := e.minutes;
    with_host := e.with_host;
    counted := least(minutes, week_left, day_left, CASE WHEN with_host THEN minutes ELSE own_left END);
    cut_by := 0;
    IF e.category_cap IS NOT NULL THEN
      place := array_position(categories, e.category_id);
      IF place IS NULL THEN
        categories := categories || e.category_id;
        category_left := category_left || greatest(e.category_cap - e.category_before, 0);
        place := cardinality(categories);
      END IF;
      counted := least(counted, category_left[place]);
      category_left[place] := category_left[place] - counted;
      IF counted < minutes THEN
        cut_by := CASE WHEN counted = week_left THEN 2 WHEN category_left[place] = 0 THEN 3 ELSE 1 END;
      END IF;
    ELSIF counted < minutes THEN
      cut_by := CASE WHEN counted = week_left THEN 2 ELSE 1 END;
    END IF;
    week_left := week_left - counted;
    day_left := day_left - counted;
    IF NOT with_host THEN
      own_left := own_left - counted;
    END IF;
    entry_id := e.entry_id;
    category_id := e.category_id;
    policy_id := e.policy_id;
    from_units := to_units;
    to_units := to_units + counted * e.units_per_minute;
    RETURN NEXT;
  END LOOP;
END $$;

-- Pay one chunk of a run, in one statement: a line for each of its youths, what the pools that stand at their place in
-- the line pay for it, clearing to youth, lot, balance, and how far the axis is covered. A chunk that is paid stays
-- paid: the second call returns 0. Only who holds its last lease (the fence says which) may pay it. Who has left
-- meanwhile gets nothing; closing the run brings their coins back to the pool.
CREATE FUNCTION coins_pay_chunk(p_run bigint, p_number integer, p_valid_until date, p_fence integer) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  chunk record;
  paid bigint;
  owed text;
  moved text;
BEGIN
  SELECT c.*, coalesce(c.tally_paid, c.tally_due) AS tally_coins, r.effective_on, r.state INTO STRICT chunk
    FROM coins_runchunk c JOIN coins_conversionrun r ON r.id = c.run_id
   WHERE c.run_id = p_run AND c.number = p_number FOR UPDATE OF c;
  IF chunk.paid_at IS NOT NULL THEN
    RETURN 0;
  END IF;
  IF p_fence IS DISTINCT FROM chunk.fence THEN
    RAISE EXCEPTION 'chunk % of run % is held under fence %, not %', p_number, p_run, chunk.fence, p_fence
      USING ERRCODE = '23514', CONSTRAINT = 'coins_chunk_fenced';
  END IF;
  IF chunk.state <> 2 THEN
    RAISE EXCEPTION 'run % is not paying', p_run USING ERRCODE = '23514', CONSTRAINT = 'coins_chunk_not_shared';
  END IF;
  -- Locked before the accounts are read, in the ledger's one order: whoever closes an account holds its balance.
  EXECUTE 'SELECT count(*) FROM (
      SELECT 1 FROM unnest($1, $2) AS t (account_id, coins) JOIN coins_balance b ON b.account_id = t.account_id
       WHERE t.coins > 0 AND b.account_id BETWEEN $3 AND $4
       ORDER BY b.account_id DESC FOR NO KEY UPDATE OF b) locked'
    USING chunk.tally_accounts, chunk.tally_coins, chunk.first_account, chunk.last_account;
  PERFORM set_config('coins.bulk', 'on', true);
  -- A chunk lies on a few pools of the line, so what is joined to its thousands of rows are these few. That it is paid
  -- once, its own row knows; a payment that were booked already would break the unique index, loudly.
  EXECUTE $sql$
    WITH pool AS MATERIALIZED (
      SELECT f.id AS pool_id, c.id AS account_id, p.line_from, p.line_from + p.coins AS line_to
        FROM coins_runpool p
        JOIN coins_fundingpool f ON f.id = p.pool_id
        JOIN coins_ledgeraccount c ON c.kind = 3 AND c.owner = f.public_id AND c.closed_at IS NULL
       WHERE p.run_id = $1 AND p.line_from < $4 + $5 AND p.line_from + p.coins > $4),
    youth AS MATERIALIZED (
      SELECT t.account_id, t.minutes, t.counted, t.units, t.due, x.covered_units AS covered,
             x.end_units - t.units AS before, x.end_units AS after,
             CASE WHEN y.closed_at IS NULL THEN t.coins ELSE 0 END AS coins,
             $4 + sum(t.coins) OVER (ORDER BY t.account_id) - t.coins AS since
        FROM unnest($6, $7, $8, $9, $10, $11) AS t (account_id, minutes, counted, units, due, coins)
        JOIN coins_ledgeraccount y ON y.id = t.account_id AND y.id BETWEEN $2 AND $3
        JOIN coins_axis x ON x.account_id = t.account_id AND x.account_id BETWEEN $2 AND $3),
    line AS (
      INSERT INTO coins_conversionline (run_id, account_id, minutes, counted_minutes, units, carry_in_units,
                                        carry_out_units, earned_coins, open_in_coins, due_coins, paid_coins,
                                        open_out_coins)
      SELECT $1, account_id, minutes, counted, units, before % 252000, after % 252000,
             (before % 252000 + units) / 252000, (before - covered) / 252000, due, coins,
             (before - covered) / 252000 + (before % 252000 + units) / 252000 - coins
        FROM youth ORDER BY account_id),
    payment AS (
      INSERT INTO coins_payment (run_id, account_id, pool_id, coins, from_units, to_units)
      SELECT $1, y.account_id, p.pool_id, cut.till - cut.since,
             y.covered + (cut.since - y.since) * 252000::bigint, y.covered + (cut.till - y.since) * 252000::bigint
        FROM youth y
        JOIN pool p ON p.line_from < y.since + y.coins AND p.line_to > y.since
        CROSS JOIN LATERAL (SELECT greatest(p.line_from, y.since) AS since,
                                   least(p.line_to, y.since + y.coins) AS till) cut
       WHERE y.coins > 0
       ORDER BY y.account_id, p.line_from
      RETURNING id, account_id, pool_id, coins),
    written AS (
      INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id)
      SELECT p.account_id, y.account_id, y.coins, $12, 1, 3, y.id FROM payment y JOIN pool p USING (pool_id)
      RETURNING id, debit_id, credit_id, amount),
    lots AS (
      INSERT INTO coins_lot (account_id, pool_id, transfer_id, coins, "left", valid_until)
      SELECT w.credit_id, p.pool_id, w.id, w.amount, w.amount, $13 FROM written w JOIN pool p ON p.account_id = w.debit_id
      RETURNING coins),
    covered AS (
      UPDATE coins_axis x
         SET covered_units = x.covered_units + y.coins * 252000::bigint,
             paid_year_coins = y.coins + CASE WHEN x.paid_year = $14 THEN x.paid_year_coins ELSE 0 END,
             paid_year = $14
        FROM youth y WHERE x.account_id = y.account_id AND x.account_id BETWEEN $2 AND $3 AND y.coins > 0),
    moved AS (
      UPDATE coins_balance b SET posted = b.posted + y.coins FROM youth y
       WHERE b.account_id = y.account_id AND b.account_id BETWEEN $2 AND $3 AND y.coins > 0
      RETURNING y.coins)
    SELECT (SELECT count(*) FROM written),
           (SELECT (coalesce(sum(amount), 0), (SELECT coalesce(sum(coins), 0) FROM lots))::text FROM written),
           (SELECT (coalesce(sum(coins), 0), (SELECT coalesce(sum(coins), 0) FROM youth))::text FROM moved)
  $sql$ INTO paid, owed, moved
  USING p_run, chunk.first_account, chunk.last_account, chunk.line_from, chunk.coins,
        chunk.tally_accounts, chunk.tally_minutes, chunk.tally_counted, chunk.tally_units, chunk.tally_due,
        chunk.tally_coins, chunk.effective_on, p_valid_until, extract(year FROM chunk.effective_on)::smallint;
  PERFORM set_config('coins.bulk', '', true);
  IF owed <> moved THEN
    RAISE EXCEPTION 'chunk % of run %: transfers, lots and balances differ: % <> %', p_number, p_run, owed, moved
      USING ERRCODE = 'XX000';
  END IF;
  UPDATE coins_runchunk
     SET paid_at = clock_timestamp(), payments = paid, tally_accounts = NULL, tally_minutes = NULL,
         tally_counted = NULL, tally_units = NULL, tally_due = NULL, tally_paid = NULL
   WHERE id = chunk.id;
  RETURN paid;
END $$;

-- ── What is counted stays as it was counted ─────────────────────────────────────────────────────
-- A run that begins to count holds the lock 252001 alone until it says so; who changes an approved entry shares it. So
-- a change comes before anything is counted, or is refused at once: by the lock, by the run that counts, or by the item
-- that it has left.
-- Erasing is never refused: what a run needs later is copied beside the entry's number.
CREATE FUNCTION coins_entry_taken() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock_shared(252001)
     OR EXISTS (SELECT FROM coins_conversionrun r
                 WHERE r.closed_at IS NULL AND r.state = 1 AND old.approved_at < r.cutoff)
     OR EXISTS (SELECT FROM coins_youthaccount a JOIN coins_conversionitem i ON i.account_id = a.account_id
                 WHERE a.youth_id = old.youth_id AND i.entry_id = old.id
                   AND i.done_on = (old.starts_at AT TIME ZONE 'Europe/Berlin')::date) THEN
    RAISE EXCEPTION 'entry % is counted by a conversion run', old.id
      USING ERRCODE = '23514', CONSTRAINT = 'activities_entry_taken';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER coins_entry_taken BEFORE UPDATE ON activities_sharedtimeentry FOR EACH ROW
  WHEN (old.status = 'approved'
        AND (new.status, new.youth_id, new.category_id, new.starts_at, new.duration_minutes, new.host_confirmed)
            IS DISTINCT FROM
            (old.status, old.youth_id, old.category_id, old.starts_at, old.duration_minutes, old.host_confirmed))
  EXECUTE FUNCTION coins_entry_taken();
