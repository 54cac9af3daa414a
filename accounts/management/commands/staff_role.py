"""Give somebody a role in the team from the command line: the first ones of a club, before two people could."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Club, User
from accounts.team import roles
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import Role


class Command(BaseCommand):
    help = "Give a role in the team of a club: the first ones. Later ones are given in the admin, by two people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--club", help="short name of the club; needed where there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['username']}.")
        clubs = Club.objects.filter(slug=options["club"]) if options["club"] else Club.objects.all()
        if len(clubs) != 1:
            raise CommandError(f"Name one club with --club: {', '.join(Club.objects.values_list('slug', flat=True))}.")
        try:
            given = roles.set_up(user=user, club=clubs[0], role=options["role"], now=db.now())
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(given))
