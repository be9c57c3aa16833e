// Calls every operation with the client in Go: calls URL TOKEN PHOTO LABEL.
package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	specsight "specsight.example/specsight/client"
)

var photo string

func must[T any](value T, _ *http.Response, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func file() *os.File {
	opened, err := os.Open(photo)
	if err != nil {
		panic(err)
	}
	return opened
}

func found(answer *specsight.Detections) [][]any {
	list := [][]any{}
	for _, each := range answer.NormalizedVertices {
		list = append(list, []any{each.Name, each.Score})
	}
	return list
}

func options(answer *specsight.Detections) []any {
	return []any{len(answer.NormalizedVertices), answer.NormalizedVertices[0].X, answer.Explain[0].Dropped.MaxResults}
}

func located(vertices []specsight.Detection) [][]any {
	list := [][]any{}
	for _, each := range vertices {
		list = append(list, []any{each.Score, each.Zones})
	}
	return list
}

func zone(name string, left float64, right float64) specsight.Zone {
	corner := func(x float64, y float64) specsight.ZonePoint { return *specsight.NewZonePoint(x, y) }
	points := []specsight.ZonePoint{corner(left, 0), corner(right, 0), corner(right, 1), corner(left, 1)}
	return *specsight.NewZone(name, points)
}

func status(response *http.Response, err error) []any {
	var failed *specsight.GenericOpenAPIError
	if !errors.As(err, &failed) {
		panic(err)
	}
	problem := failed.Model().(specsight.Problem)
	return []any{response.StatusCode, problem.Status}
}

func withToken(token string) context.Context {
	keys := map[string]specsight.APIKey{"ApiToken": {Key: token}}
	return context.WithValue(context.Background(), specsight.ContextAPIKeys, keys)
}

func main() {
	url, token, label := os.Args[1], os.Args[2], os.Args[4]
	photo = os.Args[3]
	bytes, _ := os.ReadFile(photo)
	text := base64.StdEncoding.EncodeToString(bytes)

	configuration := specsight.NewConfiguration()
	configuration.Servers[0].URL = url
	client := specsight.NewAPIClient(configuration)
	ctx := context.Background()
	if token != "" {
		ctx = withToken(token)
	}
	detection, models, health := client.DetectionAPI, client.ModelsAPI, client.HealthAPI

	sure := specsight.NewPredictRequest()
	sure.SetImage(text)
	sure.SetScoreTh(0.7)
	unicorn := specsight.NewPredictRequest()
	unicorn.SetImage(text)
	unicorn.SetType("unicorn")
	feature := specsight.NewFeature()
	feature.SetScoreTh(0.7)
	good, bad := specsight.NewImage(), specsight.NewImage()
	good.SetContent(text)
	bad.SetContent("aGVsbG8=")
	first := specsight.NewImageRequest(*good)
	first.SetFeatures([]specsight.Feature{*feature})
	batch := specsight.NewBatchRequest([]specsight.ImageRequest{*first, *specsight.NewImageRequest(*bad)})
	responses := must(detection.DetectBatch(ctx).BatchRequest(*batch).Execute()).Responses

	drawn := must(detection.Annotate(ctx).File(file()).Execute())
	head := make([]byte, 2)
	if _, err := drawn.ReadAt(head, 0); err != nil {
		panic(err)
	}
	names := []string{}
	for _, each := range must(models.ListModels(ctx).Execute()).Models {
		names = append(names, each.Name)
	}
	_, response, err := detection.Predict(ctx).PredictRequest(*unicorn).Execute()
	refused := []any{}
	if token != "" {
		_, unauthorized, failure := models.ListModels(withToken("wrong")).Execute()
		refused = status(unauthorized, failure)
	}
	left, right := zone("left", 0, 0.6), zone("right", 0.6, 1)
	left.SetInside(specsight.OVERLAP)
	left.SetMinShare(0.3)
	left.SetThresholds(map[string]float64{label: 0.3})
	right.SetTypes([]string{label})
	zones, labels, texts := []specsight.Zone{left, right}, []string{label}, []string{label + ":0.4"}
	flat := specsight.PredictRequest{Types: labels, Zones: zones}
	flat.SetImage(text)
	flat.SetThresholds(map[string]float64{label: 0.4})
	flat.SetMaxHeight(0.95)
	flat.SetOnlyZones(true)
	filters := specsight.Feature{Types: labels, Zones: zones, Thresholds: flat.Thresholds}
	filters.SetMaxHeight(0.95)
	filters.SetOnlyZones(true)
	one := specsight.NewImageRequest(*good)
	one.SetFeatures([]specsight.Feature{filters})
	single := specsight.NewBatchRequest([]specsight.ImageRequest{*one})
	form := detection.PredictUpload(ctx).File(file()).Types(labels).Thresholds(texts).MaxHeight(0.95)
	raw := detection.PredictImage(ctx).Body(file()).Types(labels).Thresholds(texts).MaxHeight(0.95)
	out := specsight.PredictRequest{Except: labels}
	out.SetImage(text)
	out.SetType(label)
	_, out1, _ := detection.Predict(ctx).PredictRequest(out).Execute()
	_, out2, _ := detection.PredictUpload(ctx).File(file()).Type_(label).Except(labels).Execute()
	_, out3, _ := detection.PredictImage(ctx).Body(file()).Type_(label).Except(labels).Execute()
	finders := []string{}
	for _, each := range must(models.ListModels(ctx).Label(label).Execute()).Models {
		finders = append(finders, each.Name)
	}
	upload := detection.PredictUpload(ctx).File(file()).Type_(label).MinWidth(0).ScoreTh(0.5).MaxResults(2)
	image := detection.PredictImage(ctx).Body(file()).ScoreTh(0.5).MaxResults(2)
	printed, _ := json.Marshal(map[string]any{
		"predict":              found(must(detection.Predict(ctx).PredictRequest(*sure).Execute())),
		"predictUpload":        found(must(detection.PredictUpload(ctx).File(file()).Execute())),
		"predictUploadOptions": options(must(upload.Nms(specsight.AGNOSTIC).Units(specsight.PIXEL).Explain(true).Execute())),
		"predictImage":         found(must(detection.PredictImage(ctx).Body(file()).Execute())),
		"predictImageOptions":  options(must(image.Nms(specsight.AGNOSTIC).Units(specsight.PIXEL).Explain(true).Execute())),
		"detectBatch":          []any{len(responses[0].NormalizedVertices), responses[1].Error.Status},
		"annotate":             hex.EncodeToString(head),
		"listModels":           names,
		"getModel":             must(models.GetModel(ctx, "default").Execute()).Labels,
		"getLiveness":          must(health.GetLiveness(ctx).Execute()).Status,
		"getMetrics":           strings.Contains(must(health.GetMetrics(ctx).Execute()), "specsight_requests"),
		"getReadiness":         must(health.GetReadiness(ctx).Execute()).Status,
		"predictFilters":       located(must(detection.Predict(ctx).PredictRequest(flat).Execute()).NormalizedVertices),
		"detectBatchFilters":   located(must(detection.DetectBatch(ctx).BatchRequest(*single).Execute()).Responses[0].NormalizedVertices),
		"predictUploadFilters": located(must(form.Zones(zones).OnlyZones(true).Execute()).NormalizedVertices),
		"predictImageFilters":  found(must(raw.Execute())),
		"leftOut":              []int{out1.StatusCode, out2.StatusCode, out3.StatusCode},
		"listModelsByLabel":    []any{finders, len(must(models.ListModels(ctx).Label("unicorn").Execute()).Models)},
		"problem":              status(response, err),
		"refused":              refused,
	})
	fmt.Println(string(printed))
}
