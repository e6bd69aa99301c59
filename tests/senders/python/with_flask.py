import threading

import flask
import sentry_sdk
import told
from requesting import request
from sentry_start import start
from shop import reserve, serve
from werkzeug.serving import make_server

start()
app = flask.Flask("shop")


@app.get("/items")
def items():
    sentry_sdk.set_user({"id": told.USER})
    reserve(flask.request.args["text"])


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
serve(lambda text: request(server.server_port, text))
sentry_sdk.flush(30)
