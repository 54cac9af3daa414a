from django.urls import path

from clevervibes.openness import pages

urlpatterns = [
    path("", pages.show, name="transparency"),
    path("zahlen.csv", pages.table, name="transparency-table"),
    path("siegel/siegel.txt", pages.seal_file, name="transparency-seals"),
    path("siegel/verify.py", pages.script, name="transparency-script"),
]
