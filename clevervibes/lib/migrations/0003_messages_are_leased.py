from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lib", "0002_counted_tries"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="leased_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
