// scripts/sdk go client && cp docs/clients/detect.go . && go mod init detect &&
// go mod edit -replace specsight.example/specsight/client=./client -require specsight.example/specsight/client@v0.0.0 &&
// go run detect.go models/example.jpg
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	specsight "specsight.example/specsight/client"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	configuration := specsight.NewConfiguration()
	configuration.Servers[0].URL = "http://127.0.0.1:5000"
	if url := os.Getenv("SPECSIGHT_URL"); url != "" {
		configuration.Servers[0].URL = url
	}
	keys := map[string]specsight.APIKey{"ApiToken": {Key: os.Getenv("SPECSIGHT_TOKEN")}} // a server without tokens ignores it
	ctx := context.WithValue(context.Background(), specsight.ContextAPIKeys, keys)

	client := specsight.NewAPIClient(configuration).DetectionAPI
	answer, _, err := client.PredictUpload(ctx).File(file).ScoreTh(0.5).Execute()
	var failed *specsight.GenericOpenAPIError
	if errors.As(err, &failed) {
		if problem, ok := failed.Model().(specsight.Problem); ok {
			log.Fatal(problem.Detail)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	for _, found := range answer.NormalizedVertices {
		fmt.Println(found.Name, found.Score)
	}
}
