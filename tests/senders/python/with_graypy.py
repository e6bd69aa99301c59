import logging
from urllib.parse import urlsplit

import graypy
from shop import OutOfStockError, reserve, serve
from told import ENVIRONMENT, KEY, RELEASE, TRACE, URL, USER

where = urlsplit(URL)
log = logging.getLogger("shop.stock")
log.setLevel(logging.INFO)
log.addHandler(graypy.GELFHTTPHandler(where.hostname, where.port, path=f"/gelf?key={KEY}"))
facts = {"release": RELEASE, "environment": ENVIRONMENT, "user_id": USER, "trace_id": TRACE}


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        log.exception("item was not reserved", extra=facts)


serve(catch, lambda: log.info("stock was counted"))
