"""Every field that is stored, by what it is for. A test compares it with the models: what is not listed may not exist.

A model added or a field changed? Put its name behind the use it has; if none fits, think twice whether the field is
needed, then write a new use in `uses`.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from clevervibes.lib import history
from clevervibes.privacy import uses
from clevervibes.privacy.uses import Use

INVENTORY: dict[str, dict[Use, str]] = {
    # ── People ──
    "accounts.User": {
        uses.WHO: "id public_id username first_name last_name club",
        uses.SIGN_IN: "last_login date_joined is_active is_demo",
        uses.SECRET: "password",
        uses.REACH: "email language",
        uses.RIGHTS: "is_staff is_superuser",
        uses.FAMILY: "max_youths max_youths_why",
    },
    "accounts.User_groups": {uses.RIGHTS: "id user group"},
    "accounts.User_user_permissions": {uses.RIGHTS: "id user permission"},
    "accounts.YouthProfile": {
        uses.WHO: "id public_id user joined_at",
        uses.AGE: "birth_date",
        uses.PROTECT_SAID: "paused_at paused_why",
        uses.PROTECT: "paused_reason paused_by",
        uses.LEAVING: "left_at",
        uses.FAMILY: "max_guardians max_guardians_why",
    },
    "accounts.Guardianship": {
        uses.FAMILY: "id public_id guardian youth started_at ended_at ended_how ended_by",
        uses.PROTECT_SAID: "paused_at paused_why",
        uses.PROTECT: "ended_why paused_reason paused_by",
    },
    "accounts.TrustedPerson": {
        uses.FAMILY: "id public_id person youth named_by started_at ended_at ended_how ended_by",
        uses.PROTECT: "ended_why",
    },
    "accounts.OneTimeLink": {
        uses.INVITE: "id public_id purpose about made_by created_at expires_at sent_to used_at used_by revoked_at",
        uses.INVITE_SECRET: "token_sha256",
    },
    "accounts.ConfirmPin": {uses.SIGN_IN: "id user set_at", uses.SECRET: "pin_hash"},
    "accounts.SharedPhone": {uses.SIGN_IN: "id public_id created_at ended_at"},
    "accounts.SharedPhonePerson": {uses.SIGN_IN: "id phone person added_at", uses.SECRET: "password_mark"},
    "accounts.ConsentText": {uses.HOUSE: "id version german turkish sha256 published_at required_from",
                             uses.TRAIL: "published_by"},
    "accounts.SiteText": {
        uses.HOUSE: "id public_id club kind german turkish english sha256 version valid_from published_at",
        uses.TRAIL: "published_by",
    },
    "accounts.Operator": {
        uses.HOUSE: "id public_id club legal_name street postcode town representative register_court register_number"
                    " tax_number email phone press data_protection supervisory version valid_from published_at",
        uses.TRAIL: "published_by",
    },
    "accounts.Consent": {
        uses.CONSENT: "id youth text text_sha256 given_by given_at how recorded_by note withdrawn_at withdrawn_by"
                      " withdrawn_how",
    },
    "accounts.Outlook": {uses.OUTLOOK: "id club year occasion step number"},
    "accounts.Ending": {uses.LEAVING: "id youth why started_at spend_until called_off_at outlook_at"},
    "accounts.Birthday": {uses.AGE: "id youth years due_at told_at done_at outlook_at"},
    "accounts.BirthDateChange": {uses.AGE: "id youth before after reason by at"},
    "accounts.Reveal": {uses.LOOKED: "id youth by reason at"},
    "accounts.Erasure": {uses.LEAVING: "id public_id person why asked_by asked_at due_at called_off_at outlook_at"},
    "accounts.Erased": {uses.RESTORED: "id person erased_at"},
    "accounts.Sighting": {uses.SEEN: "id person seen_by contact_point seen_at"},
    "accounts.Membership": {uses.CONTACT: "id user organisation role"},
    "accounts.SignIn": {uses.DEVICES: "id public_id user browser system signed_in_at last_seen_at"},
    "accounts.ApiToken": {
        uses.APPS: "id public_id user name scopes created_at expires_at last_used_at revoked_at",
        uses.APPS_SECRET: "token_sha256 password_mark",
    },
    "accounts.MailLink": {
        uses.MAIL_LINK: "id user purpose mailbox made_at expires_at used_at",
        uses.MAIL_LINK_SECRET: "digest",
    },
    "mfa.Authenticator": {uses.SIGN_IN: "id user type created_at last_used_at", uses.SECRET: "data"},
    "accounts.Notice": {uses.NEWS: "id public_id to topic ids key at read_at mailed_at digest"},
    "accounts.MailSettings": {uses.REACH: "id person times coins weekday weekday_since"},
    "accounts.Digest": {uses.NEWS: "id to on due_at"},
    "account.EmailAddress": {uses.REACH: "id user email verified primary"},
    "account.EmailConfirmation": {uses.REACH: "id email_address created sent", uses.SECRET: "key"},
    "accounts.Case": {uses.HELP: "id public_id by path label state asked_at since closed_at"},
    "accounts.CaseWord": {uses.HELP: "id case by from_team text at"},
    # ── Protection: nothing here says who has written ──
    "accounts.Concern": {
        uses.CONCERN: "id public_id club what place reach page raised_at closed_at closed_by note",
    },
    "accounts.ConcernLook": {uses.CONCERN: "id concern by at"},
    "accounts.StaffRole": {
        uses.RIGHTS: "id public_id user club role asked_by asked_at granted_by granted_at ended_by ended_at",
    },
    "accounts.SavedView": {uses.VIEWS: "id public_id owner shared_with model name query saved_at"},
    "accounts.ProtectionMember": {uses.PROTECTS: "id club person named_by named_at ended_at"},
    # ── Shared time ──
    "activities.SharedTimeEntry": {
        uses.TIME: "id public_id youth category starts_at ends_at duration_minutes companion_relation companion_name"
                   " did learned status host_confirmed claimed_by claimed_at submitted_at reviewed_by approved_at"
                   " sheet",
    },
    "activities.InboxLink": {
        uses.ASKED: "id person made_at expires_at revoked_at",
        uses.ASKED_SECRET: "token_sha256 password_mark",
    },
    "activities.Reminder": {uses.TIME: "id entry to day since at"},
    "activities.Sheet": {
        uses.PAPER: "id public_id code youth monday made_by made_at signed_by entered_by entered_at contact_point",
    },
    "activities.Review": {uses.TIME: "id entry step by at reason before"},
    "activities.Sample": {
        uses.SAMPLE: "id public_id entry why note drawn_percent drawn_version raised_at raised_by decision reason"
                     " decided_by decided_at",
    },
    "activities.SampleSeed": {uses.SAMPLE_SECRET: "id secret made_at"},
    "activities.Category": {
        uses.HOUSE: "id slug name icon tint examples counts weekly_cap_minutes position",
    },
    "activities.Topic": {uses.HOUSE: "id slug name icon tint position"},
    "activities.Interest": {uses.INTEREST: "id youth topic since"},
    "activities.Host": {uses.ORGANISATION: "id organisation public_id industry"},
    "activities.Opportunity": {
        uses.CHANCES: "id public_id host kind category topic title text starts_at ends_at where way wear seats"
                      " minimum_age contact_name never_alone series sent_at released_at changed_at cancelled_at"
                      " cancelled_why host_told_at listed_at",
        uses.CERTIFICATE: "certificate_seen_on certificate_valid_until",
        uses.TRAIL: "drafted_by released_by cancelled_by code_shown_by listed_by",
    },
    "activities.Booking": {
        uses.BOOKING: "id public_id opportunity youth status seat starts_at ends_at made_at answer_by answered_at"
                      " answered_by reminded_at checked_in_at entry ended_at ended_why",
    },
    "activities.HeldWord": {uses.HOUSE: "id word"},
    "activities.Place": {
        uses.CHANCES: "id public_id host kind topic title text where starts_on apply_until minimum_age submitted_at"
                      " released_at closed_at closed_how",
        uses.TRAIL: "released_by",
    },
    "activities.PlaceInterest": {
        uses.INTEREST: "id public_id place youth title portfolio reach reach_at state asked_at sent_at until ended_at"
                       " reply replied_at meets_at meets_where",
    },
    "activities.InterestStep": {uses.INTEREST: "id interest step by at"},
    "activities.PortfolioPick": {uses.PORTFOLIO: "id entry shows_learned"},
    "activities.Portfolio": {
        uses.PORTFOLIO: "id public_id youth made_at minutes shows_last_name revoked_at",
        uses.PORTFOLIO_SECRET: "token_sha256",
    },
    "activities.PortfolioItem": {uses.PORTFOLIO: "id portfolio entry shows_learned"},
    "activities.LearningGoal": {uses.GOAL: "id public_id youth text set_at reached_at let_go_at"},
    # ── Coins: a youth is a random account number in here ──
    "coins.YouthAccount": {uses.WHOSE: "id youth account"},
    "coins.Axis": {uses.COINS: "account end_units covered_units dropped_units paid_year paid_year_coins"},
    "coins.ConversionItem": {
        uses.COINS: "pk run account entry category policy from_units to_units done_on minutes counted_minutes cut_by"
                    " with_host",
    },
    "coins.ConversionLine": {
        uses.COINS: "id run account minutes counted_minutes units carry_in_units carry_out_units earned_coins"
                    " open_in_coins due_coins paid_coins open_out_coins",
    },
    "coins.Payment": {uses.COINS: "id run account pool coins from_units to_units"},
    "coins.Lot": {uses.COINS: "id account pool transfer coins left valid_until"},
    "coins.LotMove": {uses.COINS: "id transfer lot coins"},
    "coins.Backflow": {uses.COINS: "id kind account pool coins effective_on order"},
    "coins.ExpiryNotice": {uses.COINS: "id account valid_until stage_days told_at"},
    "coins.LedgerAccount": {uses.BOOKS: "id asset kind owner stored closed_at"},
    "coins.Balance": {uses.BOOKS: "account posted held floor"},
    "coins.LedgerHold": {uses.BOOKS: "id account amount idempotency_key placed_on placed_at"},
    "coins.LedgerHoldEnd": {uses.BOOKS: "hold outcome transfer_id ended_at"},
    "coins.Transfer": {
        uses.BOOKS: "xid id debit credit amount posted_at effective_on asset kind source_id reverses hold group"
                    " idempotency_key",
    },
    "coins.LedgerEntry": {
        uses.BOOKS: "id transfer account other amount asset kind source_id group effective_on posted_at",
    },
    "coins.BalanceSnapshot": {uses.BOOKS: "id account upto_id balance taken_at"},
    "coins.LedgerSeal": {
        uses.BOOKS: "seq epoch first_id from_xid from_id to_xid to_id transfers highest_id previous hash leaves"
                    " sealed_at",
    },
    "coins.DaySeal": {
        uses.BOOKS: "number day from_seq to_seq head epoch first_id from_xid from_id to_xid to_id transfers lines"
                    " previous hash published_at",
        uses.SEAL_SECRET: "secret",
    },
    "coins.DayProof": {uses.BOOKS: "id proved_on upto findings"},
    "coins.PublicFigures": {uses.HOUSE: "id taken_on taken_at figures"},
    "coins.MoneyOrder": {
        uses.BOOKS: "id public_id kind state pool to_pool account line deposit coins moved_coins paid_cents reason"
                    " two_people requested_by requested_at approved_by approved_at done_at refused_by refused_at"
                    " refused_why",
    },
    "coins.YearClosing": {
        uses.BOOKS: "id year bank_cents books_cents why_without_bank asked_by asked_at approved_by approved_at",
    },
    "coins.OpeningMoney": {
        uses.BOOKS: "id public_id amount_cents held_on reason asked_by asked_at approved_by approved_at",
    },
    "coins.Pledge": {
        uses.BOOKS: "id public_id sponsor pool amount_cents due_on promised_on created_by created_at withdrawn_at"
                    " withdrawn_by withdrawn_why",
    },
    "coins.PledgeReminder": {uses.BOOKS: "id pledge step_days told_at"},
    "coins.AgreementReminder": {uses.BOOKS: "id sponsor agreement_until told_at"},
    "coins.ContactInvitation": {
        uses.SPONSOR_DOOR: "id public_id sponsor name sent_to made_by made_at expires_at used_at used_by revoked_at",
        uses.SPONSOR_DOOR_SECRET: "token_sha256",
    },
    "coins.Deposit": {
        uses.BOOKS: "id public_id sponsor pool amount_cents coins received_on reference booked_by booked_at",
    },
    "coins.Sponsor": {
        uses.ORGANISATION: "id public_id organisation kind agreement_from agreement_until iban suspended_at",
    },
    "coins.FundingPool": {
        uses.BOOKS: "id public_id sponsor name club weekly_limit_coins paused_at paused_why ended_at rest_goes",
        uses.TRAIL: "paused_reason paused_by",
    },
    "coins.BankStatement": {
        uses.BOOKS: "id public_id iban statement_id sequence opening_cents closing_cents closing_on file_sha256"
                    " known_lines imported_by imported_at booked_by booked_at",
    },
    "coins.BankLine": {
        uses.BOOKS: "id public_id statement account_iban reference amount_cents booked_on name iban text"
                    " end_to_end_id batch_ids why state kind note pool sponsor deposit order about about_what"
                    " decided_by decided_at",
    },
    "coins.ConversionPolicy": {
        uses.HOUSE: "id valid_from minutes_per_coin host_weight_percent day_cap_minutes host_day_cap_minutes"
                    " week_cap_minutes year_cap_coins",
    },
    "coins.ConversionRun": {
        uses.BOOKS: "id public_id club cutoff effective_on policy state started_by started_at planned_at closed_at"
                    " youths entries minutes counted_minutes earned_coins open_coins due_coins released_coins"
                    " leftover_coins waiting",
    },
    "coins.RunStop": {uses.TRAIL: "id run at by reason resumed_at resumed_by resumed_reason"},
    "coins.RunPool": {uses.BOOKS: "id run pool line_from coins leftover_coins"},
    "coins.RunChunk": {
        uses.BOOKS: "id run number first_account last_account payments paid_at leased_until fence counted_at youths"
                    " entries minutes counted_minutes earned_coins open_coins due_coins tally_accounts tally_minutes"
                    " tally_counted tally_units tally_due tally_paid line_from coins",
    },
    "coins.Alarm": {uses.TRAIL: "id kind detail raised_at seen_by seen_at note"},
    # ── Shops ──
    "partners.Partner": {
        uses.ORGANISATION: "id public_id organisation account released_at paused_at paused_why paused_with_all",
        uses.TRAIL: "released_by paused_reason paused_by",
    },
    "partners.Offer": {
        uses.ORGANISATION: "id public_id partner title text picture category price_coins stock per_youth_per_month"
                           " minimum_age valid_from valid_until vat_percent released_at paused_at paused_why"
                           " shop_paused_at event_ends_at is_draft refused_why",
        uses.TRAIL: "released_by paused_reason paused_by",
    },
    "partners.OfferChange": {
        uses.ORGANISATION: "id offer title text picture category price_coins minimum_age vat_percent asked_at sent_at"
                           " decided_at refused_why",
        uses.TRAIL: "asked_by decided_by",
    },
    "partners.CategoryCap": {uses.HOUSE: "id club category coins_per_month"},
    "partners.RewardGoal": {uses.REWARD: "account offer pinned_at"},
    "partners.Hold": {
        uses.REWARD: "id public_id offer account ledger_hold title price_coins placed_at expires_at status ended_at"
                     " looked_up_at reminded_at instead_of",
        uses.REWARD_CODE: "code_hmac token_hash sealed_code",
    },
    "partners.Redemption": {
        uses.REWARD: "public_id hold transfer partner title price_coins vat_percent by device redeemed_at booked_at"
                     " undone_at undone_by undo_reason refund",
        uses.CLERK: "clerk undone_clerk",
    },
    "partners.Device": {
        uses.COUNTER: "id public_id partner kind name made_at pairing_until connected_at expires_at last_seen_at"
                      " revoked_at paused_at paused_why paused_reason",
        uses.COUNTER_SECRET: "token_sha256",
        uses.TRAIL: "made_by revoked_by paused_by",
    },
    "partners.Clerk": {
        uses.CLERK: "id public_id partner name pin_set_at made_at ended_at",
        uses.CLERK_SECRET: "pin_hash",
    },
    "partners.Shift": {uses.SHIFT: "device clerk began_at last_seen_at"},
    "partners.DeskInvitation": {
        uses.DESK: "id public_id partner made_by made_at expires_at sent_to used_at used_by revoked_at",
        uses.DESK_SECRET: "token_sha256",
    },
    "partners.LateScan": {
        uses.REWARD: "id public_id partner hold device key scanned_at received_at refusal why redemption",
        uses.TRAIL: "by decided_at decided_by note",
    },
    "partners.Enquiry": {
        uses.ENQUIRY: "id public_id club organisation_name parts contact_name email phone message asked_at"
                      " confirmed_at decided_at organisation reason",
        uses.TRAIL: "decided_by",
    },
    "partners.MissCount": {uses.LIMITS: "scope misses first_at last_at"},
    "partners.SettlementRun": {uses.BOOKS: "id public_id club cutoff_at started_at started_by finished_at"},
    "partners.Settlement": {
        uses.BOOKS: "id public_id run partner cutoff_at status net_coins carried_coins rolled_into created_at held_at"
                    " held_by held_why batch",
    },
    "partners.SettlementLine": {uses.BOOKS: "id settlement kind redemption failed goodwill amount_coins"},
    "partners.PayoutBatch": {
        uses.BOOKS: "id public_id club proposed_by proposed_at approved_by approved_at refused_by refused_at"
                    " refused_why",
    },
    "partners.BankAccount": {
        uses.BOOKS: "id public_id partner iban holder requested_by requested_at approved_by approved_at usable_at"
                    " refused_by refused_at refused_why",
    },
    "partners.PayoutFile": {uses.BOOKS: "id public_id batch message_id executes_on created_at created_by content"},
    "partners.Payout": {
        uses.BOOKS: "id settlement file end_to_end_id amount_cents bank_account paid_on failed_on failed_why noted_by",
    },
    "partners.Correction": {
        uses.BOOKS: "id public_id redemption incident reason requested_by requested_at approved_by approved_at"
                    " booked_at transfer",
    },
    "partners.Goodwill": {
        uses.BOOKS: "id public_id late_scan amount_coins vat_percent reason requested_by requested_at approved_by"
                    " approved_at booked_at",
    },
    # ── The house ──
    "accounts.Club": {uses.HOUSE: "id public_id slug name town contact_email contact_phone emergency_phone"},
    "accounts.Organisation": {uses.ORGANISATION: "id public_id club name street postcode town about is_shown"},
    "accounts.ContactPoint": {uses.ORGANISATION: "id organisation opening_hours"},
    "lib.OutboxMessage": {
        uses.DELIVERY: (
            "id topic to payload key created_at due_at attempts last_error leased_until delivered_at request_id"
        ),
    },
    "lib.KeptAnswer": {uses.TWICE: "id scope key fingerprint status body created_at"},
    "lib.TryCount": {uses.LIMITS: "scope tries over_at"},
    "lib.Heartbeat": {uses.HOUSE: "name at"},
    "sessions.Session": {uses.SESSION: "session_key session_data expire_date"},
    "admin.LogEntry": {
        uses.TRAIL: "id action_time user content_type object_id object_repr action_flag change_message",
    },
    "auth.Permission": {uses.HOUSE: "id name content_type codename"},
    "auth.Group_permissions": {uses.HOUSE: "id group permission"},
    "auth.Group": {uses.HOUSE: "id name"},
    "contenttypes.ContentType": {uses.HOUSE: "id app_label model"},
    # Nothing is written here: a trace carries its context itself.
    "pghistory.Context": {uses.HOUSE: "id created_at updated_at metadata"},
}  # fmt: skip


def _of_trace(trace: type[history.Trace]) -> dict[Use, str]:
    """Return what a trace holds: the fields of its row are there for what they are for, the rest says who did it."""
    model = trace.pgh_tracked_model
    kept = {field.name for field in trace._meta.local_fields}
    about = uses.CHANGED if model in history.ABOUT_PEOPLE else uses.TRAIL
    found = {about: ["pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context"]}
    for use, names in INVENTORY.get(model._meta.label, {}).items():
        if here := [name for name in names.split() if name in kept]:
            found.setdefault(use, []).extend(here)
    return {use: " ".join(names) for use, names in found.items()}


INVENTORY |= {trace._meta.label: _of_trace(trace) for trace in history.traces()}


@dataclass(frozen=True)
class Row:
    """One stored field and what it is for."""

    model: type[models.Model]
    field: models.Field
    use: Use


def stored_models() -> list[type[models.Model]]:
    # Events is a question over all traces, made by pghistory, and stores nothing.
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.label != "pghistory.Events"
    ]


def rows() -> Iterator[Row]:
    """Yield every listed field, in the order of the list."""
    by_label = {model._meta.label: model for model in stored_models()}
    for label, by_use in INVENTORY.items():
        fields = {field.name: field for field in by_label[label]._meta.local_fields}
        for use, names in by_use.items():
            for name in names.split():
                yield Row(by_label[label], fields[name], use)


def differences() -> list[str]:
    """Return what is stored and not listed, listed and not stored, or listed twice. Empty is right."""
    listed: dict[str, list[str]] = defaultdict(list)
    for label, by_use in INVENTORY.items():
        for names in by_use.values():
            listed[label] += names.split()
    stored = {model._meta.label: [field.name for field in model._meta.local_fields] for model in stored_models()}
    found = []
    for label in sorted({*listed, *stored}):
        have, want = stored.get(label, []), listed.get(label, [])
        found += [f"{label}.{name} is stored, but not in the inventory" for name in have if name not in want]
        found += [f"{label}.{name} is in the inventory, but not stored" for name in want if name not in have]
        found += [f"{label}.{name} is listed twice" for name in set(want) if want.count(name) > 1]
    return found
