import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.Files;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import specsight.ApiClient;
import specsight.ApiException;
import specsight.api.DetectionApi;
import specsight.api.HealthApi;
import specsight.api.ModelsApi;
import specsight.model.BatchRequest;
import specsight.model.Detection;
import specsight.model.Detections;
import specsight.model.Feature;
import specsight.model.Image;
import specsight.model.ImageRequest;
import specsight.model.Model;
import specsight.model.NmsMode;
import specsight.model.PredictRequest;
import specsight.model.Problem;
import specsight.model.Units;
import specsight.model.Zone;
import specsight.model.ZoneInside;
import specsight.model.ZonePoint;

/** Calls every operation with the client in Java: Calls URL TOKEN PHOTO LABEL. */
public class Calls {
    private static final ObjectMapper JSON = new ObjectMapper();

    private interface Call {
        Object run() throws ApiException;
    }

    private static ApiClient client(String url, String token) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        if (!token.isEmpty()) {
            client.setRequestInterceptor(request -> request.header("X-Api-Token", token));
        }
        return client;
    }

    private static List<List<Object>> found(Detections answer) {
        return answer.getNormalizedVertices().stream().map(each -> List.<Object>of(each.getName(), each.getScore())).toList();
    }

    private static List<Object> options(Detections answer) {
        return List.of(
                answer.getNormalizedVertices().size(),
                answer.getNormalizedVertices().get(0).getX(),
                answer.getExplain().get(0).getDropped().getMaxResults());
    }

    private static List<List<Object>> located(List<Detection> vertices) {
        return vertices.stream().map(each -> List.<Object>of(each.getScore(), each.getZones())).toList();
    }

    private static Zone zone(String name, double left, double right) {
        Zone zone = new Zone().name(name);
        double[][] corners = {{left, 0}, {right, 0}, {right, 1}, {left, 1}};
        for (double[] corner : corners) {
            zone.addPointsItem(new ZonePoint().x(corner[0]).y(corner[1]));
        }
        return zone;
    }

    private static int code(Call call) {
        try {
            call.run();
        } catch (ApiException failed) {
            return failed.getCode();
        }
        return 200;
    }

    private static List<Object> status(Call call) throws Exception {
        try {
            call.run();
        } catch (ApiException failed) {
            return List.of(failed.getCode(), JSON.readValue(failed.getResponseBody(), Problem.class).getStatus());
        }
        throw new IllegalStateException("no problem");
    }

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0], token = arguments[1], label = arguments[3];
        File photo = new File(arguments[2]);
        String base64 = Base64.getEncoder().encodeToString(Files.readAllBytes(photo.toPath()));
        DetectionApi detection = new DetectionApi(client(url, token));
        ModelsApi models = new ModelsApi(client(url, token));
        HealthApi health = new HealthApi(client(url, token));

        var predict = DetectionApi.PredictArguments.newBuilder().predictRequest(new PredictRequest().image(base64).scoreTh(0.7));
        var unknown = DetectionApi.PredictArguments.newBuilder().predictRequest(new PredictRequest().image(base64).type("unicorn"));
        var upload = DetectionApi.PredictUploadArguments.newBuilder().file(photo).type(label).scoreTh(0.5).minWidth(0.0);
        upload.nms(NmsMode.AGNOSTIC).maxResults(2).units(Units.PIXEL).explain(true);
        var image = DetectionApi.PredictImageArguments.newBuilder().body(photo).scoreTh(0.5);
        image.nms(NmsMode.AGNOSTIC).maxResults(2).units(Units.PIXEL).explain(true);
        var batch = new BatchRequest()
                .addRequestsItem(new ImageRequest().image(new Image().content(base64)).addFeaturesItem(new Feature().scoreTh(0.7)))
                .addRequestsItem(new ImageRequest().image(new Image().content("aGVsbG8=")));
        var responses = detection.detectBatch(DetectionApi.DetectBatchArguments.newBuilder().batchRequest(batch).build()).getResponses();
        List<String> labels = List.of(label);
        List<String> texts = List.of(label + ":0.4");
        List<Zone> zones = List.of(
                zone("left", 0, 0.6).inside(ZoneInside.OVERLAP).minShare(0.3).thresholds(Map.of(label, 0.3)),
                zone("right", 0.6, 1).types(labels));
        Map<String, Double> thresholds = Map.of(label, 0.4);
        var flat = new PredictRequest().image(base64).types(labels).thresholds(thresholds).maxHeight(0.95).zones(zones).onlyZones(true);
        var feature = new Feature().types(labels).thresholds(thresholds).maxHeight(0.95).zones(zones).onlyZones(true);
        var one = new BatchRequest()
                .addRequestsItem(new ImageRequest().image(new Image().content(base64)).addFeaturesItem(feature));
        var form = DetectionApi.PredictUploadArguments.newBuilder().file(photo).types(labels).thresholds(texts);
        form.maxHeight(0.95).zones(zones).onlyZones(true);
        var raw = DetectionApi.PredictImageArguments.newBuilder().body(photo).types(labels).thresholds(texts).maxHeight(0.95);
        var out = new PredictRequest().image(base64).type(label).except(labels);
        var flatOut = DetectionApi.PredictArguments.newBuilder().predictRequest(out).build();
        var formOut = DetectionApi.PredictUploadArguments.newBuilder().file(photo).type(label).except(labels).build();
        var rawOut = DetectionApi.PredictImageArguments.newBuilder().body(photo).type(label).except(labels).build();
        var all = ModelsApi.ListModelsArguments.newBuilder().build();
        byte[] drawn = Files.readAllBytes(
                detection.annotate(DetectionApi.AnnotateArguments.newBuilder().file(photo).build()).toPath());

        Map<String, Object> printed = new LinkedHashMap<>();
        printed.put("predict", found(detection.predict(predict.build())));
        printed.put("predictUpload", found(detection.predictUpload(DetectionApi.PredictUploadArguments.newBuilder().file(photo).build())));
        printed.put("predictUploadOptions", options(detection.predictUpload(upload.build())));
        printed.put("predictImage", found(detection.predictImage(DetectionApi.PredictImageArguments.newBuilder().body(photo).build())));
        printed.put("predictImageOptions", options(detection.predictImage(image.build())));
        printed.put("detectBatch", List.of(responses.get(0).getNormalizedVertices().size(), responses.get(1).getError().getStatus()));
        printed.put("annotate", HexFormat.of().formatHex(drawn, 0, 2));
        printed.put("listModels", models.listModels(all).getModels().stream().map(Model::getName).toList());
        printed.put("getModel", models.getModel(ModelsApi.GetModelArguments.newBuilder().model("default").build()).getLabels());
        printed.put("getLiveness", health.getLiveness().getStatus());
        printed.put("getMetrics", health.getMetrics().contains("specsight_requests"));
        printed.put("getReadiness", health.getReadiness().getStatus());
        printed.put("predictFilters", located(detection.predict(DetectionApi.PredictArguments.newBuilder().predictRequest(flat).build()).getNormalizedVertices()));
        printed.put("detectBatchFilters", located(detection.detectBatch(DetectionApi.DetectBatchArguments.newBuilder().batchRequest(one).build()).getResponses().get(0).getNormalizedVertices()));
        printed.put("predictUploadFilters", located(detection.predictUpload(form.build()).getNormalizedVertices()));
        printed.put("predictImageFilters", found(detection.predictImage(raw.build())));
        printed.put("leftOut", List.of(
                code(() -> detection.predict(flatOut)), code(() -> detection.predictUpload(formOut)), code(() -> detection.predictImage(rawOut))));
        printed.put("listModelsByLabel", List.of(
                models.listModels(ModelsApi.ListModelsArguments.newBuilder().label(label).build()).getModels().stream().map(Model::getName).toList(),
                models.listModels(ModelsApi.ListModelsArguments.newBuilder().label("unicorn").build()).getModels().size()));
        printed.put("problem", status(() -> detection.predict(unknown.build())));
        printed.put("refused", token.isEmpty() ? List.of() : status(() -> new ModelsApi(client(url, "wrong")).listModels(all)));
        System.out.println(JSON.writeValueAsString(printed));
    }
}
