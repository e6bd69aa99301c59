mvn -q -B compile dependency:build-classpath -Dmdep.outputFile="$CACHE/classpath"
rm -rf "$CACHE/classes"
mv target/classes "$CACHE/classes"
rm -rf target
