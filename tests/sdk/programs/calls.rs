//! Calls every operation with the client in Rust: calls URL TOKEN PHOTO LABEL.
use serde_json::{json, Value};
use specsight::apis::configuration::{ApiKey, Configuration};
use specsight::apis::{detection_api as detection, health_api as health, models_api, Error};
use specsight::models::{BatchRequest, Detection, Detections, Feature, Image, ImageRequest, NmsMode, PredictRequest, Problem, Units};
use specsight::models::{Zone, ZoneInside, ZonePoint};
use std::collections::HashMap;
use std::path::PathBuf;

fn client(url: &str, token: &str) -> Configuration {
    let key = ApiKey { prefix: None, key: token.to_owned() };
    let api_key = Some(key).filter(|_| !token.is_empty());
    Configuration { base_path: url.trim_end_matches('/').to_owned(), api_key, ..Configuration::default() }
}

fn found(answer: &Detections) -> Value {
    answer.normalized_vertices.iter().map(|each| json!([each.name, each.score])).collect()
}

fn options(answer: &Detections) -> Value {
    let explanations = answer.explain.as_ref().expect("explanations");
    json!([answer.normalized_vertices.len(), answer.normalized_vertices[0].x, explanations[0].dropped.max_results])
}

fn located(vertices: &[Detection]) -> Value {
    vertices.iter().map(|each| json!([each.score, each.zones])).collect()
}

fn zone(name: &str, left: f64, right: f64) -> Zone {
    let corners = [(left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0)];
    Zone::new(name.to_owned(), corners.into_iter().map(|(x, y)| ZonePoint::new(x, y)).collect())
}

fn code<T, E>(answer: Result<T, Error<E>>) -> u16 {
    match answer {
        Ok(_) => 200,
        Err(Error::ResponseError(failed)) => failed.status.as_u16(),
        Err(_) => panic!("no answer"),
    }
}

fn status<T, E>(answer: Result<T, Error<E>>) -> Value {
    match answer {
        Err(Error::ResponseError(failed)) => {
            let problem: Problem = serde_json::from_str(&failed.content).expect("a problem");
            json!([failed.status.as_u16(), problem.status])
        }
        _ => panic!("no problem"),
    }
}

fn predict(image: &str) -> PredictRequest {
    PredictRequest { image: Some(image.to_owned()), ..PredictRequest::new() }
}

