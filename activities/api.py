"""The same services for apps: `entries/` and `approvals/`.

What an entry may be worth is not known here: the house adds it (`clevervibes.api`) by handing these views a
richer serializer.
"""

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors as people
from accounts.access import user_of
from accounts.models import User, YouthProfile
from accounts.security.bearer import may
from activities import approvals, entries, pace, proposals, selectors
from activities.models import Category, Relation, SharedTimeEntry
from clevervibes.lib import db


class CompanionSerializer(serializers.Serializer):
    relation = serializers.ChoiceField(choices=Relation.choices, source="companion_relation")
    first_name = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", source="companion_name"
    )


class MomentField(serializers.DateTimeField):
    """A moment with its offset: without one, an hour of autumn could be either of two."""

    default_error_messages = {"no_offset": _("Bitte mit Zeitzone, zum Beispiel 2027-10-31T02:30:00+02:00.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        if timezone.is_naive(value):
            self.fail("no_offset")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss±hh:mm")


class EntrySerializer(serializers.Serializer):
    """One shared time, as the youth tells it; a guardian names the `youth` and proposes it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    starts_at = MomentField()
    ends_at = MomentField(allow_null=False)
    companion = CompanionSerializer(source="*")
    did = serializers.CharField(min_length=3, max_length=500)
    learned = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    status = serializers.CharField(read_only=True)
    minutes = serializers.IntegerField(source="duration_minutes", read_only=True)
    youth = serializers.UUIDField(source="youth.public_id", required=False)


def _details(form: serializers.BaseSerializer, entry: SharedTimeEntry | None = None) -> entries.Details:
    """Return what was sent, over what `entry` already says.

    :raises ValidationError: if what was sent cannot be read.
    """
    form.is_valid(raise_exception=True)
    sent = {name: value for name, value in form.validated_data.items() if name != "youth"}
    if entry is not None:
        sent = {name: sent.get(name, getattr(entry, name)) for name in entries.Details.__dataclass_fields__}
    return entries.Details(**sent)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class NewestFirst(CursorPagination):
    ordering = "-starts_at"
    page_size = 50


def _own_profile(request: Request) -> YouthProfile:
    youth: YouthProfile | None = getattr(user_of(request), "youth", None)
    if youth is None or not may(request, "youth"):
        raise NotFound
    return youth


def _guarded(request: Request, youth_id: object) -> YouthProfile:
    """Return the youth that a guardian names. Somebody else's answers like one that does not exist."""
    if not may(request, "guardian"):
        raise NotFound
    try:
        return people.youths_guarded_by(user_of(request)).get(public_id=UUID(str(youth_id)))
    except (ValueError, YouthProfile.DoesNotExist):
        raise NotFound from None


@extend_schema_view(
    get=extend_schema(parameters=[OpenApiParameter("youth", UUID, description="For guardians: whose entries.")])
)
class EntriesView(ListAPIView):
    scopes = ("youth", "guardian")
    serializer_class = EntrySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SharedTimeEntry]:
        if youth_id := self.request.query_params.get("youth"):
            youth = _guarded(self.request, youth_id)
            # What is not sent in yet is the youth's own.
            found = selectors.entries_confirmed_by(user_of(self.request)).filter(youth=youth)
        else:
            found = selectors.listed(_own_profile(self.request).user)
        return found.select_related("category", "youth")

    def post(self, request: Request) -> Response:
        """Write down a shared time: as a draft of one's own, or as a proposal for a youth whose guardian one is."""
        if "youth" not in request.data:
            _own_profile(request)  # before what was sent is looked at
        form = self.get_serializer(data=request.data)
        details = _details(form)
        user, now = user_of(request), db.now()
        if "youth" in form.validated_data:
            youth = _guarded(request, form.validated_data["youth"]["public_id"])
            with pace.counted(youth, now):
                entry = proposals.propose(youth=youth, by=user, details=details, now=now)
        else:
            youth = _own_profile(request)
            with pace.counted(youth, now):
                entry = entries.log(youth=youth, by=user, details=details, now=now)
        return Response(self.get_serializer(entry).data, status=status.HTTP_201_CREATED)


class EntryView(GenericAPIView):
    scopes = ("youth", "guardian")
    serializer_class = EntrySerializer

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change a draft or a returned entry, or what one has proposed."""
        entry = get_object_or_404(selectors.entries_written_by(user_of(request)), public_id=public_id)
        if not may(request, "youth" if entry.youth.user_id == user_of(request).pk else "guardian"):
            raise NotFound
        details = _details(self.get_serializer(data=request.data, partial=True), entry)
        entry = entries.edit(entry_id=public_id, by=user_of(request), details=details, now=db.now())
        return Response(self.get_serializer(entry).data)


class EntryActionView(GenericAPIView):
    """`submit/`, `confirm/` (what a guardian proposed) and `withdraw/`; repeating one changes nothing."""

    scopes = ("youth",)
    serializer_class = EntrySerializer
    action = "submit"

    @extend_schema(request=None)
    def post(self, request: Request, public_id: UUID) -> Response:
        act = {"submit": entries.submit, "confirm": proposals.confirm, "withdraw": entries.withdraw}[self.action]
        try:
            entry = act(entry_id=public_id, by=user_of(request), now=db.now())
        except SharedTimeEntry.DoesNotExist:
            raise Http404 from None
        return Response(self.get_serializer(entry).data)


class ApprovalsView(ListAPIView):
    """What waits for this person."""

    scopes = ("guardian",)
    serializer_class = EntrySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SharedTimeEntry]:
        if not people.youths_confirmed_by(user_of(self.request)).exists():
            raise NotFound
        return selectors.inbox(user_of(self.request))


class ApprovalActionView(GenericAPIView):
    """`approve/`, `return/` and `undo/` of an entry in one's inbox."""

    scopes = ("guardian",)
    serializer_class = EntrySerializer
    action = "approve"

    @extend_schema(request=ReasonSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        act = {"approve": approvals.approve, "undo": approvals.undo, "return": self._return}[self.action]
        try:
            entry = act(entry_id=public_id, by=user_of(request), now=db.now())
        except SharedTimeEntry.DoesNotExist:
            raise Http404 from None
        return Response(self.get_serializer(entry).data)

    def _return(self, *, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
        # Before what was sent is looked at: what is wrong with it is not for everybody to know.
        get_object_or_404(selectors.entries_confirmed_by(by), public_id=entry_id)
        form = ReasonSerializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        return approvals.return_(entry_id=entry_id, by=by, reason=form.validated_data["reason"], now=now)
