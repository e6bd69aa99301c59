cp package.json "$CACHE/"
(cd "$CACHE" && npm install --no-audit --no-fund --silent)
