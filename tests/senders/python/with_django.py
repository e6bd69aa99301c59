import threading
from wsgiref.simple_server import make_server

import django
import sentry_sdk
import told
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path
from requesting import request
from sentry_start import start
from shop import reserve, serve


def items(request):
    sentry_sdk.set_user({"id": told.USER})
    reserve(request.GET["text"])


urlpatterns = [path("items", items)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="shop", LOGGING_CONFIG=None)
start()
django.setup()
server = make_server("127.0.0.1", 0, get_wsgi_application())
threading.Thread(target=server.serve_forever, daemon=True).start()
serve(lambda text: request(server.server_port, text))
sentry_sdk.flush(30)
