"""Sponsors pay in, runs pay out, shops hand over, settlements add up."""

import random
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial

from schwifty import IBAN

from accounts.models import Club, User
from clevervibes.demo.cast import Cast
from clevervibes.demo.companies import FUNDS, Fund
from clevervibes.demo.counters import Crew
from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.hours import Hours, Member
from clevervibes.demo.logins import LOGINS
from clevervibes.lib import periods
from coins import contacts, conversion, funding, pledges
from coins import selectors as coin_selectors
from coins.models import FundingPool, Sponsor
from partners import bank_accounts, payouts, redemption, settlement
from partners.models import Hold, Offer, Partner

TUESDAY, COIN_HOUR = 1, 18
KEPT_TO_SHOW = 60
# Weeks since a club's first hour, at most.
CLUB_WEEKS = {"luenen": 999, "selm": 8}
SHOWN = {login.username for login in LOGINS} | {"emir", "elif", "ayse"}


class Money:
    def __init__(self, *, cast: Cast, diary: Diary, hours: Hours, offers: list[Offer], seed: int, now: datetime,
                 since: date) -> None:  # fmt: skip
        self.cast, self.diary, self.hours, self.offers = cast, diary, hours, offers
        self.seed, self.now, self.since = seed, now, since
        self.today = periods.berlin_date(now)
        self.crew = Crew()
        self.finance, self.team = cast.users["kasse"], cast.users["team"]

    def plan(self) -> None:
        for fund in FUNDS:
            self._plan_fund(fund)
        self._plan_runs()
        self._plan_shopping()
        self._plan_settlements()

    # ── Paying in ──
    def _plan_fund(self, fund: Fund) -> None:
        club = self.cast.clubs[fund.club]
        until = self.today + timedelta(days=fund.ends_in_days) if fund.ends_in_days else None
        sponsor = funding.add_sponsor(
            organisation=self.cast.organisations[fund.name], kind=fund.kind, agreement_from=self.since,
            agreement_until=until,
        )  # fmt: skip
        pool = funding.open_pool(
            sponsor=sponsor, name=f"{fund.name}: gemeinsame Zeit", club=None if fund.for_all else club,
            weekly_limit_coins=fund.weekly_limit_coins,
        )  # fmt: skip
        if fund.invited:
            yesterday = moment(self.today - timedelta(days=1), 11, 20)
            self.diary.plan(yesterday, partial(self._invite, sponsor, *fund.invited))
        for euros, in_days, days_ago in fund.pledges:
            day = max(self.since, self.today - timedelta(days=days_ago))
            due = max(day, self.today + timedelta(days=in_days))
            self.diary.plan(moment(day, 14), partial(self._promise, sponsor, euros, due))
        for weeks_ago, euros in fund.deposits:
            day = max(self.since, self.today - timedelta(weeks=weeks_ago)) + timedelta(days=1)
            day = min(day, self.today - timedelta(days=1))
            self.diary.plan(moment(day, 9, 30), partial(self._deposit, pool, euros, day))

    def _deposit(self, pool: FundingPool, euros: int, day: date, at: datetime) -> None:
        funding.book_deposit(
            pool=pool, amount_cents=100 * euros, received_on=day, reference=f"Clever Vibes {day:%m/%Y}",
            by=self.finance, now=at,
        )  # fmt: skip

    def _promise(self, sponsor: Sponsor, euros: int, due_on: date, at: datetime) -> None:
        pledges.promise(sponsor=sponsor, amount_cents=100 * euros, due_on=due_on, by=self.finance, now=at)

    def _invite(self, sponsor: Sponsor, name: str, mailbox: str, at: datetime) -> None:
        contacts.invite(sponsor=sponsor, name=name, mailbox=mailbox, by=self.finance, now=at)

    # ── Coin days ──
    def _plan_runs(self) -> None:
        for slug, club in self.cast.clubs.items():
            began = max(self.since, self.today - timedelta(weeks=CLUB_WEEKS[slug]))
            day = began - timedelta(days=began.weekday()) + timedelta(days=7 + TUESDAY)
            while day <= self.today:
                self.diary.plan(moment(day, COIN_HOUR), partial(self._convert, club))
                day += timedelta(weeks=1)

    def _convert(self, club: Club, at: datetime) -> None:
        conversion.convert(club=club, cutoff=at, now=at + timedelta(seconds=20))

    # ── Shopping ──
    def _plan_shopping(self) -> None:
        week = self.since + timedelta(weeks=1)
        while week <= self.today:
            self.diary.plan(moment(week + timedelta(days=2), 12), self._shopping_week)
            week += timedelta(weeks=1)

    def _shopping_week(self, at: datetime) -> None:
        for member in self.hours.members:
            dice = random.Random(f"{self.seed} {member.user.username} {at:%Y%m%d}")
            if dice.random() < 0.26:
                later = timedelta(days=dice.randint(0, 3), hours=dice.randint(1, 5), minutes=dice.randrange(60))
                self.diary.plan(at + later, partial(self._wish, member, dice))

    def _wish(self, member: Member, dice: random.Random, at: datetime) -> None:
        # Who is in the table of logins keeps something to show.
        spendable = self.spendable(member) - (KEPT_TO_SHOW if member.user.username in SHOWN else 0)
        if member.profile.paused_at:
            return
        offers = [
            offer for offer in self._on_sale(member, at)
            if offer.price_coins <= spendable and offer.price_coins >= spendable // 6
        ]  # fmt: skip
        if not offers:
            return
        hold = self.take(member, dice.choice(offers), at)
        if hold is None:
            return
        fate = dice.random()
        if fate < 0.80:
            day = periods.berlin_date(at) + timedelta(days=dice.randint(1, 6))
            self.diary.plan(moment(day, dice.randint(10, 17), dice.randrange(60)), partial(self._redeem, hold))
        elif fate < 0.88:
            self.diary.plan(at + timedelta(hours=26), lambda then: redemption.cancel(hold=hold, now=then))
        else:
            self.diary.plan(hold.expires_at + timedelta(minutes=5), lambda then: redemption.expire_due(now=then))

    def _on_sale(self, member: Member, at: datetime) -> list[Offer]:
        age = member.age_at(at)
        return [
            offer for offer in self.offers
            if offer.released_at and max(offer.released_at, offer.valid_from) <= at and offer.minimum_age <= age
        ]  # fmt: skip

    def spendable(self, member: Member) -> int:
        return coin_selectors.balance_of(member.profile).spendable

    def take(self, member: Member, offer: Offer, at: datetime) -> Hold | None:
        try:
            return redemption.hold(offer=offer, youth=member.profile, now=at)
        except (redemption.OutOfStock, redemption.LimitReached):
            return None

    def _redeem(self, hold: Hold, at: datetime) -> None:
        redemption.redeem(hold=hold, **self.crew.serves(hold, _manager_of(hold.offer.partner)), now=at)

    # ── Settling ──
    def _plan_settlements(self) -> None:
        """Settle the last two whole months: the one before is paid, the last one waits for somebody to look."""
        last = self.today.replace(day=1)
        before = (last - timedelta(days=1)).replace(day=1)
        if last <= self.since:
            return
        self.diary.plan(moment(self.since + timedelta(days=1), 8), self._bank_accounts)
        if before > self.since + timedelta(days=14):
            self.diary.plan(moment(before, 9), partial(self._settle, before))
            self.diary.plan(moment(before, 10), self._pay_partners)
        self.diary.plan(moment(last, 9), partial(self._settle, last))

    def _bank_accounts(self, at: datetime) -> None:
        shops = Partner.objects.filter(released_at__isnull=False).select_related("organisation").order_by("pk")
        for number, partner in enumerate(shops):
            iban = IBAN.generate("DE", bank_code="44152370", account_code=f"{7_013_481 + 9_973 * number:010}")
            asked = bank_accounts.request(
                partner=partner, iban=iban, holder=partner.name, by=_manager_of(partner), now=at
            )
            bank_accounts.approve(account=asked, by=self.finance, now=at)

    def _settle(self, first: date, at: datetime) -> None:
        settlement.settle_all(cutoff=periods.midnight(first), by=self.finance, now=at)

    def _pay_partners(self, at: datetime) -> None:
        on = periods.berlin_date(at)
        for club in self.cast.clubs.values():
            with suppress(payouts.NothingToPay):
                batch = payouts.propose(club=club, by=self.finance, now=at)
                payouts.approve(batch=batch, by=self.team, now=at)
                made = payouts.export(batch=batch, executes_on=on, by=self.finance, now=at)
                for payout in made.payouts.all():
                    payouts.note_paid(payout=payout, on=on, by=self.finance)


def _manager_of(partner: Partner) -> User:
    return partner.organisation.memberships.select_related("user").get(role="manager").user
