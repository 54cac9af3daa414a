"""`GET transparency/`: what the public page shows, for programs."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.security.limits import address_of
from activities.models import Category
from clevervibes.lib import db, limits
from clevervibes.lib.groups import LEAST
from clevervibes.openness import figures, standing

A_MINUTE = limits.Limit("transparency", 60, timedelta(minutes=1))


class PeopleSerializer(serializers.Serializer):
    youths = serializers.IntegerField(allow_null=True, help_text=f"null: fewer than {LEAST}")
    companies = serializers.IntegerField(help_text="organisations that are partner, host or sponsor, each counted once")
    partners = serializers.IntegerField()
    hosts = serializers.IntegerField()
    sponsors = serializers.IntegerField()


class BooksSerializer(serializers.Serializer):
    issued = serializers.IntegerField(help_text="coins, ever")
    withdrawn = serializers.IntegerField(help_text="coins that sponsors took back before anybody had them")
    settled = serializers.IntegerField(help_text="coins that shops were paid for; they no longer exist")
    outstanding = serializers.IntegerField(help_text="coins that exist: issued − withdrawn − settled + corrections")
    owed_cents = serializers.IntegerField(help_text="what they are worth")
    set_aside_cents = serializers.IntegerField(help_text="euro cents set aside for them")


class ThemeSerializer(serializers.Serializer):
    category = serializers.SlugField()
    minutes = serializers.IntegerField()


class MonthSerializer(serializers.Serializer):
    """A month, or several as one where fewer than five youths stand behind a number."""

    first = serializers.DateField()
    last = serializers.DateField()
    minutes = serializers.IntegerField()
    earned = serializers.IntegerField(help_text="coins")
    redeemed = serializers.IntegerField(help_text="coins, less what was taken back")
    outstanding = serializers.IntegerField(help_text="coins at the end")
    set_aside_cents = serializers.IntegerField(help_text="at the end")
    themes = ThemeSerializer(many=True)
    other_minutes = serializers.IntegerField(help_text="themes with fewer than five youths, taken together with others")


class BackingSerializer(serializers.Serializer):
    holds = serializers.BooleanField()
    percent = serializers.IntegerField(help_text="rounded down")


class BankSerializer(serializers.Serializer):
    compared_on = serializers.DateField(help_text="day of the last bank statement that was compared")
    difference_cents = serializers.IntegerField()


class SealSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    day = serializers.DateField()
    hash = serializers.CharField(help_text="SHA-256, hexadecimal")


class ProofSerializer(serializers.Serializer):
    proved_on = serializers.DateField()
    upto = serializers.IntegerField(help_text="number of the last seal that was looked at")
    findings = serializers.IntegerField()


class TransparencySerializer(serializers.Serializer):
    taken_on = serializers.DateField(help_text="when this was counted")
    upto = serializers.DateField(allow_null=True, help_text="last day that numbers about youths cover")
    held_back_since = serializers.DateField(
        allow_null=True, help_text="since when there are numbers that too few youths stand behind"
    )
    people = PeopleSerializer()
    minutes = serializers.IntegerField()
    earned = serializers.IntegerField(help_text="coins")
    redeemed = serializers.IntegerField(help_text="coins")
    returned = serializers.IntegerField(
        allow_null=True, help_text=f"coins that expired or went back; null: fewer than {LEAST} youths"
    )
    months = MonthSerializer(many=True)
    books = BooksSerializer(allow_null=True)
    backing = BackingSerializer()
    bank = BankSerializer(allow_null=True)
    seals = SealSerializer(many=True)
    proof = ProofSerializer(allow_null=True)
    troubles = serializers.ListField(child=serializers.CharField(), help_text="what the page warns of; empty: all well")


class TransparencyView(APIView):
    """The club's public figures and latest seals. No sign-in, no cookie; 60 calls a minute from one address.

    Refusals: 429: too_often.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses=TransparencySerializer)
    def get(self, request: Request) -> Response:
        now = db.now()
        limits.take((A_MINUTE, address_of(request._request)), now=now)
        taken = figures.latest(now=now)
        proof = standing.last_proof()
        return Response(
            TransparencySerializer(
                {
                    **taken.figures,
                    "taken_on": taken.taken_on,
                    "upto": taken.figures["upto"],
                    "months": _months(taken.figures["months"]),
                    "bank": _bank(taken.figures["bank"]),
                    "seals": standing.seals(),
                    "proof": proof
                    and {"proved_on": proof.proved_on, "upto": proof.upto, "findings": len(proof.findings)},
                    "troubles": standing.troubles(taken.figures, proof, now=now),
                }
            ).data
        )


def _months(months: list[dict[str, Any]]) -> list[dict[str, Any]]:
    slugs = dict(Category.objects.values_list("pk", "slug"))
    return [
        {
            **month,
            "first": month["from"],
            "last": month["to"],
            "themes": [
                {"category": slugs.get(category, "gone"), "minutes": minutes}
                for category, minutes in month["by_category"]
            ],
        }
        for month in months
    ]


def _bank(found: dict[str, Any] | None) -> dict[str, Any] | None:
    return found and {"compared_on": found["closing_on"], "difference_cents": found["difference_cents"]}
