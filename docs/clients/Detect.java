// scripts/sdk java client && mvn --file client/pom.xml package dependency:copy-dependencies -DskipTests &&
// java --class-path 'client/target/*:client/target/dependency/*' docs/clients/Detect.java models/example.jpg
import java.io.File;
import specsight.ApiClient;
import specsight.ApiException;
import specsight.api.DetectionApi;
import specsight.api.DetectionApi.PredictUploadArguments;

public class Detect {
    public static void main(String[] arguments) {
        String url = System.getenv().getOrDefault("SPECSIGHT_URL", "http://127.0.0.1:5000");
        String token = System.getenv().getOrDefault("SPECSIGHT_TOKEN", ""); // a server without tokens ignores it
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        client.setRequestInterceptor(request -> request.header("X-Api-Token", token));

        var upload = PredictUploadArguments.newBuilder().file(new File(arguments[0])).scoreTh(0.5).build();
        try {
            for (var found : new DetectionApi(client).predictUpload(upload).getNormalizedVertices()) {
                System.out.println(found.getName() + " " + found.getScore());
            }
        } catch (ApiException problem) {
            System.err.println(problem.getResponseBody()); // a Problem, which says what to do
            System.exit(1);
        }
    }
}
