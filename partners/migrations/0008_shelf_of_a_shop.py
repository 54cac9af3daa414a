"""What a manager and the team ask of the catalog, and what a youth saves for."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clevervibes.lib.pictures
import partners.models.catalog


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_questions_and_concerns"),
        ("coins", "0010_chunks_are_counted_too"),
        ("partners", "0007_a_redemption_names_its_clerk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CategoryCap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("food", "Essen & Trinken"),
                            ("cinema", "Kino & Kultur"),
                            ("sport", "Sport & Bewegung"),
                            ("learning", "Bücher & Lernen"),
                            ("tech", "Technik & Spiele"),
                            ("style", "Mode & Pflege"),
                            ("outing", "Ausflug & Erlebnis"),
                        ],
                        max_length=12,
                        verbose_name="Kategorie",
                    ),
                ),
                (
                    "coins_per_month",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="Coins je Jugendliche/n und Monat",
                    ),
                ),
            ],
            options={
                "verbose_name": "Monatsgrenze einer Kategorie",
                "verbose_name_plural": "Monatsgrenzen der Kategorien",
                "ordering": ["club", "category"],
            },
        ),
        migrations.CreateModel(
            name="OfferChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80, verbose_name="Titel")),
                ("text", models.TextField(blank=True, max_length=1000, verbose_name="Text")),
                (
                    "picture",
                    clevervibes.lib.pictures.PictureField(
                        blank=True,
                        upload_to=partners.models.catalog.picture_path,
                        validators=[django.core.validators.FileExtensionValidator(["webp", "png", "jpg", "jpeg"])],
                        verbose_name="Bild",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("food", "Essen & Trinken"),
                            ("cinema", "Kino & Kultur"),
                            ("sport", "Sport & Bewegung"),
                            ("learning", "Bücher & Lernen"),
                            ("tech", "Technik & Spiele"),
                            ("style", "Mode & Pflege"),
                            ("outing", "Ausflug & Erlebnis"),
                        ],
                        max_length=12,
                        verbose_name="Kategorie",
                    ),
                ),
                (
                    "price_coins",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="Preis in Coins",
                    ),
                ),
                (
                    "minimum_age",
                    models.PositiveSmallIntegerField(
                        default=12,
                        validators=[
                            django.core.validators.MinValueValidator(12),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="ab Jahren",
                    ),
                ),
                (
                    "vat_percent",
                    models.PositiveSmallIntegerField(
                        choices=[(19, "19 %"), (7, "7 %"), (0, "0 %")], default=19, verbose_name="Umsatzsteuer"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="geschrieben")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="zur Freigabe gegeben")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="entschieden")),
                ("refused_why", models.CharField(blank=True, max_length=300, verbose_name="nicht freigegeben, weil")),
            ],
            options={
                "verbose_name": "Änderung eines Angebots",
                "verbose_name_plural": "Änderungen von Angeboten",
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RewardGoal",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="coins.ledgeraccount",
                        verbose_name="Konto",
                    ),
                ),
                ("pinned_at", models.DateTimeField(verbose_name="angeheftet")),
            ],
            options={
                "verbose_name": "Sparziel",
                "verbose_name_plural": "Sparziele",
            },
        ),
        migrations.AddField(
            model_name="hold",
            name="reminded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="erinnert"),
        ),
        migrations.AddField(
            model_name="offer",
            name="event_ends_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="Ende der Veranstaltung"),
        ),
        migrations.AddField(
            model_name="offer",
            name="is_draft",
            field=models.BooleanField(db_default=False, default=False, verbose_name="Entwurf"),
        ),
        migrations.AddField(
            model_name="offer",
            name="refused_why",
            field=models.CharField(blank=True, db_default="", max_length=300, verbose_name="nicht freigegeben, weil"),
        ),
        migrations.AddField(
            model_name="offer",
            name="shop_paused_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="pausiert vom Laden"),
        ),
        migrations.AlterField(
            model_name="offer",
            name="picture",
            field=clevervibes.lib.pictures.PictureField(
                blank=True,
                upload_to=partners.models.catalog.picture_path,
                validators=[django.core.validators.FileExtensionValidator(["webp", "png", "jpg", "jpeg"])],
                verbose_name="Bild",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_draft", False), ("released_at", None), _connector="OR"),
                name="partners_draft_is_not_released",
            ),
        ),
        migrations.AddField(
            model_name="categorycap",
            name="club",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.club", verbose_name="Club"
            ),
        ),
        migrations.AddField(
            model_name="offerchange",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="von",
            ),
        ),
        migrations.AddField(
            model_name="offerchange",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="von",
            ),
        ),
        migrations.AddField(
            model_name="offerchange",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="changes",
                to="partners.offer",
                verbose_name="Angebot",
            ),
        ),
        migrations.AddField(
            model_name="rewardgoal",
            name="offer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="partners.offer",
                verbose_name="Angebot",
            ),
        ),
        migrations.AddConstraint(
            model_name="categorycap",
            constraint=models.UniqueConstraint(fields=("club", "category"), name="partners_one_cap_per_category"),
        ),
        migrations.AddConstraint(
            model_name="categorycap",
            constraint=models.CheckConstraint(
                condition=models.Q(("coins_per_month__gte", 1)), name="partners_cap_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="offerchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None)), fields=("offer",), name="partners_one_open_change_of_an_offer"
            ),
        ),
        migrations.AddConstraint(
            model_name="offerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("refused_why", "")),
                    models.Q(("decided_at__isnull", False), ("sent_at__isnull", False)),
                    _connector="OR",
                ),
                name="partners_change_sent_before_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_coins__gte", 1), ("price_coins__lte", 10000)), name="partners_change_price"
            ),
        ),
        migrations.AddConstraint(
            model_name="offerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="partners_change_has_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="offerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("minimum_age__gte", 12), ("minimum_age__lte", 20)),
                name="partners_change_minimum_age",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_percent__in", [0, 7, 19])), name="partners_change_vat"
            ),
        ),
    ]
