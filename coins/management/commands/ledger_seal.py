import json
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from clevervibes.lib import db, periods
from coins import publication, seal


class Command(BaseCommand):
    help = "Seal every finished transfer, or recompute all seals and name what was changed behind them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", help="only recompute; exit 1 if something does not fit")
        parser.add_argument(
            "--published", default="", metavar="N:HASH", help="with --verify: a seal somebody wrote down earlier"
        )
        parser.add_argument("--publish", action="store_true", help="also publish the day's seal, once a day")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: object, **options: object) -> None:
        if options["verify"]:
            self._verify(str(options["published"]), as_json=bool(options["json"]))
        else:
            self._seal(as_json=bool(options["json"]))
            if options["publish"]:
                publication.publish(day=periods.berlin_date(db.now()))
                publication.note_proof(publication.prove(), now=db.now())

    def _seal(self, *, as_json: bool) -> None:
        sealed = seal.seal()
        if as_json:
            self.stdout.write(json.dumps({"sealed": sealed, "head": seal.head()}))
        elif sealed is None:
            self.stdout.write("Somebody else is sealing right now.")
        else:
            self.stdout.write(f"{sealed} transfers sealed; head {seal.head() or '–'}")

    def _verify(self, published: str, *, as_json: bool) -> None:
        result = seal.verify()
        problems = [str(finding) for finding in result.findings]
        # What everybody has read is asked again too.
        problems += [str(finding) for finding in publication.prove()]
        if published and not seal.is_in_chain(published):
            problems.append(f"the published seal {published} is not in this chain")
        if as_json:
            self.stdout.write(json.dumps({**asdict(result), "problems": problems}, indent=1))
        else:
            for problem in problems:
                self.stdout.write(problem)
            self.stdout.write(
                f"{result.seals} seals over {result.transfers} transfers, {result.unsealed} not sealed yet;"
                f" head {result.head or '–'}"
            )
        if problems:
            raise CommandError(f"{len(problems)} findings: the past is not as it was sealed.")
