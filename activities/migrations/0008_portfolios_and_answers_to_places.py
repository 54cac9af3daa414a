"""What a youth shows of their time, and their answers to places."""

import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_api_tokens"),
        ("activities", "0007_draws_can_be_repeated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InterestStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("ask", "Zustimmung erbeten"),
                            ("agree", "zugestimmt"),
                            ("decline", "abgelehnt"),
                            ("send", "abgeschickt"),
                            ("look", "vom Betrieb angesehen"),
                            ("invite", "eingeladen"),
                            ("query", "Rückfrage über den Club"),
                            ("filled", "Platz ist besetzt"),
                            ("no", "leider nein"),
                            ("withdraw", "zurückgezogen"),
                            ("end", "beendet"),
                        ],
                        max_length=10,
                        verbose_name="Schritt",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="am")),
            ],
            options={
                "verbose_name": "Schritt eines Interesses",
                "verbose_name_plural": "Schritte eines Interesses",
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="LearningGoal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "text",
                    models.CharField(
                        max_length=120,
                        validators=[django.core.validators.MinLengthValidator(3)],
                        verbose_name="Lernziel",
                    ),
                ),
                ("set_at", models.DateTimeField(verbose_name="gesetzt")),
                ("reached_at", models.DateTimeField(blank=True, null=True, verbose_name="geschafft")),
                ("let_go_at", models.DateTimeField(blank=True, null=True, verbose_name="losgelassen")),
            ],
            options={
                "verbose_name": "Lernziel",
                "verbose_name_plural": "Lernziele",
                "ordering": ["-set_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PlaceInterest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=120, verbose_name="Titel")),
                (
                    "reach",
                    models.CharField(
                        choices=[("club", "über den Club"), ("mail", "per E-Mail"), ("phone", "per Telefon")],
                        max_length=10,
                        verbose_name="erreichbar",
                    ),
                ),
                ("reach_at", models.CharField(blank=True, max_length=254, verbose_name="Kontakt")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "wartet auf die Eltern"),
                            ("open", "beim Betrieb"),
                            ("declined", "von den Eltern abgelehnt"),
                            ("withdrawn", "zurückgezogen"),
                            ("ended", "beendet"),
                        ],
                        max_length=10,
                        verbose_name="Stand",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="gefragt")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="abgeschickt")),
                ("until", models.DateTimeField(verbose_name="gilt bis")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="beendet")),
                (
                    "reply",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("invite", "Einladung mit Termin"),
                            ("query", "Rückfrage über den Club"),
                            ("filled", "Platz ist besetzt"),
                            ("no", "leider nein"),
                        ],
                        max_length=10,
                        verbose_name="Antwort",
                    ),
                ),
                ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="geantwortet")),
                ("meets_at", models.DateTimeField(blank=True, null=True, verbose_name="Termin")),
                ("meets_where", models.CharField(blank=True, max_length=300, verbose_name="Treffpunkt")),
            ],
            options={
                "verbose_name": "Interesse an einem Platz",
                "verbose_name_plural": "Interesse an Plätzen",
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Portfolio",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("made_at", models.DateTimeField(verbose_name="erstellt")),
                ("minutes", models.PositiveIntegerField(verbose_name="Minuten")),
                ("shows_last_name", models.BooleanField(default=True, verbose_name="mit Nachnamen")),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="zurückgezogen")),
            ],
            options={
                "verbose_name": "Portfolio",
                "verbose_name_plural": "Portfolios",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PortfolioItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shows_learned", models.BooleanField(default=False, verbose_name="mit dem, was ich gelernt habe")),
            ],
            options={
                "verbose_name": "Eintrag im Portfolio",
                "verbose_name_plural": "Einträge im Portfolio",
            },
        ),
        migrations.CreateModel(
            name="PortfolioPick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shows_learned", models.BooleanField(default=False, verbose_name="mit dem, was ich gelernt habe")),
            ],
            options={
                "verbose_name": "Auswahl fürs Portfolio",
                "verbose_name_plural": "Auswahl fürs Portfolio",
            },
        ),
        migrations.AddField(
            model_name="place",
            name="apply_until",
            field=models.DateField(blank=True, null=True, verbose_name="Melden bis"),
        ),
        migrations.AddField(
            model_name="place",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="geschlossen"),
        ),
        migrations.AddField(
            model_name="place",
            name="closed_how",
            field=models.CharField(
                blank=True,
                choices=[("filled", "besetzt"), ("over", "nicht mehr angeboten")],
                max_length=10,
                verbose_name="weshalb",
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="minimum_age",
            field=models.PositiveSmallIntegerField(default=12, verbose_name="ab Alter"),
        ),
        migrations.AddField(
            model_name="place",
            name="submitted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="zur Freigabe gegeben"),
        ),
        migrations.AddField(
            model_name="place",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="places",
                to="activities.topic",
                verbose_name="Berufsfeld",
            ),
        ),
        migrations.AddField(
            model_name="place",
            name="where",
            field=models.CharField(blank=True, max_length=200, verbose_name="Wo"),
        ),
        migrations.AlterField(
            model_name="place",
            name="text",
            field=models.TextField(max_length=2000, verbose_name="Beschreibung"),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_how", "")),
                    models.Q(("closed_at__isnull", False), models.Q(("closed_how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="activities_place_closed_somehow",
            ),
        ),
        migrations.AddField(
            model_name="intereststep",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="von",
            ),
        ),
        migrations.AddField(
            model_name="learninggoal",
            name="youth",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="learning_goals",
                to="accounts.youthprofile",
                verbose_name="Jugendliche/r",
            ),
        ),
        migrations.AddField(
            model_name="placeinterest",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="interests",
                to="activities.place",
                verbose_name="Platz",
            ),
        ),
        migrations.AddField(
            model_name="placeinterest",
            name="youth",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="place_interests",
                to="accounts.youthprofile",
                verbose_name="Jugendliche/r",
            ),
        ),
        migrations.AddField(
            model_name="intereststep",
            name="interest",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="activities.placeinterest",
                verbose_name="Interesse",
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="youth",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="portfolios",
                to="accounts.youthprofile",
                verbose_name="Jugendliche/r",
            ),
        ),
        migrations.AddField(
            model_name="placeinterest",
            name="portfolio",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="interests",
                to="activities.portfolio",
                verbose_name="Portfolio",
            ),
        ),
        migrations.AddField(
            model_name="portfolioitem",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="portfolio_items",
                to="activities.sharedtimeentry",
                verbose_name="Eintrag",
            ),
        ),
        migrations.AddField(
            model_name="portfolioitem",
            name="portfolio",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="activities.portfolio",
                verbose_name="Portfolio",
            ),
        ),
        migrations.AddField(
            model_name="portfolio",
            name="entries",
            field=models.ManyToManyField(
                related_name="portfolios", through="activities.PortfolioItem", to="activities.sharedtimeentry"
            ),
        ),
        migrations.AddField(
            model_name="portfoliopick",
            name="entry",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="portfolio_pick",
                to="activities.sharedtimeentry",
                verbose_name="Eintrag",
            ),
        ),
        migrations.AddConstraint(
            model_name="learninggoal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("let_go_at", None), ("reached_at", None)),
                fields=("youth",),
                name="activities_one_open_goal",
            ),
        ),
        migrations.AddConstraint(
            model_name="learninggoal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reached_at", None), ("let_go_at", None), _connector="OR"),
                name="activities_goal_reached_or_let_go",
            ),
        ),
        migrations.AddIndex(
            model_name="placeinterest",
            index=models.Index(fields=["place", "state"], name="activities_interests_in_place"),
        ),
        migrations.AddIndex(
            model_name="placeinterest",
            index=models.Index(
                condition=models.Q(("state__in", ["asked", "open"])), fields=["until"], name="activities_interests_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="placeinterest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "open"])),
                fields=("youth", "place"),
                name="activities_interested_in_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="placeinterest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "open"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                ),
                name="activities_open_interest_was_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="placeinterest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ["asked", "open"])),
                    models.Q(
                        models.Q(("state__in", ["asked", "open"]), _negated=True),
                        ("ended_at__isnull", False),
                        ("reach_at", ""),
                    ),
                    _connector="OR",
                ),
                name="activities_ended_interest_keeps_no_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="placeinterest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("meets_at", None), ("meets_where", ""), ("replied_at", None), ("reply", "")),
                    models.Q(
                        ("meets_at__isnull", False),
                        ("replied_at__isnull", False),
                        ("reply", "invite"),
                        models.Q(("meets_where", ""), _negated=True),
                    ),
                    models.Q(
                        ("meets_at", None),
                        ("meets_where", ""),
                        ("replied_at__isnull", False),
                        ("reply__in", ["query", "filled", "no"]),
                    ),
                    _connector="OR",
                ),
                name="activities_only_invitations_have_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="portfolioitem",
            constraint=models.UniqueConstraint(fields=("portfolio", "entry"), name="activities_once_in_a_portfolio"),
        ),
        migrations.AddIndex(
            model_name="portfolio",
            index=models.Index(fields=["youth", "-made_at"], name="activities_portfolios_of"),
        ),
        migrations.AddConstraint(
            model_name="portfolio",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gt", 0)), name="activities_portfolio_shows_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="portfolio",
            constraint=models.CheckConstraint(
                condition=models.Q(("revoked_at", None), ("revoked_at__gte", models.F("made_at")), _connector="OR"),
                name="activities_portfolio_revoked_later",
            ),
        ),
    ]
