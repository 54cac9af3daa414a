-- Spending, where each statement of its own would cost a round trip and a plan: plpgsql keeps the plans for as long as
-- the session lives. Both functions run with the caller's rights; the guards are the triggers', as for every insert.

-- Take the coins of a transfer that was just posted from `p_account` out of its lots, the oldest first, and return how
-- many they gave. The transfer's trigger holds the account's balance until the end, so no two choose from the same
-- lots. Coins whose last day was before `p_good_on` come last: they wait for an older hold, or for their expiry.
CREATE FUNCTION coins_spend_lots(p_account bigint, p_transfer bigint, p_coins bigint, p_good_on date) RETURNS bigint
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  lot record;
  taken bigint;
  missing bigint := p_coins;
BEGIN
  SELECT -sum(coins) INTO taken FROM coins_lotmove WHERE transfer_id = p_transfer;
  IF taken IS NOT NULL THEN
    RETURN taken; -- asked again
  END IF;
  FOR lot IN
    SELECT id, "left" FROM coins_lot WHERE account_id = p_account AND "left" > 0
     ORDER BY coalesce(valid_until < p_good_on, false), valid_until, id
  LOOP
    taken := least(lot."left", missing);
    UPDATE coins_lot SET "left" = "left" - taken WHERE id = lot.id;
    INSERT INTO coins_lotmove (transfer_id, lot_id, coins) VALUES (p_transfer, lot.id, -taken);
    missing := missing - taken;
    EXIT WHEN missing = 0;
  END LOOP;
  RETURN p_coins - missing;
END $$;

-- Move all coins of a hold to `p_credit` and take them out of the lots of their account; returns the transfer. The row
-- that it is written for makes it unique: asked again, the first one is returned, if it says the same.
CREATE FUNCTION coins_capture(p_hold bigint, p_credit bigint, p_kind integer, p_source bigint, p_on date)
  RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  hold record;
  transfer bigint;
BEGIN
  SELECT account_id, amount, placed_on INTO STRICT hold FROM coins_ledgerhold WHERE id = p_hold;
  INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id, hold_id)
  VALUES (hold.account_id, p_credit, hold.amount, p_on, 1, p_kind, p_source, p_hold)
  ON CONFLICT DO NOTHING RETURNING id INTO transfer;
  IF transfer IS NULL THEN
    SELECT id INTO transfer FROM coins_transfer
     WHERE kind = p_kind AND source_id = p_source AND hold_id = p_hold
       AND (credit_id, amount, effective_on) = (p_credit, hold.amount, p_on)
       AND num_nulls(reverses_id, group_id, idempotency_key) = 3;
    IF transfer IS NULL THEN
      RAISE EXCEPTION 'source % of kind % belongs to another transfer', p_source, p_kind
        USING ERRCODE = '23505', CONSTRAINT = 'coins_transfer_once_per_source';
    END IF;
  END IF;
  IF coins_spend_lots(hold.account_id, transfer, hold.amount, hold.placed_on) <> hold.amount THEN
    RAISE EXCEPTION 'the lots of account % do not hold the % coins of transfer %', hold.account_id, hold.amount, transfer
      USING ERRCODE = '23514', CONSTRAINT = 'coins_lots_differ';
  END IF;
  RETURN transfer;
END $$;
