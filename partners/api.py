"""Catalog, holds and counter for apps and tills; who asks is who is signed in, as on the pages."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import user_of
from accounts.models import YouthProfile
from clevervibes.lib import db
from clevervibes.lib.api import IDEMPOTENCY_KEY, idempotent
from coins import ledger
from coins import selectors as coin_selectors
from partners import catalog, codes, redemption, selectors, settlement
from partners.access import Counter, counter_at, counter_of
from partners.counters import devices
from partners.counters.bearer import TillToken
from partners.models import Hold, Offer, Redemption, Settlement, SettlementLine
from partners.models.catalog import MAX_PRICE_COINS

# ── Who is asking ────────────────────────────────────────────────────────────────────────────────


def _youth(request: Request) -> YouthProfile:
    youth: YouthProfile | None = getattr(request.user, "youth", None)
    if youth is None:
        raise Http404
    return youth


def _counter(request: Request) -> Counter:
    """Return the counter a call comes from: a till by its token, a browser as on the pages.

    :raises devices.DevicePaused: if the team stopped the till.
    """
    if isinstance(request.auth, TillToken):
        devices.require_going(request.auth.device)
        return counter_at(request.auth.device)
    plain: HttpRequest = request._request
    here = counter_of(plain)
    if here is None:
        raise Http404
    return here


# ── Shapes ───────────────────────────────────────────────────────────────────────────────────────


class OfferSerializer(serializers.ModelSerializer[Offer]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    price = serializers.IntegerField(source="price_coins", help_text="Whole coins")
    partner = serializers.CharField(source="partner.name")
    picture = serializers.CharField(source="picture_url", allow_null=True)
    sold_out = serializers.SerializerMethodField()
    shop = serializers.UUIDField(source="partner.public_id")
    per_month = serializers.IntegerField(source="per_youth_per_month", allow_null=True)

    class Meta:
        model = Offer
        fields = ["id", "title", "text", "partner", "shop", "category", "picture", "price", "minimum_age", "sold_out",
                  "stock", "per_month", "valid_until", "event_ends_at"]  # fmt: skip

    @extend_schema_field(serializers.BooleanField())
    def get_sold_out(self, offer: Offer) -> bool:
        return offer.stock == 0


class OffersWanted(serializers.Serializer[Any]):
    """What to look for, as on the page."""

    search = serializers.CharField(default="", allow_blank=True, max_length=80, help_text="Words of title, text, shop")
    category = serializers.ChoiceField(default="", allow_blank=True, choices=Offer.Category.choices)
    shop = serializers.UUIDField(required=False, help_text="As in the address on a shop's sign")
    affordable = serializers.BooleanField(default=False, help_text="Only what the spendable coins reach for")


class HoldRequest(serializers.Serializer[Any]):
    offer = serializers.UUIDField()
    price = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_PRICE_COINS, help_text="What was shown: refused if it changed since"
    )


class HoldSerializer(serializers.ModelSerializer[Hold]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    offer = serializers.UUIDField(source="offer.public_id")
    price = serializers.IntegerField(source="price_coins", help_text="Whole coins, frozen")

    class Meta:
        model = Hold
        fields = ["id", "offer", "title", "price", "status", "expires_at"]


class CodeRequest(serializers.Serializer[Any]):
    renew = serializers.BooleanField(default=False, help_text="Make a new code; the old one stops working")


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class LookUpRequest(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=codes.MAX_INPUT, required=False)
    token = serializers.CharField(max_length=codes.MAX_INPUT, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either `code` or `token`.")
        return attrs


class LookedUpSerializer(serializers.Serializer[Any]):
    hold = serializers.UUIDField()
    item = serializers.CharField()
    picture = serializers.CharField(allow_null=True)
    price = serializers.IntegerField(help_text="Whole coins")
    age_ok = serializers.BooleanField()


class RedeemRequest(serializers.Serializer[Any]):
    hold = serializers.UUIDField()
    scanned_at = serializers.DateTimeField(required=False, help_text="When the till was offline; at most 24 hours ago")


class RedemptionSerializer(serializers.ModelSerializer[Redemption]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    item = serializers.CharField(source="title")
    price = serializers.IntegerField(source="price_coins", help_text="Whole coins")

    class Meta:
        model = Redemption
        fields = ["id", "item", "price", "redeemed_at", "undone_at"]


class UndoRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class SettlementLineSerializer(serializers.ModelSerializer[SettlementLine]):
    item = serializers.CharField(source="what")
    at = serializers.DateTimeField(source="happened_at")
    coins = serializers.IntegerField(source="amount_coins")
    amount_cents = serializers.SerializerMethodField()
    vat_percent = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = SettlementLine
        fields = ["kind", "item", "at", "coins", "amount_cents", "vat_percent"]

    def get_amount_cents(self, line: SettlementLine) -> int:
        return settlement.cents(line.amount_coins)


class ShopSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


class SettlementSerializer(serializers.ModelSerializer[Settlement]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    shop = ShopSerializer(source="partner")
    number = serializers.CharField()
    cutoff_at = serializers.DateTimeField()
    coins = serializers.IntegerField(source="due_coins")
    amount_cents = serializers.SerializerMethodField()
    lines = SettlementLineSerializer(many=True)

    class Meta:
        model = Settlement
        fields = ["id", "shop", "number", "status", "cutoff_at", "coins", "amount_cents", "lines"]

    def get_amount_cents(self, found: Settlement) -> int:
        return settlement.cents(found.due_coins)


class Pages(PageNumberPagination):
    page_size = 50


# ── Youth ────────────────────────────────────────────────────────────────────────────────────────


class OffersView(generics.ListAPIView[Offer]):
    """What a youth may take, cheapest first, 50 a page."""

    scopes = ("youth",)
    serializer_class = OfferSerializer
    pagination_class = Pages

    @extend_schema(parameters=[OffersWanted])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Offer]:
        now, youth = db.now(), _youth(self.request)
        given = OffersWanted(data=self.request.query_params)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        wish = catalog.Wish(
            search=wanted["search"],
            category=wanted["category"],
            shop=wanted.get("shop"),
            at_most_coins=_spendable(youth) if wanted["affordable"] else None,
        )
        return catalog.offers(at=now, wish=wish, age=catalog.age_of(youth, now), club_id=youth.user.club_id)


def _spendable(youth: YouthProfile) -> int:
    account = coin_selectors.account_of(youth)
    return ledger.spendable(account) if account else 0


class HoldsView(generics.ListAPIView[Hold]):
    """Everything the youth set aside, the latest first, 50 a page."""

    scopes = ("youth",)
    serializer_class = HoldSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Hold]:
        return selectors.holds_of(_youth(self.request))

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=HoldRequest, responses={201: HoldSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Set an offer aside for 14 days; something that happens at one time, until 48 hours after its end.

        409: insufficient_balance, out_of_stock, limit_reached, category_limit_reached, too_young, not_released,
        price_changed, youth_paused, spending_over.
        """
        youth = _youth(request)
        wanted = _read(HoldRequest, request)
        offer = get_object_or_404(Offer, public_id=wanted["offer"], released_at__isnull=False)
        hold = redemption.hold(offer=offer, youth=youth, price_coins=wanted.get("price"), now=db.now())
        return Response(HoldSerializer(hold).data, status=status.HTTP_201_CREATED)


