"""`python -m clevervibes.demo.pictures FOLDER` draws the picture of every offer into a folder."""

import sys
from pathlib import Path

from clevervibes.demo.pictures import draw
from clevervibes.demo.shops import SHOPS, file_name

for _shop in SHOPS:
    for _deal in _shop.deals:
        Path(sys.argv[1], file_name(_deal.title)).write_bytes(draw(*_deal.picture, **_deal.details))
