import socket
import threading
import time

import fastapi
import sentry_sdk
import told
import uvicorn
from requesting import request
from sentry_start import start
from shop import reserve, serve

start()
app = fastapi.FastAPI()


@app.get("/items")
async def items(text: str):
    sentry_sdk.set_user({"id": told.USER})
    reserve(text)


listening = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
serving = threading.Thread(target=server.run, args=([listening],))
serving.start()
while not server.started:
    time.sleep(0.05)
serve(lambda text: request(listening.getsockname()[1], text))
server.should_exit = True
serving.join()  # the SDK sees an error after the client does
sentry_sdk.flush(30)
