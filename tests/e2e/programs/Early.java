// Sends a body again and again and prints the statuses: java Early.java ADDRESS TRIES BYTES

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

public class Early {
    public static void main(String[] arguments) throws InterruptedException {
        byte[] body = new byte[Integer.parseInt(arguments[2])];
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
            .header("Content-Type", "image/jpeg")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Map<String, Integer> seen = new TreeMap<>();
        for (int attempt = 0; attempt < Integer.parseInt(arguments[1]); attempt++) {
            String outcome;
            try {
                outcome = "" + client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
            } catch (java.io.IOException error) {
                outcome = error.toString().replace('"', '\'');
            }
            seen.merge(outcome, 1, Integer::sum);
        }
        System.out.println(seen.entrySet().stream()
            .map(each -> "\"" + each.getKey() + "\": " + each.getValue())
            .collect(Collectors.joining(", ", "{", "}")));
    }
}
