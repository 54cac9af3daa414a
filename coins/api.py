"""`balance/` and `statement/`: a youth's own, or with `?youth=` those of a youth one is guardian of."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import user_of
from accounts.security.bearer import may
from coins import selectors, statement
from coins.models import LedgerAccount, Transfer
from coins.views import chosen, youths_shown_to

YOUTH = OpenApiParameter("youth", OpenApiTypes.UUID, description="Guardians: whose coins. Default: one's own.")


class ExpiringSerializer(serializers.Serializer):
    coins = serializers.IntegerField()
    on = serializers.DateField()


class BalanceSerializer(serializers.Serializer):
    """Coins; `spendable` is the balance without what is held for a reward, `open` is earned and not paid yet."""

    balance = serializers.IntegerField(source="posted")
    held = serializers.IntegerField()
    spendable = serializers.IntegerField()
    open = serializers.IntegerField(source="open_coins")
    expiring = ExpiringSerializer(many=True)


class RunSerializer(serializers.Serializer):
    """The run that paid a line, in stored numbers."""

    minutes = serializers.IntegerField(source="line.minutes")
    counted_minutes = serializers.IntegerField(source="line.counted_minutes")
    limited_by = serializers.ListField(child=serializers.CharField(), source="cuts")
    earned = serializers.IntegerField(source="line.earned_coins")
    open_before = serializers.IntegerField(source="line.open_in_coins")
    paid = serializers.IntegerField(source="line.paid_coins")
    open = serializers.IntegerField(source="line.open_out_coins")


class LineSerializer(serializers.Serializer):
    """One move of coins: plus came, minus went."""

    id = serializers.UUIDField()
    kind = serializers.SerializerMethodField()
    on = serializers.DateField()
    coins = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField()
    explanation = serializers.ListField(child=serializers.CharField(), source="sentences")
    funded_by = serializers.ListField(child=serializers.CharField())
    valid_until = serializers.DateField(allow_null=True)
    run = RunSerializer(allow_null=True)

    def get_kind(self, line: statement.Line) -> str:
        return line.kind.name.lower()


class LatestFirst(CursorPagination):
    ordering = "-id"
    page_size = 50


def _account(request: Request) -> LedgerAccount | None:
    """Return whose coins are asked for, of those that the app may show: one's own, those of the youths one guards."""
    user = user_of(request)
    shown = [
        youth for youth in youths_shown_to(user) if may(request, "youth" if youth.user_id == user.pk else "guardian")
    ]
    return selectors.account_of(chosen(shown, request.query_params.get("youth")))


class BalanceView(APIView):
    scopes = ("youth", "guardian")

    @extend_schema(parameters=[YOUTH], responses=BalanceSerializer)
    def get(self, request: Request) -> Response:
        account = _account(request)
        standing = selectors.standing_of(account) if account else selectors.Standing()
        return Response(BalanceSerializer(standing).data)


class StatementView(APIView):
    """The latest moves, 50 a page; `next` leads to older ones."""

    scopes = ("youth", "guardian")
    serializer_class = LineSerializer
    # Knows what coins were spent on; handed in by whoever knows partners.
    describe: statement.Describe | None = None

    @extend_schema(parameters=[YOUTH], responses=LineSerializer(many=True))
    def get(self, request: Request) -> Response:
        account, paginator = _account(request), LatestFirst()
        transfers: QuerySet[Transfer] = statement.transfers_of(account) if account else Transfer.objects.none()
        page = paginator.paginate_queryset(transfers, request, view=self) or []
        describe = self.describe or statement.nothing_more_to_say
        lines = statement.lines(account, page, describe=describe) if account else []
        return paginator.get_paginated_response(LineSerializer(lines, many=True).data)
