-- As partners_redeem of 0002, and it also notes the clerk and the device, and refuses whoever is signed in the codes of
-- their own family: a guardian's youths, and one's own. The function with six arguments leads here, for as long as code
-- that knows no clerks still runs.
CREATE FUNCTION partners_redeem(
    p_hold bigint, p_by bigint, p_redeemed_at timestamptz, p_booked_at timestamptz, p_on date, p_public_id uuid,
    p_clerk bigint, p_device bigint)
  RETURNS partners_redemption LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  sold record;
  receipt partners_redemption;
BEGIN
  -- The condition is the lock: who comes second waits here, and then finds a hold that is not live any more.
  -- The clear code dies with the hold; its hash stays, so that the counter can say when a code was used.
  UPDATE partners_hold h SET status = 'redeemed', ended_at = p_booked_at, sealed_code = ''
    FROM partners_offer o JOIN partners_partner p ON p.id = o.partner_id
   WHERE h.id = p_hold AND h.status = 'live' AND h.expires_at > p_redeemed_at
     AND o.id = h.offer_id AND o.paused_at IS NULL AND p.paused_at IS NULL AND p.account_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM coins_youthaccount link JOIN accounts_youthprofile youth ON youth.id = link.youth_id
                      WHERE link.account_id = h.account_id
                        AND (youth.paused_at IS NOT NULL OR youth.user_id = p_by
                             OR EXISTS (SELECT FROM accounts_guardianship g
                                         WHERE g.youth_id = youth.id AND g.guardian_id = p_by AND g.ended_at IS NULL)))
  RETURNING h.ledger_hold_id, h.title, h.price_coins, o.vat_percent, p.id AS partner_id, p.account_id INTO sold;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  INSERT INTO partners_redemption (hold_id, public_id, transfer_id, partner_id, title, price_coins, vat_percent, by_id,
                                   clerk_id, device_id, redeemed_at, booked_at, undo_reason)
  VALUES (p_hold, p_public_id,
          -- The hold is the document and the key in one: two random numbers less in the ledger's largest indexes.
          coins_capture(sold.ledger_hold_id, sold.account_id, 5, p_hold, p_on),
          sold.partner_id, sold.title, sold.price_coins, sold.vat_percent, p_by, p_clerk, p_device, p_redeemed_at,
          p_booked_at, '')
  RETURNING * INTO receipt;
  RETURN receipt;
END $$;

CREATE OR REPLACE FUNCTION partners_redeem(
    p_hold bigint, p_by bigint, p_redeemed_at timestamptz, p_booked_at timestamptz, p_on date, p_public_id uuid)
  RETURNS partners_redemption LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RETURN partners_redeem(p_hold, p_by, p_redeemed_at, p_booked_at, p_on, p_public_id, NULL, NULL);
END $$;
