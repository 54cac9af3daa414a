"""The calls under `/api/v1/`."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from accounts.api import MeView, TokensView
from activities.api import ApprovalActionView, ApprovalsView, EntriesView, EntryActionView, EntryView
from clevervibes import statement
from clevervibes.api import EstimatedEntrySerializer
from clevervibes.lib import schema  # noqa: F401  (registers our sign-in with the schema)
from clevervibes.openness.api import TransparencyView
from coins.api import BalanceView, StatementView
from partners.api import (
    CancelHoldView,
    CodeView,
    HoldsView,
    LookUpView,
    OffersView,
    RedemptionsView,
    SettlementsView,
    UndoRedemptionView,
)

app_name = "api"

ENTRY = "entries/<uuid:public_id>/"
APPROVAL = "approvals/<uuid:public_id>/"
HOLD = "holds/<uuid:public_id>/"
# An entry is activities' own; what it may be worth is added from above.
ESTIMATED = {"serializer_class": EstimatedEntrySerializer}

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    path("tokens/", TokensView.as_view(), name="tokens"),
    path("me/", MeView.as_view(), name="me"),
    path("entries/", EntriesView.as_view(**ESTIMATED), name="entries"),
    path(ENTRY, EntryView.as_view(**ESTIMATED), name="entry"),
    path(f"{ENTRY}submit/", EntryActionView.as_view(action="submit", **ESTIMATED), name="entry-submit"),
    path(f"{ENTRY}confirm/", EntryActionView.as_view(action="confirm", **ESTIMATED), name="entry-confirm"),
    path(f"{ENTRY}withdraw/", EntryActionView.as_view(action="withdraw", **ESTIMATED), name="entry-withdraw"),
    path("approvals/", ApprovalsView.as_view(**ESTIMATED), name="approvals"),
    path(f"{APPROVAL}approve/", ApprovalActionView.as_view(action="approve", **ESTIMATED), name="approve"),
    path(f"{APPROVAL}return/", ApprovalActionView.as_view(action="return", **ESTIMATED), name="return"),
    path(f"{APPROVAL}undo/", ApprovalActionView.as_view(action="undo", **ESTIMATED), name="undo"),
    path("balance/", BalanceView.as_view(), name="balance"),
    path("statement/", StatementView.as_view(describe=statement.describe), name="statement"),
    path("offers/", OffersView.as_view(), name="offers"),
    path("holds/", HoldsView.as_view(), name="holds"),
    path(f"{HOLD}cancel/", CancelHoldView.as_view(), name="hold-cancel"),
    path(f"{HOLD}code/", CodeView.as_view(), name="hold-code"),
    path("counter/look-up/", LookUpView.as_view(), name="look-up"),
    path("counter/redemptions/", RedemptionsView.as_view(), name="redemptions"),
    path("counter/redemptions/<uuid:public_id>/undo/", UndoRedemptionView.as_view(), name="redemption-undo"),
    path("settlements/", SettlementsView.as_view(), name="settlements"),
    path("transparency/", TransparencyView.as_view(), name="transparency"),
]
