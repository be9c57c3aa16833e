// Sends a body again and again and prints the statuses: early ADDRESS TRIES BYTES
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

func main() {
	tries, _ := strconv.Atoi(os.Args[2])
	size, _ := strconv.Atoi(os.Args[3])
	body, seen := make([]byte, size), map[string]int{}
	for attempt := 0; attempt < tries; attempt++ {
		answer, err := http.Post(os.Args[1], "image/jpeg", bytes.NewReader(body))
		if err != nil {
			seen[err.Error()]++
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		seen[strconv.Itoa(answer.StatusCode)]++
	}
	printed, _ := json.Marshal(seen)
	fmt.Println(string(printed))
}
