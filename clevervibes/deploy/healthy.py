"""Ask the web server beside us whether it answers, the way the proxy would; used by docker-compose.yml."""

import os
import urllib.request

request = urllib.request.Request(
    "http://127.0.0.1:8000/healthz?only=web",
    headers={"Host": os.environ["ALLOWED_HOSTS"].split()[0], "X-Forwarded-Proto": "https"},
)
with urllib.request.urlopen(request, timeout=4):  # noqa: S310 (our own address, just above)
    pass
