import logging
from urllib.parse import urlsplit

from pygelf import GelfHttpHandler
from shop import OutOfStockError, reserve, serve
from told import ENVIRONMENT, KEY, RELEASE, TRACE, URL, USER

where = urlsplit(URL)
facts = {
    "_release": RELEASE,
    "_environment": ENVIRONMENT,
    "_user_id": USER,
    "_trace_id": TRACE,
}
log = logging.getLogger("shop.stock")
log.setLevel(logging.INFO)
log.addHandler(GelfHttpHandler(where.hostname, where.port, path=f"/gelf?key={KEY}", timeout=10, **facts))


def catch(text):
    try:
        reserve(text)
    except OutOfStockError:
        log.exception("item was not reserved")


serve(catch, lambda: log.info("stock was counted"))
