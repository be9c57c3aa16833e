// Calls every operation with the client in Kotlin: calls URL TOKEN PHOTO LABEL.
import com.google.gson.Gson
import java.io.File
import java.util.Base64
import specsight.apis.DetectionApi
import specsight.apis.HealthApi
import specsight.apis.ModelsApi
import specsight.infrastructure.ApiClient
import specsight.infrastructure.ClientError
import specsight.infrastructure.ClientException
import specsight.models.BatchRequest
import specsight.models.Detection
import specsight.models.Detections
import specsight.models.Feature
import specsight.models.Image
import specsight.models.ImageRequest
import specsight.models.NmsMode
import specsight.models.PredictRequest
import specsight.models.Problem
import specsight.models.Units
import specsight.models.Zone
import specsight.models.ZoneInside
import specsight.models.ZonePoint

fun found(answer: Detections) = answer.normalizedVertices.map { listOf(it.name, it.score) }

fun options(answer: Detections) =
    listOf(answer.normalizedVertices.size, answer.normalizedVertices[0].x, answer.explain!![0].dropped.maxResults)

fun located(vertices: List<Detection>?) = vertices!!.map { listOf(it.score, it.zones) }

fun points(left: Double, right: Double) =
    listOf(ZonePoint(left, 0.0), ZonePoint(right, 0.0), ZonePoint(right, 1.0), ZonePoint(left, 1.0))

fun code(call: () -> Any) = try { call(); 200 } catch (failed: ClientException) { failed.statusCode }

fun status(call: () -> Any): List<Int> {
    try {
        call()
    } catch (failed: ClientException) {
        val body = (failed.response as ClientError<*>).body.toString()
        return listOf(failed.statusCode, Gson().fromJson(body, Problem::class.java).status)
    }
    error("no problem")
}

fun main(arguments: Array<String>) {
    val (url, token, path, label) = arguments
    val photo = File(path)
    val base64 = Base64.getEncoder().encodeToString(photo.readBytes())
    if (token != "") ApiClient.apiKey["X-Api-Token"] = token
    val detection = DetectionApi(url)
    val models = ModelsApi(url)
    val health = HealthApi(url)

    val good = ImageRequest(image = Image(content = base64), features = listOf(Feature(scoreTh = 0.7)))
    val bad = ImageRequest(image = Image(content = "aGVsbG8="))
    val responses = detection.detectBatch(BatchRequest(listOf(good, bad))).responses
    val upload = detection.predictUpload(
        photo, type = label, scoreTh = 0.5, minWidth = 0.0, nms = NmsMode.AGNOSTIC, maxResults = 2, units = Units.PIXEL, explain = true,
    )
    val image = detection.predictImage(
        photo, scoreTh = 0.5, nms = NmsMode.AGNOSTIC, maxResults = 2, units = Units.PIXEL, explain = true,
    )
    val labels = listOf(label)
    val texts = listOf("$label:0.4")
    val zones = listOf(
        Zone("left", points(0.0, 0.6), inside = ZoneInside.OVERLAP, minShare = 0.3, thresholds = mapOf(label to 0.3)),
        Zone("right", points(0.6, 1.0), types = labels),
    )
    val thresholds = mapOf(label to 0.4)
    val feature = Feature(types = labels, thresholds = thresholds, maxHeight = 0.95, zones = zones, onlyZones = true)
    val one = ImageRequest(image = Image(content = base64), features = listOf(feature))
    val flat = PredictRequest(
        image = base64, types = labels, thresholds = thresholds, maxHeight = 0.95, zones = zones, onlyZones = true,
    )
    val form = detection.predictUpload(
        photo, types = labels, thresholds = texts, maxHeight = 0.95, zones = zones, onlyZones = true,
    )
    val printed = mutableMapOf<String, Any>(
        "predict" to found(detection.predict(PredictRequest(image = base64, scoreTh = 0.7))),
        "predictUpload" to found(detection.predictUpload(photo)),
        "predictUploadOptions" to options(upload),
        "predictImage" to found(detection.predictImage(photo)),
        "predictImageOptions" to options(image),
        "detectBatch" to listOf(responses[0].normalizedVertices!!.size, responses[1].error!!.status),
        "annotate" to detection.annotate(photo).readBytes().take(2).joinToString("") { "%02x".format(it) },
        "listModels" to models.listModels().models.map { it.name },
        "getModel" to models.getModel("default").labels,
        "getLiveness" to health.getLiveness().status,
        "getMetrics" to health.getMetrics().contains("specsight_requests"),
        "getReadiness" to health.getReadiness().status,
        "predictFilters" to located(detection.predict(flat).normalizedVertices),
        "detectBatchFilters" to located(detection.detectBatch(BatchRequest(listOf(one))).responses[0].normalizedVertices),
        "predictUploadFilters" to located(form.normalizedVertices),
        "predictImageFilters" to found(detection.predictImage(photo, types = labels, thresholds = texts, maxHeight = 0.95)),
        "leftOut" to listOf(
            code { detection.predict(PredictRequest(image = base64, type = label, except = labels)) },
            code { detection.predictUpload(photo, type = label, except = labels) },
            code { detection.predictImage(photo, type = label, except = labels) },
        ),
        "listModelsByLabel" to listOf(models.listModels(label).models.map { it.name }, models.listModels("unicorn").models.size),
        "problem" to status { detection.predict(PredictRequest(image = base64, type = "unicorn")) },
    )
    ApiClient.apiKey["X-Api-Token"] = "wrong"
    printed["refused"] = if (token == "") listOf() else status { models.listModels() }
    println(Gson().toJson(printed))
}