class CancelHoldView(APIView):
    scopes = ("youth",)

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=None, responses=HoldSerializer)
    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Give coins and stock back. 409: at_the_counter, already_redeemed, code_expired."""
        hold = get_object_or_404(selectors.holds_of(_youth(request)), public_id=public_id)
        return Response(HoldSerializer(redemption.cancel(hold=hold, now=db.now())).data)


class CodeView(APIView):
    scopes = ("youth",)

    @extend_schema(request=CodeRequest, responses=CodeSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Show the code of a live hold, or make a new one. Never kept for a key: a code is stored nowhere in clear."""
        hold = get_object_or_404(selectors.holds_of(_youth(request)), public_id=public_id)
        renew = _read(CodeRequest, request)["renew"]
        code = redemption.renew_code(hold=hold) if renew else redemption.show_code(hold=hold)
        return Response(CodeSerializer(code).data)


# ── Counter ──────────────────────────────────────────────────────────────────────────────────────


class LookUpView(APIView):
    scopes = ("device",)

    @extend_schema(request=LookUpRequest, responses=LookedUpSerializer)
    def post(self, request: Request) -> Response:
        """Say what a code or token is for.

        404: no such code at this shop. 409: code_expired, code_cancelled, already_redeemed, redemption_undone.
        device_paused, the team stopped this till. 429: typing_paused, too many unknown codes were typed.
        """
        here = _counter(request)
        given = _read(LookUpRequest, request)
        hold = redemption.look_up(
            partner=here.partner, text=given.get("code") or given["token"], device=here.device, now=db.now()
        )
        found = {
            "hold": hold.public_id,
            "item": hold.title,
            "picture": hold.offer.picture_url,
            "price": hold.price_coins,
            # Asked when it was set aside, and nobody gets younger.
            "age_ok": True,
        }
        return Response(LookedUpSerializer(found).data)


class RedemptionsView(APIView):
    scopes = ("device",)

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=RedeemRequest, responses={201: RedemptionSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Hand it over.

        409: already_redeemed, code_expired, code_cancelled, counter_paused, own_family, device_paused.
        """
        here = _counter(request)
        given = _read(RedeemRequest, request)
        looked_up = selectors.holds_at(here.partner).filter(looked_up_at__isnull=False)
        hold = get_object_or_404(looked_up, public_id=given["hold"])
        made = redemption.redeem(
            hold=hold, by=here.by, clerk=here.clerk, device=here.paired, now=db.now(),
            scanned_at=given.get("scanned_at"),
        )  # fmt: skip
        return Response(RedemptionSerializer(made).data, status=status.HTTP_201_CREATED)


class UndoRedemptionView(APIView):
    scopes = ("device",)

    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=UndoRequest, responses=RedemptionSerializer)
    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take it back within 15 minutes. 409: too_late_to_undo, already_settled, device_paused."""
        here = _counter(request)
        row = get_object_or_404(selectors.redemptions_at(here.partner), public_id=public_id)
        reason = _read(UndoRequest, request)["reason"]
        undone = redemption.undo(redemption=row, by=here.by, clerk=here.clerk, reason=reason, now=db.now())
        return Response(RedemptionSerializer(undone).data)


class SettlementsView(generics.ListAPIView[Settlement]):
    """The statements of all shops one manages with their lines, the latest first, 50 a page; `?shop=` asks for one."""

    scopes = ("manager",)
    serializer_class = SettlementSerializer
    pagination_class = Pages

    @extend_schema(parameters=[OpenApiParameter("shop", UUID, description="The id of one of one's own shops")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Settlement]:
        shops = selectors.partners_of(user_of(self.request))
        if asked := self.request.query_params.get("shop"):
            # Somebody else's answers like one that does not exist.
            shops = shops.filter(public_id=_uuid(asked))
        if not shops.exists():
            raise Http404
        lines = SettlementLine.objects.select_related(
            "redemption__correction", "failed", "settlement", "goodwill__late_scan__hold"
        )
        return selectors.settlements_of_all(shops).prefetch_related(Prefetch("lines", lines))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
