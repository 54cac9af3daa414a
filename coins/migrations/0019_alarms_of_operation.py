from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0018_stops_and_what_waits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alarm",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ledger", "Die Bücher stimmen nicht"),
                    ("seal", "Ein Siegel ist gebrochen"),
                    ("proof", "Die Prüfung der Bücher ist abgebrochen"),
                    ("seal_behind", "Buchungen bleiben ohne Siegel"),
                    ("run_open", "Ein Umrechnungslauf wird nicht fertig"),
                    ("volume", "Es wird viel eingelöst: Meldegrenze"),
                    ("bank", "Kontoauszug und Bücher sagen nicht dasselbe"),
                    ("guessing", "An den Theken werden Codes geraten"),
                    ("clearing", "Auf einem Verrechnungskonto ist etwas übrig"),
                    ("beat", "Der Taktgeber steht: Nichts beginnt mehr von selbst"),
                    ("worker", "Im Hintergrund wird nichts mehr erledigt"),
                    ("outbox", "Nachrichten gehen nicht hinaus"),
                    ("backup", "Die Sicherung fehlt, ist alt oder gescheitert"),
                    ("cache", "Der Zwischenspeicher antwortet nicht"),
                ],
                max_length=40,
                verbose_name="Alarm",
            ),
        ),
    ]
