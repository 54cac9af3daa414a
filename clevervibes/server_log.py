"""Gunicorn's own lines, written as ours: `gunicorn --logger-class clevervibes.server_log.Logger`.

It has no access log: an address may be a link that lets somebody in. The middleware writes a line a request instead.
"""

import logging
from typing import Any

from gunicorn import glogging

from clevervibes.lib.logs import JsonFormatter, RequestId


class Logger(glogging.Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        handler.addFilter(RequestId())
        self.error_log.handlers = [handler]
        self.access_log.handlers = []
