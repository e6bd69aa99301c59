exec java -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$(cat "$CACHE/classpath")" \
    org.apache.kafka.connect.cli.ConnectStandalone told/worker.properties "$1"
