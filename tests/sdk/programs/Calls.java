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
import specsight.model.Detections;
import specsight.model.Feature;
import specsight.model.Image;
import specsight.model.ImageRequest;
import specsight.model.Model;
import specsight.model.NmsMode;
import specsight.model.PredictRequest;
import specsight.model.Problem;
import specsight.model.Units;

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
        printed.put("listModels", models.listModels().getModels().stream().map(Model::getName).toList());
        printed.put("getModel", models.getModel(ModelsApi.GetModelArguments.newBuilder().model("default").build()).getLabels());
        printed.put("getLiveness", health.getLiveness().getStatus());
        printed.put("getReadiness", health.getReadiness().getStatus());
        printed.put("problem", status(() -> detection.predict(unknown.build())));
        printed.put("refused", token.isEmpty() ? List.of() : status(new ModelsApi(client(url, "wrong"))::listModels));
        System.out.println(JSON.writeValueAsString(printed));
    }
}
