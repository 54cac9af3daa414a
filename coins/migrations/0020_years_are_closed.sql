-- A closed year takes no bookings, whoever sends them and by whichever function.
--
-- What is booked today costs one comparison of two dates: only a day of the past asks the table. A year can be closed
-- from 3 January on, so a session whose clock stands in another time zone is not a day ahead of it.
CREATE FUNCTION coins_year_open() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- Shared with other postings; the closing takes it alone, and so finds every posting committed or not begun. The
  -- question after it is a statement of its own: it sees what was committed while this one waited.
  PERFORM pg_advisory_xact_lock_shared(hashtext('coins year'), 0);
  IF EXISTS (SELECT FROM coins_yearclosing
              WHERE year >= extract(year FROM new.effective_on) AND approved_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the year of % is closed', new.effective_on
      USING ERRCODE = '23514', CONSTRAINT = 'coins_transfer_year_open';
  END IF;
  RETURN NULL;
END $$;
-- After the insert: what was booked before is found by its key and not booked again, closed or not.
CREATE TRIGGER coins_transfer_year_open AFTER INSERT ON coins_transfer FOR EACH ROW
  WHEN (new.effective_on < CURRENT_DATE
        AND new.effective_on <= CURRENT_DATE - date_part('doy', CURRENT_DATE)::integer)
  EXECUTE FUNCTION coins_year_open();

CREATE FUNCTION coins_year_closed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF tg_op = 'DELETE' THEN
    IF old.approved_at IS NOT NULL THEN
      RAISE EXCEPTION 'the year % is closed for good', old.year USING ERRCODE = '42501';
    END IF;
    RETURN old;
  END IF;
  -- Who closed it may be erased; nothing else of it changes.
  IF tg_op = 'UPDATE' AND old.approved_at IS NOT NULL
     AND (new.id, new.year, new.bank_cents, new.books_cents, new.why_without_bank, new.asked_at, new.approved_at)
         IS DISTINCT FROM
         (old.id, old.year, old.bank_cents, old.books_cents, old.why_without_bank, old.asked_at, old.approved_at) THEN
    RAISE EXCEPTION 'the year % is closed for good', old.year USING ERRCODE = '42501';
  END IF;
  IF new.approved_at IS NOT NULL AND (tg_op = 'INSERT' OR old.approved_at IS NULL) THEN
    IF now() < make_timestamptz(new.year + 1, 1, 3, 0, 0, 0, 'Europe/Berlin') THEN
      RAISE EXCEPTION 'the year % is not over', new.year
        USING ERRCODE = '23514', CONSTRAINT = 'coins_year_is_over';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('coins year'), 0);
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER coins_year_closed BEFORE INSERT OR UPDATE OR DELETE ON coins_yearclosing FOR EACH ROW
  EXECUTE FUNCTION coins_year_closed();
