export CARGO_TARGET_DIR="$CACHE/target"
cp "$CACHE/Cargo.lock" . 2>/dev/null || true
cargo build --quiet
cp Cargo.lock "$CACHE/"
