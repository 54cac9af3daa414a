"""The same services for apps: `entries/` and `approvals/`.

What an entry may be worth is not known here: the house adds it (`clevervibes.api`) by handing these views a
richer serializer.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import user_of
from accounts.models import User, YouthProfile
from activities import approvals, entries, selectors
from activities.models import Category, Relation, SharedTimeEntry
from clevervibes.lib import db
from clevervibes.lib.limits import counting


class CompanionSerializer(serializers.Serializer):
    relation = serializers.ChoiceField(choices=Relation.choices, source="companion_relation")
    first_name = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", source="companion_name"
    )


class EntrySerializer(serializers.Serializer):
    """One shared time, as the youth tells it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    companion = CompanionSerializer(source="*")
    did = serializers.CharField(min_length=3, max_length=500)
    learned = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    status = serializers.CharField(read_only=True)
    minutes = serializers.IntegerField(source="duration_minutes", read_only=True)
    youth = serializers.UUIDField(source="youth.public_id", read_only=True)


def _details(form: serializers.BaseSerializer, entry: SharedTimeEntry | None = None) -> entries.Details:
    """Return what was sent, over what `entry` already says.

    :raises ValidationError: if what was sent cannot be read.
    """
    form.is_valid(raise_exception=True)
    sent = form.validated_data
    if entry is not None:
        sent = {name: sent.get(name, getattr(entry, name)) for name in entries.Details.__dataclass_fields__}
    return entries.Details(**sent)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class NewestFirst(CursorPagination):
    ordering = "-starts_at"
    page_size = 50


def _youth(request: Request) -> YouthProfile:
    youth = getattr(user_of(request), "youth", None)
    if youth is None:
        raise NotFound
    return youth


class EntriesView(ListAPIView):
    serializer_class = EntrySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SharedTimeEntry]:
        return selectors.entries_of(user_of(self.request)).select_related("youth")

    def post(self, request: Request) -> Response:
        """Write down a shared time as a draft."""
        details = _details(self.get_serializer(data=request.data))
        youth, now = _youth(request), db.now()
        with counting((entries.LOGGED_A_DAY, str(youth.public_id)), now=now):
            entry = entries.log(youth=youth, by=user_of(request), details=details, now=now)
        return Response(self.get_serializer(entry).data, status=status.HTTP_201_CREATED)


class EntryView(GenericAPIView):
    serializer_class = EntrySerializer

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change a draft or a returned entry."""
        entry = get_object_or_404(selectors.entries_of(user_of(request)), public_id=public_id)
        details = _details(self.get_serializer(data=request.data, partial=True), entry)
        entry = entries.edit(entry_id=public_id, by=user_of(request), details=details, now=db.now())
        return Response(self.get_serializer(entry).data)


class EntryActionView(GenericAPIView):
    """`submit/` and `withdraw/` of one's own entry; repeating one changes nothing."""

    serializer_class = EntrySerializer
    action = "submit"

    @extend_schema(request=None)
    def post(self, request: Request, public_id: UUID) -> Response:
        act = {"submit": entries.submit, "withdraw": entries.withdraw}[self.action]
        try:
            entry = act(entry_id=public_id, by=user_of(request), now=db.now())
        except SharedTimeEntry.DoesNotExist:
            raise Http404 from None
        return Response(self.get_serializer(entry).data)


class ApprovalsView(ListAPIView):
    """What waits for this person."""

    serializer_class = EntrySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SharedTimeEntry]:
        return selectors.inbox(user_of(self.request))


class ApprovalActionView(GenericAPIView):
    """`approve/`, `return/` and `undo/` of an entry in one's inbox."""

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
        form = ReasonSerializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        return approvals.return_(entry_id=entry_id, by=by, reason=form.validated_data["reason"], now=now)