fn image_request(content: &str, features: Option<Vec<Feature>>) -> ImageRequest {
    let image = Image { content: Some(content.to_owned()), ..Image::new() };
    ImageRequest { features, ..ImageRequest::new(image) }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place) & 63) as usize] as char;
            text.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token, path, label] = arguments.as_slice() else { panic!("URL TOKEN PHOTO LABEL") };
    let photo = PathBuf::from(path);
    let base64 = base64(&std::fs::read(&photo)?);
    let configuration = client(url, token);

    let sure = PredictRequest { score_th: Some(0.7), ..predict(&base64) };
    let unknown = PredictRequest { r#type: Some("unicorn".to_owned()), ..predict(&base64) };
    let features = vec![Feature { score_th: Some(0.7), ..Feature::new() }];
    let requests = vec![image_request(&base64, Some(features)), image_request("aGVsbG8=", None)];
    let batch = detection::DetectBatchParams { batch_request: BatchRequest::new(requests) };
    let responses = detection::detect_batch(&configuration, batch).await?.responses;
    let good = responses[0].normalized_vertices.as_ref().expect("objects");
    let bad = responses[1].error.as_ref().expect("an error");
    let file = || photo.clone();
    let upload = detection::PredictUploadParams {
        file: file(),
        r#type: Some(label.to_owned()),
        score_th: Some(0.5),
        min_width: Some(0.0),
        nms: Some(NmsMode::Agnostic),
        max_results: Some(2),
        units: Some(Units::Pixel),
        explain: Some(true),
        ..Default::default()
    };
    let image = detection::PredictImageParams {
        body: file(),
        score_th: Some(0.5),
        nms: Some(NmsMode::Agnostic),
        max_results: Some(2),
        units: Some(Units::Pixel),
        explain: Some(true),
        ..Default::default()
    };
    let plain_upload = detection::PredictUploadParams { file: file(), ..Default::default() };
    let plain_image = detection::PredictImageParams { body: file(), ..Default::default() };
    let drawn = detection::annotate(&configuration, detection::AnnotateParams { file: file(), ..Default::default() });
    let drawn = drawn.await?.bytes().await?;
    let all = || models_api::ListModelsParams::default();
    let finding = |label: &str| models_api::ListModelsParams { label: Some(label.to_owned()) };
    let models = models_api::list_models(&configuration, all()).await?.models;
    let finders = models_api::list_models(&configuration, finding(label)).await?.models;
    let labels = || Some(vec![label.clone()]);
    let texts = || Some(vec![format!("{label}:0.4")]);
    let thresholds = |score: f64| Some(HashMap::from([(label.clone(), score)]));
    let left = Zone { inside: Some(ZoneInside::Overlap), min_share: Some(0.3), thresholds: thresholds(0.3), ..zone("left", 0.0, 0.6) };
    let right = Zone { types: labels(), ..zone("right", 0.6, 1.0) };
    let zones = || Some(vec![left.clone(), right.clone()]);
    let feature = Feature {
        types: labels(),
        thresholds: thresholds(0.4),
        max_height: Some(0.95),
        zones: zones(),
        only_zones: Some(true),
        ..Feature::new()
    };
    let flat = PredictRequest {
        types: labels(),
        thresholds: thresholds(0.4),
        max_height: Some(0.95),
        zones: zones(),
        only_zones: Some(true),
        ..predict(&base64)
    };
    let form = detection::PredictUploadParams {
        file: file(),
        types: labels(),
        thresholds: texts(),
        max_height: Some(0.95),
        zones: zones(),
        only_zones: Some(true),
        ..Default::default()
    };
    let raw = detection::PredictImageParams {
        body: file(),
        types: labels(),
        thresholds: texts(),
        max_height: Some(0.95),
        ..Default::default()
    };
    let one = BatchRequest::new(vec![image_request(&base64, Some(vec![feature]))]);
    let one = detection::detect_batch(&configuration, detection::DetectBatchParams { batch_request: one }).await?;
    let out = PredictRequest { r#type: Some(label.clone()), except: labels(), ..predict(&base64) };
    let form_out = detection::PredictUploadParams { file: file(), r#type: Some(label.clone()), except: labels(), ..Default::default() };
    let raw_out = detection::PredictImageParams { body: file(), r#type: Some(label.clone()), except: labels(), ..Default::default() };
    let flat = detection::PredictParams { predict_request: flat };
    let left_out = [
        code(detection::predict(&configuration, detection::PredictParams { predict_request: out }).await),
        code(detection::predict_upload(&configuration, form_out).await),
        code(detection::predict_image(&configuration, raw_out).await),
    ];
    let default = models_api::GetModelParams { model: "default".to_owned() };
    let sure = detection::PredictParams { predict_request: sure };
    let unknown = detection::PredictParams { predict_request: unknown };
    let refused = match token.as_str() {
        "" => json!([]),
        _ => status(models_api::list_models(&client(url, "wrong"), all()).await),
    };
    let printed = json!({
        "predict": found(&detection::predict(&configuration, sure).await?),
        "predictUpload": found(&detection::predict_upload(&configuration, plain_upload).await?),
        "predictUploadOptions": options(&detection::predict_upload(&configuration, upload).await?),
        "predictImage": found(&detection::predict_image(&configuration, plain_image).await?),
        "predictImageOptions": options(&detection::predict_image(&configuration, image).await?),
        "detectBatch": [good.len(), bad.status],
        "annotate": format!("{:02x}{:02x}", drawn[0], drawn[1]),
        "listModels": models.iter().map(|each| each.name.as_str()).collect::<Vec<_>>(),
        "getModel": models_api::get_model(&configuration, default).await?.labels,
        "getLiveness": health::get_liveness(&configuration).await?.status,
        "getMetrics": health::get_metrics(&configuration).await?.contains("specsight_requests"),
        "getReadiness": health::get_readiness(&configuration).await?.status,
        "predictFilters": located(&detection::predict(&configuration, flat).await?.normalized_vertices),
        "detectBatchFilters": located(one.responses[0].normalized_vertices.as_ref().expect("objects")),
        "predictUploadFilters": located(&detection::predict_upload(&configuration, form).await?.normalized_vertices),
        "predictImageFilters": found(&detection::predict_image(&configuration, raw).await?),
        "leftOut": left_out,
        "listModelsByLabel": [
            finders.iter().map(|each| each.name.as_str()).collect::<Vec<_>>(),
            models_api::list_models(&configuration, finding("unicorn")).await?.models.len(),
        ],
        "problem": status(detection::predict(&configuration, unknown).await),
        "refused": refused,
    });
    println!("{printed}");
    Ok(())
}
