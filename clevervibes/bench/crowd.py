"""A town full of youths with approved entries, made set by set: the same work for each who measures.

Everything follows from the seed, public ids included, so that two databases filled alike can be compared row by row.
Written as the owner of the tables: a million rows are not what services are for.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from clevervibes.lib import periods

CLUB = "crowd"
GUARDED_OF_TEN = 7  # the others are 18 or older and stand for themselves


def fill(cursor: CursorWrapper, *, entries: int, youths: int, cutoff: datetime, seed: int = 1) -> None:
    """Make `entries` approved entries of `youths` youths in a club of their own, all before `cutoff`.

    Every youth has the same number of them, two days apart, in the two weeks before the cutoff; one in sixteen is
    confirmed by a host, some weeks are long enough for a cap. Who needs a guardian has one who was seen; one youth in
    five has a mail address.
    """
    values: dict[str, Any] = {
        "entries": entries,
        "youths": youths,
        "each": -(-entries // youths),
        "seed": seed,
        "club": CLUB,
        "guarded": GUARDED_OF_TEN,
        "minor": _years_before(cutoff, 14),
        "adult": _years_before(cutoff, 19),
        "joined": cutoff - timedelta(days=200),
        "first_day": periods.berlin_date(cutoff) - timedelta(days=14),
        "approved": cutoff - timedelta(hours=1),
    }
    for statement in (_CLUB, _TEXT, _USERS, _YOUTHS, _GUARDIANS, _CONSENTS, _SIGHTINGS):
        cursor.execute(statement, values)
    # The indexes of a million rows are built in a tenth of the time it takes to keep them while they come.
    cursor.execute(_DROP_SLOT)
    cursor.execute(_ENTRIES, values)
    cursor.execute(_KEEP_SLOT)
    cursor.execute("ANALYZE")


def _years_before(moment: datetime, years: int) -> date:
    day = periods.berlin_date(moment)
    return day.replace(year=day.year - years, day=min(day.day, 28))


_CLUB = """
    INSERT INTO accounts_club (public_id, slug, name, town, contact_email, contact_phone, emergency_phone)
    VALUES (md5(%(club)s)::uuid, %(club)s, 'Clever Vibes Messstadt', 'Messstadt', '', '', '')
"""

# Beside a demo the crowd consents to the demo's text: a newer one would be asked of everybody.
_TEXT = """
    INSERT INTO accounts_consenttext (version, german, turkish, sha256, published_at, required_from)
    SELECT 1, 'Einwilligung', '', encode(sha256('Einwilligung'), 'hex'), %(joined)s, %(joined)s
     WHERE NOT EXISTS (SELECT FROM accounts_consenttext)
"""

# Guardians carry the number of their youth.
_USERS = """
    INSERT INTO accounts_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
                               date_joined, public_id, club_id, language, max_youths_why, is_demo)
    SELECT '', false, kind || n, initcap(kind), n::text,
           CASE WHEN n %% 5 = 0 OR kind = 'guardian' THEN kind || n || '@crowd.example' ELSE '' END,
           false, true, %(joined)s, md5(concat_ws(' ', %(seed)s, kind, n))::uuid, c.id, 'de', '', false
      FROM accounts_club c, generate_series(1, %(youths)s) n, unnest(ARRAY['youth', 'guardian']) kind
     WHERE c.slug = %(club)s AND (kind = 'youth' OR n %% 10 < %(guarded)s)
     ORDER BY kind DESC, n
"""

_YOUTHS = """
    INSERT INTO accounts_youthprofile (public_id, user_id, birth_date, joined_at, paused_why, paused_reason,
                                       max_guardians_why)
    SELECT md5(concat_ws(' ', %(seed)s, 'profile', u.last_name))::uuid, u.id,
           CASE WHEN u.last_name::integer %% 10 < %(guarded)s THEN %(minor)s ELSE %(adult)s END::date, %(joined)s,
           '', '', ''
      FROM accounts_user u JOIN accounts_club c ON c.id = u.club_id AND c.slug = %(club)s
     WHERE u.first_name = 'Youth' ORDER BY u.id
