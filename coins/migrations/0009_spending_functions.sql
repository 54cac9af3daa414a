-- Posting and spending in one call each, where every statement of its own would cost a round trip and a plan: plpgsql
-- keeps the plans for as long as the session lives. All run with the caller's rights; the guards are the triggers', as
-- for every insert.

-- Post a transfer and return its id. Posted before under the same key, or for the same source: the first one's id, if it
-- says the same. The insert's unique index decides before any balance rule is asked, so the retry of the very payment
-- that emptied the account ends here and not at the overdraft.
CREATE FUNCTION coins_post(
    p_debit bigint, p_credit bigint, p_amount bigint, p_on date, p_asset integer, p_kind integer, p_source bigint,
    p_reverses bigint, p_hold bigint, p_group uuid, p_key uuid)
  RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  transfer bigint;
BEGIN
  INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id, reverses_id, hold_id,
                              group_id, idempotency_key)
  VALUES (p_debit, p_credit, p_amount, p_on, p_asset, p_kind, p_source, p_reverses, p_hold, p_group, p_key)
  ON CONFLICT DO NOTHING RETURNING id INTO transfer;
  IF transfer IS NULL THEN
    SELECT id INTO transfer FROM coins_transfer t
     WHERE (t.idempotency_key = p_key OR (p_key IS NULL AND t.kind = p_kind AND t.source_id = p_source))
       AND (t.debit_id, t.credit_id, t.amount, t.effective_on, t.asset, t.kind)
         = (p_debit, p_credit, p_amount, p_on, p_asset, p_kind)
       AND (t.source_id, t.reverses_id, t.hold_id, t.group_id, t.idempotency_key)
           IS NOT DISTINCT FROM (p_source, p_reverses, p_hold, p_group, p_key);
    IF transfer IS NULL THEN
      RAISE EXCEPTION 'key % or source % of kind % belongs to another transfer', p_key, p_source, p_kind
        USING ERRCODE = '23505', CONSTRAINT = 'coins_transfer_said_otherwise';
    END IF;
  END IF;
  RETURN transfer;
END $$;

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
-- it is written for makes it unique.
CREATE FUNCTION coins_capture(p_hold bigint, p_credit bigint, p_kind integer, p_source bigint, p_on date)
  RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  hold record;
  transfer bigint;
BEGIN
  SELECT account_id, amount, placed_on INTO STRICT hold FROM coins_ledgerhold WHERE id = p_hold;
  transfer := coins_post(hold.account_id, p_credit, hold.amount, p_on, 1, p_kind, p_source, NULL, p_hold, NULL, NULL);
  IF coins_spend_lots(hold.account_id, transfer, hold.amount, hold.placed_on) <> hold.amount THEN
    RAISE EXCEPTION 'the lots of account % do not hold the % coins of transfer %', hold.account_id, hold.amount, transfer
      USING ERRCODE = '23514', CONSTRAINT = 'coins_lots_differ';
  END IF;
  RETURN transfer;
END $$;
