// scripts/sdk kotlin client, add it to settings.gradle.kts as include("client"), and depend on project(":client")
import java.io.File
import kotlin.system.exitProcess
import specsight.apis.DetectionApi
import specsight.infrastructure.ApiClient
import specsight.infrastructure.ClientError
import specsight.infrastructure.ClientException

fun main(arguments: Array<String>) {
    ApiClient.apiKey["X-Api-Token"] = System.getenv("SPECSIGHT_TOKEN").orEmpty() // a server without tokens ignores it
    val detection = DetectionApi(System.getenv("SPECSIGHT_URL") ?: "http://127.0.0.1:5000")
    try {
        val answer = detection.predictUpload(File(arguments[0]), scoreTh = 0.5)
        for (found in answer.normalizedVertices) println("${found.name} ${found.score}")
    } catch (failed: ClientException) {
        System.err.println((failed.response as? ClientError<*>)?.body) // a Problem, which says what to do
        exitProcess(1)
    }
}