"""

_OF_CROWD = """
      FROM accounts_youthprofile y
      JOIN accounts_user u ON u.id = y.user_id
      JOIN accounts_club c ON c.id = u.club_id AND c.slug = %(club)s
      LEFT JOIN accounts_user g ON g.username = 'guardian' || u.last_name
"""

_GUARDIANS = f"""
    INSERT INTO accounts_guardianship (public_id, guardian_id, youth_id, started_at, ended_how, ended_why, paused_why,
                                       paused_reason)
    SELECT md5(concat_ws(' ', %(seed)s, 'link', u.last_name))::uuid, g.id, y.id, %(joined)s, '', '', '', ''
    {_OF_CROWD} WHERE g.id IS NOT NULL
"""

_CONSENTS = f"""
    INSERT INTO accounts_consent (youth_id, text_id, text_sha256, given_by_id, given_at, how, note, withdrawn_how)
    SELECT y.id, t.id, t.sha256, coalesce(g.id, u.id), %(joined)s, 'screen', '', ''
    {_OF_CROWD} JOIN accounts_consenttext t ON t.version = (SELECT max(version) FROM accounts_consenttext)
"""  # noqa: S608

_SIGHTINGS = f"""
    INSERT INTO accounts_sighting (person_id, seen_by_id, seen_at)
    SELECT coalesce(g.id, u.id), NULL, %(joined)s
    {_OF_CROWD}
"""

_DROP_SLOT = "ALTER TABLE activities_sharedtimeentry DROP CONSTRAINT activities_no_overlap"
_KEEP_SLOT = """
    ALTER TABLE activities_sharedtimeentry ADD CONSTRAINT activities_no_overlap EXCLUDE USING gist (
      youth_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
      WHERE (ends_at IS NOT NULL AND status NOT IN ('running', 'withdrawn', 'rejected'))
"""

# Five dice from one hash; entries come in no order that would help a run.
_ENTRIES = f"""
    INSERT INTO activities_sharedtimeentry (
      public_id, youth_id, category_id, starts_at, ends_at, duration_minutes, companion_relation, companion_name, did,
      learned, status, host_confirmed, claimed_by_id, claimed_at, submitted_at, reviewed_by_id, approved_at)
    WITH category AS (
      SELECT array_agg(id ORDER BY position, id) AS ids, count(*) AS of FROM activities_category WHERE counts),
    youth AS MATERIALIZED (SELECT y.id, u.last_name::integer AS n, u.id AS user_id, g.id AS guardian_id {_OF_CROWD})
    SELECT md5(concat_ws(' ', %(seed)s, 'entry', y.n, k))::uuid, y.id, c.ids[1 + (dice >> 4) %% c.of], at,
           at + make_interval(mins => minutes), minutes, 'parent', 'Kim', 'zusammen gelesen', '', 'approved',
           dice %% 16 = 0, y.user_id, at + interval '5 hours', at + interval '5 hours', y.guardian_id, %(approved)s
      FROM youth y, category c, generate_series(0, %(each)s - 1) k,
           LATERAL (SELECT hashint8extended(y.n * 1000 + k, %(seed)s) & 2147483647 AS dice) roll,
           LATERAL (SELECT (%(first_day)s::date + ((k * 2 + dice %% 2) %% 13)::integer
                            + make_interval(hours => (9 + k * 2 / 13 * 4)::integer)) AT TIME ZONE 'Europe/Berlin' AS at,
                           CASE WHEN y.n %% 20 = 0 THEN 235 ELSE 30 + (dice >> 8) %% 128 END::integer AS minutes) slot
     WHERE k * %(youths)s + y.n <= %(entries)s
     ORDER BY hashint8extended(y.n, k)
"""  # noqa: S608
