export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go build -o "$CACHE/shop" .
