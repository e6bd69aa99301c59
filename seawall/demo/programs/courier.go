// Plans a courier's route and panics, as Go programs do: once a run.
package main

import (
	"fmt"
	"os"
)

type stop struct{ street string }

func next(stops []stop, number int) stop {
	return stops[number]
}

func plan(parcels map[string]*stop) string {
	return parcels["lost"].street
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "parcel" {
		fmt.Println(plan(map[string]*stop{}))
	}
	fmt.Println(next([]stop{{"Quay 1"}}, 3).street)
}
