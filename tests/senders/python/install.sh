[ -x "$CACHE/venv/bin/python" ] || python3 -m venv "$CACHE/venv"
"$CACHE/venv/bin/python" -m pip install -q --disable-pip-version-check -r requirements.txt
