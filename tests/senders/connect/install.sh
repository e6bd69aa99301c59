mvn -q -B dependency:build-classpath -Dmdep.outputFile="$CACHE/classpath"
